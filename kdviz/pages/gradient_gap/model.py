"""02, the hero: per-class gradients of KD, LM and KD's limit, and how their gap closes with T (or does not)."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kdviz.core import kernel, limits
from kdviz.core.arrays import frozen
from kdviz.pages import controls
from kdviz.pages.gradient_gap.words import W

PRESETS = {
    "classroom-default": "T=4&cs=0&ct=0",
    "hinton-limit": "T=100&cs=0&ct=0",
    "mean-trap": "T=100&cs=2&ct=0",
    "cold": "T=0.5&cs=0&ct=0",
    "many-classes": "T=4&K=1000&cs=2&ct=0",
    "float32-floor": "T=1000000&cs=0&ct=0",
    "sign-test": "T=100&cs=2&ct=0&printed=1",
}
TOLERANCE = 0.01  # "close" on this page


@dataclass(frozen=True)
class Params:
    """What can be turned on the page."""

    temperature: float = controls.temperature(20.0)
    student_mean: float = controls.mean("cs", 1.0)
    teacher_mean: float = controls.mean("ct", 0.0)
    classes: int = controls.classes()
    printed: bool = controls.printed(False, W.HELP_PRINTED)
    family: str = controls.family()
    spread: float = controls.spread()
    seed: int = controls.seed()
    typed_student: str = controls.typed("zs")
    typed_teacher: str = controls.typed("zt")


@dataclass(frozen=True)
class Curves:
    """Relative gaps (73,) over `controls.SWEEP.grid`, and the T from which the gap to the limit stays ≤ 1 %."""

    to_limit: np.ndarray
    to_lm: np.ndarray
    law: np.ndarray
    bound: np.ndarray
    naive: np.ndarray
    close_from: float


@dataclass(frozen=True)
class Result:
    """Logits (K,), gradients and gaps at the current T (`now`), the curves over T, float32's gap at the current T."""

    params: Params
    student: np.ndarray
    teacher: np.ndarray
    now: limits.Gap
    curves: Curves
    naive: float


def naive_gap(student, teacher, temperature, limit):
    """Relative gap (n,) of float32 as usually written to `limit` (K,): logits (K,), (K,), T (n,); nan at T = ∞."""
    rough = kernel.naive_grad(student.astype(np.float32), teacher.astype(np.float32), temperature)
    return np.linalg.norm(rough.astype(float) - limit, axis=-1) / (np.linalg.norm(limit) or np.nan)


def last_crossing(student, teacher, temperature, relative):
    """T from which the gap stays within `TOLERANCE`: logits (K,), (K,), a sweep `temperature`, `relative` (n,), (n,).

    Looks closer where the sweep crosses; nan if it does so nowhere. Agrees with `limits.temperature_for` to four
    digits and costs a tenth of it.
    """
    above = np.flatnonzero(relative > TOLERANCE)
    if len(above) == 0 or above[-1] + 1 == len(temperature):
        return float("nan")
    close = np.geomspace(temperature[above[-1]], temperature[above[-1] + 1], 9)
    gap = limits.sweep(student, teacher, close).relative
    cell = np.flatnonzero(gap > TOLERANCE)[-1:].sum() + np.array([1, 0])  # falling: np.interp wants rising
    return float(np.exp(np.interp(np.log(TOLERANCE), np.log(gap[cell]), np.log(close[cell]))))


@lru_cache(maxsize=4)
def curves_to_limit(*key):
    """Gap, law, bound (73,) and the 1 % temperature of one centred pair: neither T nor the means matter."""
    student, teacher = controls.drawn(*key)
    sweep = limits.sweep(student, teacher, controls.SWEEP.grid)
    found = last_crossing(student, teacher, controls.SWEEP.grid, sweep.relative)
    return frozen(sweep.relative), frozen(sweep.first_order), frozen(sweep.bound), found


@lru_cache(maxsize=4)
def curves(key, centred):
    """`Curves` of one pair of logits; T does not matter, so dragging T costs nothing here."""
    student, teacher = controls.drawn(*key)
    to_limit, law, bound, close_from = curves_to_limit(*centred)
    flat = limits.gap(student, teacher, np.inf)
    shift = flat.to_lm  # at T = ∞ only the means are left; they stand at right angles to the rest
    to_lm = np.hypot(np.nan_to_num(to_limit) * flat.size, shift) / (flat.size_lm or np.nan)
    naive = naive_gap(student, teacher, controls.SWEEP.grid, flat.limit)
    return Curves(to_limit, frozen(to_lm), law, bound, frozen(naive), close_from)


def compute(params):
    """The `Result` of `params`."""
    key = controls.key(params)
    student, teacher = controls.drawn(*key)
    now = limits.gap(student, teacher, params.temperature)
    naive = float(naive_gap(student, teacher, params.temperature, now.limit))
    return Result(params, student, teacher, now, curves(key, controls.key(params, centred=True)), naive)


def mean_gap(result):
    """c_s − c_t as set on the page, in logit units."""
    return round(result.params.student_mean - result.params.teacher_mean, 12)


def same_up_to_constant(result):
    """Whether centred logits agree, so that KD has nothing to teach at any T."""
    return bool(result.now.size <= 1e-12 * (1 + np.abs(result.student).max()))
