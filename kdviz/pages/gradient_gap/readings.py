"""What page 02 reads off a result: verdict, formula, meters, table, and the answers to its tasks."""

import numpy as np

from kdviz.core.limits import temperature_for
from kdviz.pages import Gauge, Table, Task, controls, filled
from kdviz.pages.gradient_gap.model import PRESETS, Params, compute, mean_gap, same_up_to_constant
from kdviz.pages.gradient_gap.words import W
from kdviz.words import numerals


def verdict(result):
    """What the charts show at this state, in sentences with its numbers."""
    now, difference, count = result.now, mean_gap(result), len(result.student)
    if same_up_to_constant(result):
        return (W.AGREE_SHIFTED if difference else W.AGREE).format(shift=numerals.number(difference / count))
    infinite = bool(np.isinf(now.temperature))
    temperature = numerals.tidy(result.params.temperature)
    sentences = [
        W.LIMIT_INFINITE if infinite else W.LIMIT.format(temperature=temperature, gap=numerals.percent(now.relative))
    ]
    sentences.append(means(result) if difference else W.EQUAL_MEANS)
    close = result.curves.close_from
    if np.isfinite(close) and close > 0 and not infinite:
        reached = W.CLOSE_REACHED if now.temperature >= close else W.CLOSE_AHEAD
        sentences.append(reached.format(temperature=numerals.number(close)))
    if now.order == 2:
        sentences.append(W.SECOND_ORDER_TWO if count == 2 else W.SECOND_ORDER)
    if result.naive > 2 * now.relative + 1e-4:
        sentences.append(W.NAIVE.format(gap=numerals.percent(result.naive)))
    if result.params.printed:
        total = numerals.number(float(now.sum_printed))
        sentences.append(W.PRINTED.format(sum=total) if difference else W.PRINTED_EQUAL)
    return " ".join(sentences)


def means(result):
    """The sentences on what unequal means add to the gap."""
    now, difference, count = result.now, mean_gap(result), len(result.student)
    floor = abs(difference) / np.sqrt(count) / now.size_lm
    return (W.MEANS_INFINITE if np.isinf(now.temperature) else W.MEANS).format(
        gap=numerals.percent(now.relative_lm),
        mean_gap=numerals.tidy(difference),
        shift=numerals.number(difference / count),
        share=numerals.share(float(now.mean_share)),
        floor=numerals.percent(floor),
    )


def formula(result):
    """LaTeX of the class with the largest limit gradient, with its numbers."""
    now, i = result.now, int(np.argmax(np.abs(result.now.limit)))
    n, temperature = i + 1, float(now.temperature)
    s, t = (numerals.tex(float(z[i])) for z in (result.student, result.teacher))
    c_s, c_t = (numerals.tex_tidy(mean) for mean in (result.params.student_mean, result.params.teacher_mean))
    symbols = rf"\frac{{1}}{{K}}\left[(z^s_{{{n}}}-z^t_{{{n}}})-(c_s-c_t)\right]"
    difference = rf"({s}-{numerals.bracket(t)})-({c_s}-{numerals.bracket(c_t)})"
    value = numerals.tex(float(now.limit[i]))
    limit = rf"{symbols} = \frac{{1}}{{{len(result.student)}}}\left[{difference}\right] = {value}"
    if np.isinf(temperature):
        return rf"\lim_{{T\to\infty}} T\,(p^s_{{{n}}}-p^t_{{{n}}}) = {limit}"
    kd = float(now.kd[i])
    product = rf"{numerals.tex_tidy(temperature)}\times {numerals.bracket(numerals.tex(kd / temperature))}"
    return rf"T\,(p^s_{{{n}}}-p^t_{{{n}}}) = {product} = {numerals.tex(kd)}\quad\to\quad {limit}"


def gauges(result):
    """Sums of the gradients over classes, and the cosine of KD and LM."""
    now = result.now
    scale = float(np.abs(now.lm).sum())
    sums = [("Σ KD", "kd", now.sum_kd), ("Σ LM", "lm", now.sum_lm)]
    if result.params.printed:
        sums.append((W.SUM_PRINTED, "printed", now.sum_printed))
    end = numerals.reach(2 * mean_gap(result))
    meters = [
        Gauge(label, float(value), -end, end, role, numerals.total(float(value), scale)) for label, role, value in sums
    ]
    cosine = float(now.cosine)
    return (*meters, Gauge(W.COSINE, cosine, -1.0, 1.0, "lm", numerals.number(cosine)))


def table(result):
    """Logits and gradients per class, with the sums in the last row."""
    now = result.now
    columns = (result.student, result.teacher, now.kd, now.lm, now.limit, now.printed)
    rows = [(i + 1, *(float(column[i]) for column in columns)) for i in range(len(result.student))]
    total = (W.SUM, *(float(column.sum()) for column in columns))
    return Table((W.CLASS, "z_s", "z_t", "KD", "LM", W.KD_INFINITE, W.AS_PRINTED), (*rows, total))


def answers():
    """The tasks, with numbers from the page itself."""
    at_30, at_60 = (controls.at(Params, compute, f"T={t}&cs=0&ct=0") for t in (30, 60))
    two = [controls.at(Params, compute, f"T={t}&cs=0&ct=0&K=2") for t in (30, 60)]
    signs = controls.at(Params, compute, PRESETS["sign-test"]).now
    rough = controls.at(Params, compute, PRESETS["float32-floor"])
    numbers = {
        "at_30": numerals.percent(at_30.now.relative),
        "at_60": numerals.percent(at_60.now.relative),
        "five": numerals.number(float(temperature_for(at_30.student, at_30.teacher, 0.05))),
        "two_at_30": numerals.percent(two[0].now.relative),
        "two_at_60": numerals.percent(two[1].now.relative),
        "sum_lm": numerals.number(float(signs.sum_lm)),
        "sum_printed": numerals.number(float(signs.sum_printed)),
        "naive": numerals.percent(rough.naive),
        "best": numerals.percent(float(rough.curves.naive.min())),
    }
    return tuple(Task(*pair) for pair in filled(W.TASKS, **numbers))
