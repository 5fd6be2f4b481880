"""02, the hero: per-class gradients of KD, LM and KD's limit, and how their gap closes with T (or does not)."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from kdviz.core import kernel, limits
from kdviz.core.params import toggle
from kdviz.figures import temperature_axis
from kdviz.figures.gradient_gap import gap_against_temperature, gradients_per_class
from kdviz.lessons import CATALOGUE, Gauge, Lesson, Table, pair
from kdviz.lessons.guides import controls
from kdviz.lessons.guides import gradient_gap as guide
from kdviz.words import numerals as say

TOLERANCE = 0.01  # "close" on this page


@dataclass(frozen=True)
class Params:
    """What can be turned on the page."""

    temperature: float = controls.temperature(20.0)
    student_mean: float = controls.mean("cs", 1.0)
    teacher_mean: float = controls.mean("ct", 0.0)
    classes: int = controls.classes()
    printed: bool = toggle(False, "as printed in our copy", key="printed", help=controls.HELP["printed"])
    family: str = controls.family()
    spread: float = controls.spread()
    seed: int = controls.seed()
    typed_student: str = controls.typed("zs")
    typed_teacher: str = controls.typed("zt")


@dataclass(frozen=True)
class Curves:
    """Relative gaps (73,) over `temperature_axis.GRID`, and the T from which the gap to the limit stays ≤ 1 %."""

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
    student, teacher = pair.draw(*key)
    sweep = limits.sweep(student, teacher, temperature_axis.GRID)
    found = last_crossing(student, teacher, temperature_axis.GRID, sweep.relative)
    return pair.frozen(sweep.relative), pair.frozen(sweep.first_order), pair.frozen(sweep.bound), found


@lru_cache(maxsize=4)
def curves(key, centred):
    """`Curves` of one pair of logits; T does not matter, so dragging T costs nothing here."""
    student, teacher = pair.draw(*key)
    to_limit, law, bound, close_from = curves_to_limit(*centred)
    flat = limits.gap(student, teacher, np.inf)
    shift = flat.to_lm  # at T = ∞ only the means are left; they stand at right angles to the rest
    to_lm = np.hypot(np.nan_to_num(to_limit) * flat.size, shift) / (flat.size_lm or np.nan)
    naive = naive_gap(student, teacher, temperature_axis.GRID, flat.limit)
    return Curves(to_limit, pair.frozen(to_lm), law, bound, pair.frozen(naive), close_from)


def compute(params):
    """The `Result` of `params`."""
    key = pair.key(params)
    student, teacher = pair.draw(*key)
    now = limits.gap(student, teacher, params.temperature)
    naive = float(naive_gap(student, teacher, params.temperature, now.limit))
    return Result(params, student, teacher, now, curves(key, pair.key(params, centred=True)), naive)


def offset(result):
    """c_s − c_t as set on the page, in logit units."""
    return round(result.params.student_mean - result.params.teacher_mean, 12)


def same_up_to_constant(result):
    """Whether centred logits agree, so that KD has nothing to teach at any T."""
    return bool(result.now.size <= 1e-12 * (1 + np.abs(result.student).max()))


def verdict(result):
    """What the charts show at this state, in sentences with its numbers."""
    now, difference, count = result.now, offset(result), len(result.student)
    at = f"At T = {say.tidy(result.params.temperature)}"
    if same_up_to_constant(result):
        alike = "Student and teacher logits agree" + (" up to a constant" if difference else "")
        left = (
            f" LM still asks for {say.number(difference / count)} in every class, the difference of the means over K."
        )
        return f"{alike}: KD’s gradient is zero in every class, at every temperature.{left if difference else ''}"
    told = [
        "At T = ∞ KD’s gradient equals that of LM on centred logits."
        if np.isinf(now.temperature)
        else f"{at} KD’s gradient is {say.percent(now.relative)} away from its limit, LM on centred logits."
    ]
    if difference == 0:
        told.append("The means are equal, so that limit is LM itself.")
    else:
        floor = abs(difference) / np.sqrt(count) / now.size_lm
        told.append(
            f"It is {say.percent(now.relative_lm)} away from LM: the means differ by {say.tidy(difference)}, which "
            f"shifts "
            f"LM by {say.number(difference / count)} in every class and makes up {say.share(float(now.mean_share))} "
            f"of that gap (squared)."
            + (
                ""
                if np.isinf(now.temperature)
                else f" No temperature removes this part: {say.percent(floor)} stay at T = ∞."
            )
        )
    close = result.curves.close_from
    if np.isfinite(close) and close > 0 and not np.isinf(now.temperature):
        reached = (
            "The gap to the limit is below 1 % from" if now.temperature >= close else "A gap to the limit of 1 % needs"
        )
        told.append(f"{reached} T = {say.number(close)}.")
    if now.order == 2:
        why = "With two classes the 1/T term cancels" if count == 2 else "Here the 1/T term cancels"
        told.append(f"{why}, so this gap shrinks as 1/T².")
    if result.naive > 2 * now.relative + 1e-4:
        told.append(
            f"float32 as usually written would be {say.percent(result.naive)} away from the limit, by round-off."
        )
    if result.params.printed:
        told.append(printed_verdict(result, difference))
    return " ".join(told)


def printed_verdict(result, difference):
    """What the sum test says about Eq. 7 as printed in our copy."""
    if difference == 0:
        return "With equal means + and − agree: for such logits the limit is LM with either sign."
    return (
        f"Eq. 7 as printed in our copy (+) sums to {say.number(float(result.now.sum_printed))} over the classes; "
        f"Eq. 5 asks for 0, which the − gives."
    )


def formula(result):
    """LaTeX of the class with the largest limit gradient, with its numbers."""
    now, i = result.now, int(np.argmax(np.abs(result.now.limit)))
    n, temperature = i + 1, float(now.temperature)
    s, t = (say.tex(float(z[i])) for z in (result.student, result.teacher))
    c_s, c_t = (say.tex_tidy(mean) for mean in (result.params.student_mean, result.params.teacher_mean))
    symbols = rf"\frac{{1}}{{K}}\left[(z^s_{{{n}}}-z^t_{{{n}}})-(c_s-c_t)\right]"
    difference = rf"({s}-{say.bracket(t)})-({c_s}-{say.bracket(c_t)})"
    limit = (
        rf"{symbols} = \frac{{1}}{{{len(result.student)}}}\left[{difference}\right] = {say.tex(float(now.limit[i]))}"
    )
    if np.isinf(temperature):
        return rf"\lim_{{T\to\infty}} T\,(p^s_{{{n}}}-p^t_{{{n}}}) = {limit}"
    kd = float(now.kd[i])
    product = rf"{say.tex_tidy(temperature)}\times {say.bracket(say.tex(kd / temperature))}"
    return rf"T\,(p^s_{{{n}}}-p^t_{{{n}}}) = {product} = {say.tex(kd)}\quad\to\quad {limit}"


def gauges(result):
    """Sums of the gradients over classes, and the cosine of KD and LM."""
    now = result.now
    scale = float(np.abs(now.lm).sum())
    sums = [("Σ KD", "kd", now.sum_kd), ("Σ LM", "lm", now.sum_lm)]
    if result.params.printed:
        sums.append(("Σ as printed", "printed", now.sum_printed))
    end = say.reach(2 * offset(result))
    meters = [
        Gauge(label, float(value), -end, end, role, say.total(float(value), scale)) for label, role, value in sums
    ]
    cosine = float(now.cosine)
    return (*meters, Gauge("cosine of KD and LM", cosine, -1.0, 1.0, "lm", say.number(cosine)))


def table(result):
    """Logits and gradients per class, with the sums in the last row."""
    now = result.now
    columns = (result.student, result.teacher, now.kd, now.lm, now.limit, now.printed)
    rows = [(i + 1, *(float(column[i]) for column in columns)) for i in range(len(result.student))]
    total = ("sum", *(float(column.sum()) for column in columns))
    return Table(("class", "z_s", "z_t", "KD", "LM", "KD at T = ∞", "as printed in our copy"), (*rows, total))


def pick(params, chart, x, y):
    """A click at `x` (a place of the T axis) into the chart over T sets T; None elsewhere."""
    return replace(params, temperature=temperature_axis.read(x)) if chart == 1 else None


LESSON = Lesson(
    "02_gradient_gap",
    CATALOGUE["02_gradient_gap"],
    guide.GOAL,
    12,
    Params,
    compute,
    (gradients_per_class, gap_against_temperature),
    verdict,
    formula,
    gauges,
    table,
    guide.PREDICT,
    guide.tasks(Params, compute),
    guide.READING,
    guide.PRESETS,
    pick,
)
