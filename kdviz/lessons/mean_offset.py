"""03: what a difference of the logits' means does to LM, what KD's limit makes of it, and what the extra term is not."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from kdviz.core import limits
from kdviz.core.logits import FAMILIES
from kdviz.core.losses import KD, LM, CentredLM, PrintedLM
from kdviz.core.params import choice, knob, text, toggle
from kdviz.figures import profile
from kdviz.figures.offset import EDGE, losses_along_ones, map_of_gap, squeeze, term_per_class
from kdviz.lessons import Gauge, Lesson, Table, pair, say
from kdviz.lessons.guides import common
from kdviz.lessons.guides import mean_offset as guide

MEANS = np.linspace(-6.0, 6.0, 49)  # (49,) the student's mean along the all-ones direction
PLACES = np.linspace(-1.0, 4.0, 49)  # (49,) log10(T/σ) of the sweep; the map takes every other one
OFFSETS = squeeze(np.linspace(-1.0, 1.0, 21) * np.sqrt(10.0))  # (21,) c_s − c_t of the map, −10 … 10, closer near 0
LEVELS = (0.01, 0.1, 0.5)


@dataclass(frozen=True)
class Params:
    """What can be turned on the page."""

    temperature: float = knob(20.0, "T", 0.05, 1e6, log=True, infinite=True, key="T", help=common.HELP["T"])
    student_mean: float = knob(1.0, "c<sub>s</sub>", -5.0, 5.0, step=0.05, key="cs", help=common.HELP["cs"])
    teacher_mean: float = knob(-1.0, "c<sub>t</sub>", -5.0, 5.0, step=0.05, key="ct", help=common.HELP["ct"])
    classes: int = knob(10, "K", 2, 1000, log=True, integer=True, key="K", help=common.HELP["K"])
    printed: bool = toggle(True, "as printed in our copy", key="printed", help=guide.PRINTED)
    family: str = choice("gaussian", "logits", tuple(FAMILIES), key="family", help=common.HELP["family"])
    spread: float = knob(2.0, "spread σ", 0.1, 20.0, log=True, key="sigma", help=common.HELP["sigma"], main=False)
    seed: int = knob(0, "seed", 0, 9999, integer=True, key="seed", help=common.HELP["seed"], main=False)
    typed_student: str = text(common.TYPED[0], "student logits", key="zs", help=common.HELP["zs"])
    typed_teacher: str = text(common.TYPED[1], "teacher logits", key="zt", help=common.HELP["zt"])


@dataclass(frozen=True)
class Along:
    """Losses (49,) when only the student's mean (49,) is moved."""

    mean: np.ndarray
    lm: np.ndarray
    centred: np.ndarray
    printed: np.ndarray


@dataclass(frozen=True)
class Map:
    """Gap (21, 25) over `offset` (21,) and log10(T/σ) `place` (25,); lines (98,) of equal gap."""

    place: np.ndarray
    offset: np.ndarray
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


@dataclass(frozen=True)
class Result:
    """Logits (K,), gaps now, losses now and along the all-ones direction, the map, and the extra term."""

    params: Params
    student: np.ndarray
    teacher: np.ndarray
    sigma: float
    offset: float
    now: limits.Gap
    kd: float
    lm: float
    centred: float
    along: Along
    kd_along: np.ndarray
    map: Map
    term: Term


@lru_cache(maxsize=4)
def along_ones(*key):
    """`Along` of a pair whose student is centred: T and c_s do not matter."""
    student, teacher = pair.draw(*key)
    moved = student + MEANS[:, None]  # (49, K)
    values = (loss.value(moved, teacher) for loss in (LM(), CentredLM(), PrintedLM()))
    return Along(MEANS, *map(pair.frozen, values))


