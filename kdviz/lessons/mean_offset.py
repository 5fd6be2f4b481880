"""03: what a difference of the logits' means does to LM and not to KD, and what the extra term is not."""

from dataclasses import dataclass, replace

import numpy as np

from kdviz.core import limits
from kdviz.core.losses import KD, LM, CentredLM
from kdviz.core.params import toggle
from kdviz.figures.offset import EDGE, losses_along_ones, map_of_gap, squeeze, term_per_class
from kdviz.figures.temperature_axis import HIGH, LOW
from kdviz.lessons import CATALOGUE, Gauge, Lesson, Table, pair
from kdviz.lessons.guides import controls
from kdviz.lessons.guides import mean_offset as guide
from kdviz.lessons.landscape import MEANS, Along, Map, Term, along_ones, deviation, extra_term, gap_map
from kdviz.words import numerals as say


@dataclass(frozen=True)
class Params:
    """What can be turned on the page."""

    temperature: float = controls.temperature(20.0)
    student_mean: float = controls.mean("cs", 1.0)
    teacher_mean: float = controls.mean("ct", -1.0)
    classes: int = controls.classes()
    printed: bool = toggle(True, "as printed in our copy", key="printed", help=guide.PRINTED)
    family: str = controls.family()
    spread: float = controls.spread()
    seed: int = controls.seed()
    typed_student: str = controls.typed("zs")
    typed_teacher: str = controls.typed("zt")


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


def compute(params):
    """The `Result` of `params`."""
    student, teacher = pair.draw(*pair.key(params))
    offset = round(params.student_mean - params.teacher_mean, 12)
    kd, lm, centred = (float(f.value(student, teacher)) for f in (KD(params.temperature), LM(), CentredLM()))
    return Result(
        params,
        student,
        teacher,
        sigma=deviation(teacher),
        offset=offset,
        now=limits.gap(student, teacher, params.temperature),
        kd=kd,
        lm=lm,
        centred=centred,
        along=along_ones(*pair.key(replace(params, student_mean=0.0))),
        kd_along=np.full(len(MEANS), kd),
        map=gap_map(*pair.key(params, centred=True)),
        term=extra_term(student, offset),
    )


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
        f"The means differ by {say.tidy(d)}. LM is {lm}; KD’s limit is smaller by {square} = {say.tidy(d * d / 2)}: "
        f"{centred}. {at}",
        f"The term’s slope is {say.number(-d / count)} in every class, whatever the logit: it takes out of LM "
        f"exactly what LM asks of the mean.",
    ]
    if result.params.printed:
        told.append(f"With the + of our copy the sum over classes would be {say.tidy(2 * d)}, where Eq. 5 asks for 0.")
    told.append(
        f"An ℓ1 norm would pull every logit towards zero; the term pulls {pulls['derived']} of {count}"
        + (f", with the printed sign {pulls['printed']}." if result.params.printed else ".")
    )
    if np.isfinite(result.now.relative_lm):
        share = say.share(float(result.now.mean_share))
        told.append(
            f"KD’s gradient is {say.percent(float(result.now.relative_lm))} away from LM’s; the means make up "
            f"{share} of that (squared)."
        )
    return " ".join(told)


def formula(result):
    """LaTeX of the limit as a loss, and of the term's slope in one class, with their numbers."""
    d, count = say.bracket(say.tex_tidy(result.offset)), len(result.student)
    lm = say.tex(result.lm, say.digits_to(result.lm, result.centred))
    loss = rf"\mathcal{{L}}_{{\mathrm{{LM}}}} - \frac{{1}}{{2}}(c_s-c_t)^2 = {lm} - \frac{{1}}{{2}}\cdot {d}^2"
    slope = rf"-\frac{{c_s-c_t}}{{K}} = -\frac{{{say.tex_tidy(result.offset)}}}{{{count}}}"
    return (
        rf"\lim_{{T\to\infty}} T^2\,\mathrm{{KL}} = {loss} = {say.tex(result.centred)}"
        rf"\qquad \text{{slope of the term per class}} = {slope} = {say.tex(-result.offset / count)}"
    )


def gauges(result):
    """Mean part of each gradient, the gap of the centred parts, and how many logits each term pulls to zero."""
    now, d, count, pulls = result.now, result.offset, len(result.student), result.term.pulls
    end = say.reach(2 * d / count, 0.01)
    means = [("mean part of KD", "kd", now.sum_kd), ("mean part of LM", "lm", now.sum_lm)]
    if result.params.printed:
        means.append(("mean part, as printed", "printed", now.sum_printed))
    scale = float(np.abs(now.lm).sum())
    meters = [
        Gauge(label, float(v) / count, -end, end, role, say.total(float(v) / count, scale)) for label, role, v in means
    ]
    gap = float(now.relative)
    meters.append(Gauge("centred parts: gap of KD to LM", gap, 0.0, 1.0, "limit", say.percent(gap)))
    terms = [("derived term", "offset", "derived"), ("printed term", "printed", "printed"), ("ℓ1", "l1", "l1")]
    for label, role, name in terms:
        if name != "printed" or result.params.printed:
            meters.append(
                Gauge(f"{label}: logits pulled to 0", pulls[name], 0.0, count, role, f"{pulls[name]} of {count}")
            )
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
    """A click into the map at log10(T/σ), `stretch` of c_s − c_t sets T and c_s (within its bounds); c_t stays."""
    if chart != 1:
        return None
    sigma = deviation(pair.draw(*pair.key(params))[1])
    temperature = float("inf") if x >= (EDGE + 4) / 2 else float(f"{np.clip(sigma * 10**x, LOW, HIGH):.3g}")
    return replace(
        params,
        temperature=temperature,
        student_mean=round(float(np.clip(params.teacher_mean + squeeze(y), *controls.MEANS)), 2),
    )


LESSON = Lesson(
    "03_mean_offset",
    CATALOGUE["03_mean_offset"],
    guide.GOAL,
    12,
    Params,
    compute,
    (losses_along_ones, map_of_gap, term_per_class),
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
