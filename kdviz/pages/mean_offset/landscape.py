"""What page 03 computes: losses along the all-ones direction, the map of the gap, and the extra term class by class."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kdviz.charts import profile
from kdviz.core import limits
from kdviz.core.arrays import frozen
from kdviz.losses import LM, CentredLM, PrintedLM
from kdviz.pages import controls


def stretch(mean_gap):
    """Height on the map of c_s − c_t (...), in logit units: the signed square root (...), which opens the valley at 0.

    >>> float(stretch(-4.0)), float(squeeze(-2.0))
    (-2.0, -4.0)
    """
    return np.sign(mean_gap) * np.sqrt(np.abs(mean_gap))


def squeeze(height):
    """c_s − c_t (...), in logit units, at a height (...) of the map: the inverse of `stretch`."""
    return np.sign(height) * np.square(height)


MEANS = np.linspace(-6.0, 6.0, 25)  # (25,) the student's mean along the all-ones direction
PLACES = np.linspace(-1.0, 4.0, 49)  # (49,) log10(T/σ) of the sweep; the map takes every third
GAPS = squeeze(np.linspace(-1.0, 1.0, 17) * np.sqrt(10.0))  # (17,) c_s − c_t of the map, −10 … 10, closer near 0
LEVELS = (0.01, 0.1, 0.5)


@dataclass(frozen=True)
class Along:
    """Losses (25,) when only the student's mean (25,) is moved."""

    mean: np.ndarray
    lm: np.ndarray
    centred: np.ndarray
    printed: np.ndarray


@dataclass(frozen=True)
class Map:
    """Gap (17, 17) over `mean_gap` (17,) and log10(T/σ) `place` (17,); lines (98,) of equal gap."""

    place: np.ndarray
    mean_gap: np.ndarray
    gap: np.ndarray
    level_place: np.ndarray
    levels: tuple


@dataclass(frozen=True)
class Term:
    """Slopes of the extra term at the shown logits (M,), and in how many of all classes each pulls towards zero."""

    logit: np.ndarray
    derived: np.ndarray
    printed: np.ndarray
    l1: np.ndarray
    pulls: dict


@lru_cache(maxsize=4)
def along_ones(*key):
    """`Along` of the pair with a `controls.key` whose student is centred: T and c_s do not matter."""
    student, teacher = controls.drawn(*key)
    moved = student + MEANS[:, None]  # (49, K)
    values = (loss.value(moved, teacher) for loss in (LM(), CentredLM(), PrintedLM()))
    return Along(MEANS, *map(frozen, values))


@lru_cache(maxsize=4)
def gap_map(*key):
    """`Map` of the centred pair with a `controls.key`. KD does not see the means, LM moves at right angles to the rest:

    gap² = (‖g(T) − g(∞)‖² + d²/K) / (‖g(∞)‖² + d²/K) with d = c_s − c_t, so one sweep over T gives the whole map, and
    the line of equal gap ε is d = ±√(K (ε²‖g(∞)‖² − ‖g(T) − g(∞)‖²)/(1 − ε²)).
    """
    student, teacher = controls.drawn(*key)
    classes, sigma = len(student), deviation(teacher)
    size = float(limits.gap(student, teacher, np.inf).size)
    relative = np.nan_to_num(limits.sweep(student, teacher, sigma * 10**PLACES).relative)
    away = relative * size  # (49,)
    shift = GAPS[:, None] ** 2 / classes  # (17, 1)
    with np.errstate(invalid="ignore"):
        gap = np.nan_to_num(np.sqrt((away[::3] ** 2 + shift) / (size**2 + shift)))  # 0/0: both gradients are 0
        half = [np.sqrt(classes * (e**2 * size**2 - away**2) / (1 - e**2)) for e in LEVELS]
    half = [np.where(h <= GAPS[-1], h, np.nan) for h in half]
    levels = tuple(frozen(np.concatenate([h[::-1], -h])) for h in half)
    return Map(PLACES[::3], GAPS, frozen(gap), np.concatenate([PLACES[::-1], PLACES]), levels)


def deviation(teacher):
    """Standard deviation over classes of the teacher's logits (K,), in logit units; 1 where they are all equal."""
    return float(teacher.std()) or 1.0


def extra_term(student, mean_gap):
    """`Term` of student logits (K,) and `mean_gap` c_s − c_t.

    Descent goes against the slope: the same sign pulls to zero.
    """
    shown = student[profile.chosen(student)[0]]
    slope = mean_gap / len(student)
    slopes = {"derived": -slope, "printed": slope}
    pulls = {name: int((value * student > 0).sum()) for name, value in slopes.items()}
    pulls["l1"] = int((student != 0).sum()) if slope else 0
    ones = np.ones_like(shown)
    return Term(shown, -slope * ones, slope * ones, abs(slope) * np.sign(shown), pulls)