@lru_cache(maxsize=4)
def gap_map(*key):
    """`Map` of one centred pair. KD does not see the means, LM moves at right angles to the rest:

    gap² = (‖g(T) − g(∞)‖² + d²/K) / (‖g(∞)‖² + d²/K) with d = c_s − c_t, so one sweep over T gives the whole map, and
    the line of equal gap ε is d = ±√(K (ε²‖g(∞)‖² − ‖g(T) − g(∞)‖²)/(1 − ε²)).
    """
    student, teacher = pair.draw(*key)
    classes, sigma = len(student), deviation(teacher)
    size = float(limits.gap(student, teacher, np.inf).size)
    relative = np.nan_to_num(limits.sweep(student, teacher, sigma * 10**PLACES).relative)
    away = relative * size  # (49,)
    shift = OFFSETS[:, None] ** 2 / classes  # (21, 1)
    with np.errstate(invalid="ignore"):
        gap = np.sqrt((away[::2] ** 2 + shift) / (size**2 + shift))
        half = [np.sqrt(classes * (e**2 * size**2 - away**2) / (1 - e**2)) for e in LEVELS]
    half = [np.where(h <= OFFSETS[-1], h, np.nan) for h in half]
    levels = tuple(pair.frozen(np.concatenate([h[::-1], -h])) for h in half)
    return Map(PLACES[::2], OFFSETS, pair.frozen(gap), np.concatenate([PLACES[::-1], PLACES]), levels)


def deviation(teacher):
    """Standard deviation over classes of the teacher's logits; 1 where they are all equal."""
    return float(teacher.std()) or 1.0


def extra_term(student, offset):
    """`Term` of student logits (K,) and c_s − c_t. Descent moves a logit against the slope: same sign pulls to zero."""
    shown = student[profile.chosen(student)[0]]
    slope = offset / len(student)
    slopes = {"derived": -slope, "printed": slope}
    pulls = {name: int((value * student > 0).sum()) for name, value in slopes.items()}
    pulls["l1"] = int((student != 0).sum()) if slope else 0
    ones = np.ones_like(shown)
    return Term(shown, -slope * ones, slope * ones, abs(slope) * np.sign(shown), pulls)


def compute(params):
    """The `Result` of `params`."""
    student, teacher = pair.draw(*pair.key(params))
    now = limits.gap(student, teacher, params.temperature)
    losses = [float(loss.value(student, teacher)) for loss in (KD(params.temperature), LM(), CentredLM())]
    offset = round(params.student_mean - params.teacher_mean, 12)
    return Result(
        params, student, teacher, deviation(teacher), offset, now, *losses,
        along_ones(*pair.key(replace(params, student_mean=0.0))), np.full(len(MEANS), losses[0]),
        gap_map(*pair.key(params, centred=True)), extra_term(student, offset),
    )  # fmt: skip


def verdict(result):
    """What the charts show at this state, in sentences with its numbers."""
    d, count, pulls = result.offset, len(result.student), result.term.pulls
    lm = say.number(result.lm, say.digits_to(result.lm, result.centred))
    centred, kd = say.number(result.centred), say.number(result.kd)
    square = f"½·{say.tidy(d)}²" if d > 0 else f"½·({say.tidy(d)})²"
    at = f"T²·KL at T = {say.tidy(result.params.temperature)} is {kd}."
    if d == 0:
        return f"The means are equal: the extra term is 0 and has no slope, KD’s limit is LM itself ({lm}). {at}"
    told = [
        f"The means differ by {say.tidy(d)}. LM is {lm}; KD’s limit is smaller by {square} = {say.tidy(d * d / 2)}: {centred}. {at}",
        f"The term’s slope is {say.number(-d / count)} in every class, whatever the logit: it takes out of LM exactly what LM asks of the mean.",
    ]
    if result.params.printed:
        told.append(f"With the + of our copy the sum over classes would be {say.tidy(2 * d)}, where Eq. 5 asks for 0.")
    told.append(
        f"An ℓ1 norm would pull all {pulls['l1']} logits towards zero; the term pulls {pulls['derived']} of {count}"
        + (f", with the printed sign {pulls['printed']}." if result.params.printed else ".")
    )
    if np.isfinite(result.now.relative_lm):
        share = say.share(float(result.now.mean_share))
        told.append(f"KD’s gradient is {say.percent(float(result.now.relative_lm))} away from LM’s; the means make up {share} of that (squared).")
    return " ".join(told)


