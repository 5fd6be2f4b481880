"""What page 03 reads off a result: verdict, formula, meters, table, and the answers to its tasks."""

import numpy as np

from kdviz.pages import Gauge, Table, Task, controls, filled
from kdviz.pages.mean_offset.model import PRESETS, Params, compute
from kdviz.pages.mean_offset.words import W
from kdviz.words import numerals


def verdict(result):
    """What the charts show at this state, in sentences with its numbers."""
    d, count, pulls = result.mean_gap, len(result.student), result.term.pulls
    first = (W.APART if d else W.EQUAL).format(
        mean_gap=numerals.tidy(d),
        lm=numerals.number(*loss(result)),
        factor=numerals.tidy(d) if d > 0 else f"({numerals.tidy(d)})",
        half=numerals.tidy(d * d / 2),
        centred=numerals.number(result.centred),
        temperature=numerals.tidy(result.params.temperature),
        kd=numerals.number(result.kd),
    )
    if d == 0:
        return first
    sentences = [first, W.SLOPE.format(slope=numerals.number(-d / count))]
    if result.params.printed:
        sentences.append(W.PRINTED.format(sum=numerals.tidy(2 * d)))
    pulling = W.PULLS_PRINTED if result.params.printed else W.PULLS
    sentences.append(pulling.format(count=count, **pulls))
    if np.isfinite(result.now.relative_lm):
        gap, share = (float(value) for value in (result.now.relative_lm, result.now.mean_share))
        sentences.append(W.GRADIENTS.format(gap=numerals.percent(gap), share=numerals.share(share)))
    return " ".join(sentences)


def loss(result):
    """LM to as many digits as show its distance from its centred part."""
    return result.lm, numerals.digits_to(result.lm, result.centred)


def formula(result):
    """LaTeX of the limit as a loss, and of the term's slope in one class, with their numbers."""
    d, count = numerals.tex_tidy(result.mean_gap), len(result.student)
    value = rf"\mathcal{{L}}_{{\mathrm{{LM}}}} - \frac{{1}}{{2}}(c_s-c_t)^2 = {numerals.tex(*loss(result))}"
    value += rf" - \frac{{1}}{{2}}\cdot {numerals.bracket(d)}^2"
    slope = rf"-\frac{{c_s-c_t}}{{K}} = -\frac{{{d}}}{{{count}}}"
    return (
        rf"\lim_{{T\to\infty}} T^2\,\mathrm{{KL}} = {value} = {numerals.tex(result.centred)}"
        rf"\qquad \text{{{W.TEX_SLOPE}}} = {slope} = {numerals.tex(-result.mean_gap / count)}"
    )


def gauges(result):
    """Mean part of each gradient, the gap of the centred parts, and how many logits each term pulls to zero."""
    now, d, count, pulls = result.now, result.mean_gap, len(result.student), result.term.pulls
    end = numerals.reach(2 * d / count, 0.01)
    means = [(W.MEAN_KD, "kd", now.sum_kd), (W.MEAN_LM, "lm", now.sum_lm)]
    if result.params.printed:
        means.append((W.MEAN_PRINTED, "printed", now.sum_printed))
    scale = float(np.abs(now.lm).sum())
    meters = [
        Gauge(label, float(v) / count, -end, end, role, numerals.total(float(v) / count, scale))
        for label, role, v in means
    ]
    gap = float(now.relative)
    meters.append(Gauge(W.CENTRED, gap, 0.0, 1.0, "limit", numerals.percent(gap)))
    for role, name in (("mean_gap", "derived"), ("printed", "printed"), ("l1", "l1")):
        if name != "printed" or result.params.printed:
            text = W.PULLED_COUNT.format(pulled=pulls[name], count=count)
            meters.append(Gauge(W.PULLED[name], pulls[name], 0.0, count, role, text))
    return tuple(meters)


def table(result):
    """Gradients per class split into mean part and centred part, and the extra term's slopes; sums in the last row."""
    now, slope = result.now, result.mean_gap / len(result.student)
    split = [(g, np.full_like(g, g.mean()), g - g.mean()) for g in (now.kd, now.lm)]
    term = (np.full_like(now.kd, -slope), np.full_like(now.kd, slope), abs(slope) * np.sign(result.student))
    columns = (result.student, result.teacher, *split[0], *split[1], *term)
    rows = [(i + 1, *(float(column[i]) for column in columns)) for i in range(len(result.student))]
    return Table(W.HEADER, (*rows, (W.SUM, *(float(column.sum()) for column in columns))))


def answers():
    """The tasks, with numbers from the page itself."""
    states = (*(PRESETS[name] for name in ("mean-trap", "equal-means", "sign-test")), "T=100&cs=1.5&ct=0&K=5")
    trap, equal, sign, five = (controls.at(Params, compute, query) for query in states)
    numbers = {
        "trap": numerals.percent(float(trap.now.relative_lm)),
        "share": numerals.share(float(trap.now.mean_share)),
        "equal": numerals.percent(float(equal.now.relative_lm)),
        "loss": numerals.number(five.lm - five.centred, 4),
        "slope": numerals.number(five.mean_gap / 5),
        "sum_lm": numerals.number(float(sign.now.sum_lm)),
        "sum_printed": numerals.number(float(sign.now.sum_printed)),
        "count": len(sign.student),
        **sign.term.pulls,
    }
    return tuple(Task(*pair) for pair in filled(W.TASKS, **numbers))