def formula(result):
    """LaTeX of the limit as a loss, and of the term's slope in one class, with their numbers."""
    d, count = say.bracket(say.tex_tidy(result.offset)), len(result.student)
    lm = say.tex(result.lm, say.digits_to(result.lm, result.centred))
    loss = rf"\mathcal{{L}}_{{\mathrm{{LM}}}} - \frac{{1}}{{2}}(c_s-c_t)^2 = {lm} - \frac{{1}}{{2}}\cdot {d}^2 = {say.tex(result.centred)}"
    slope = rf"-\frac{{c_s-c_t}}{{K}} = -\frac{{{say.tex_tidy(result.offset)}}}{{{count}}} = {say.tex(-result.offset / count)}"
    return rf"\lim_{{T\to\infty}} T^2\,\mathrm{{KL}} = {loss} \qquad \text{{slope of the term per class}} = {slope}"


def gauges(result):
    """Mean part of each gradient, what is left of the centred part's gap, and how many logits each term pulls to zero."""
    now, d, count, pulls = result.now, result.offset, len(result.student), result.term.pulls
    end = say.reach(2 * d / count) if abs(2 * d / count) > 1 else next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1) if s >= abs(2 * d / count))
    means = [("mean part of KD", "kd", now.sum_kd), ("mean part of LM", "lm", now.sum_lm)]
    if result.params.printed:
        means.append(("mean part, as printed", "printed", now.sum_printed))
    scale = float(np.abs(now.lm).sum())
    meters = [Gauge(label, float(v) / count, -end, end, role, say.total(float(v) / count, scale)) for label, role, v in means]
    gap = float(now.relative)
    meters.append(Gauge("centred parts: gap of KD to LM", gap, 0.0, 1.0, "limit", say.percent(gap)))
    terms = [("derived term", "offset", "derived"), ("printed term", "printed", "printed"), ("ℓ1", "l1", "l1")]
    for label, role, name in terms:
        if name != "printed" or result.params.printed:
            meters.append(Gauge(f"{label}: logits pulled to 0", pulls[name], 0.0, count, role, f"{pulls[name]} of {count}"))
    return tuple(meters)


def table(result):
    """Gradients per class split into mean part and centred part, and the extra term's slopes; sums in the last row."""
    now, slope = result.now, result.offset / len(result.student)
    split = [(g, np.full_like(g, g.mean()), g - g.mean()) for g in (now.kd, now.lm)]
    term = (np.full_like(now.kd, -slope), np.full_like(now.kd, slope), abs(slope) * np.sign(result.student))
    columns = (result.student, result.teacher, *split[0], *split[1], *term)
    rows = [(i + 1, *(float(column[i]) for column in columns)) for i in range(len(result.student))]
    names = [f"{g}{part}" for g in ("KD", "LM") for part in ("", ", mean part", ", centred part")]
    header = ("class", "z_s", "z_t", *names, "term, derived", "term, as printed in our copy", "true ℓ1")
    return Table(header, (*rows, ("sum", *(float(column.sum()) for column in columns))))


def pick(params, chart, x, y):
    """A click into the map sets T and c_s; c_t stays (and c_s stops at its bounds)."""
    if chart != 1:
        return None
    sigma = deviation(pair.draw(*pair.key(params))[1])
    temperature = float("inf") if x >= (EDGE + 4) / 2 else float(f"{min(max(sigma * 10**x, 0.05), 1e6):.3g}")
    return replace(params, temperature=temperature, student_mean=round(min(max(params.teacher_mean + float(squeeze(y)), -5.0), 5.0), 2))


LESSON = Lesson(
    "03_mean_offset", "The mean offset", guide.GOAL, 12, Params, compute, (losses_along_ones, map_of_gap, term_per_class),
    verdict, formula, gauges, table, guide.PREDICT, guide.tasks(Params, compute), guide.READING, guide.PRESETS, pick,
)  # fmt: skip
