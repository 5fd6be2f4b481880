"""What page 04 reads off a result: verdict, formula, meters, table, and the answers to its tasks."""

import numpy as np

from kdviz.pages import Gauge, Table, Task, controls, filled
from kdviz.pages.who_moves_the_mean.model import HELD, NAMES, RECORDED_SEED, ROUNDING, Params, compute, kept
from kdviz.pages.who_moves_the_mean.traces import LOSSES, OPTIMISERS, RECORDED, SAMPLES, STEPS
from kdviz.pages.who_moves_the_mean.words import W
from kdviz.words import W as SHARED
from kdviz.words import numerals


def verdict(result):
    """What the charts show at this state, in sentences with its numbers."""
    trace = result.trace(result.params.optimiser)
    if trace is None:
        known = result.params.loss in RECORDED
        return W.NOT_RECORDED.format(seed=RECORDED_SEED) if known else W.LOSS_NOT_RECORDED.format(loss=named(result))
    step = int(trace.step[-1])
    sentences = " ".join([*layer(result, trace), *mean(result, trace), statement(result, trace)])
    return sentences if step == STEPS else SHARED.AFTER.format(step=step, steps=STEPS, sentences=sentences)


def named(result):
    """The name of the loss, as people read it."""
    return NAMES.get(result.params.loss, result.params.loss)


def layer(result, trace):
    """The sentences on w̄ and b̄."""
    p, free = result.params, result.params.student == "free logits"
    who = W.SUBJECT[p.optimiser]
    if p.each_pass:
        return [W.CENTRED_ALWAYS.format(who=who)]
    change = numerals.number(float(trace.head[-1]))
    if kept(trace):
        return [(W.KEPT_FREE if free else W.KEPT).format(who=who, change=change)]
    zero_sum, length = LOSSES[p.loss].zero_sum, trace.head_start > ROUNDING
    if zero_sum and result.factor is not None and length:
        left = numerals.percent(trace.left, 4)
        predicted = numerals.percent(float(result.factor[len(trace.step) - 1]), 4)
        return [(W.SHRUNK_FREE if free else W.SHRUNK).format(who=who, left=left, predicted=predicted)]
    if length:
        share = numerals.percent(trace.head[-1] / trace.head_start)
        moved = (W.MOVED_FREE if free else W.MOVED).format(who=who, change=change, share=share)
    else:
        moved = (W.MOVED_FREE_FROM_0 if free else W.MOVED_FROM_0).format(who=who, change=change)
    left = numerals.percent(float(np.nanmax(trace.update))) if zero_sum else ""
    return [moved, W.RESCALED.format(left=left, who=who) if zero_sum else W.MOVES_MEANS.format(loss=named(result))]


def mean(result, trace):
    """The sentences on the mean logit."""
    p, moved = result.params, numerals.number(trace.moved)
    if trace.moved <= HELD:
        return [W.LOGIT_KEPT.format(moved=moved)]
    start, end = (numerals.number(float(trace.mean[at])) for at in (0, -1))
    sentences = [W.LOGIT_MOVED.format(start=start, end=end, moved=moved)]
    if not LOSSES[p.loss].zero_sum and result.teacher is not None:
        sentences.append(W.TEACHER_AT.format(teacher=numerals.number(result.teacher[0])))
    elif p.student == "MLP" and kept(trace):
        sentences.append(W.FEATURES_MOVE)
    return sentences


def statement(result, trace):
    """The sentence on what the paper says below Eq. 6."""
    if not LOSSES[result.params.loss].zero_sum:
        return W.SEES_MEANS.format(loss=named(result))
    return W.HOLDS if trace.moved <= HELD else W.FAILS


def formula(result):
    """LaTeX of the mean logit, averaged over the images, at the start and now."""
    trace = result.trace(result.params.optimiser)
    symbols = r"c(x) = \bar{w}\cdot h(x) + \bar{b}"
    if trace is None:
        return symbols
    numbers = [numerals.tex(float(trace.mean[at])) for at in (0, -1)]
    arrow = rf"\text{{{W.TEX_AVERAGE}}} c(x):\quad {numbers[0]} \to {numbers[1]}"
    return rf"{symbols},\qquad {arrow},\qquad \text{{{W.TEX_LARGEST}}} {numerals.tex(trace.moved)}"


def gauges(result):
    """The mean logit now, the teacher's, and what is left of the sums over the classes."""
    trace = result.trace(result.params.optimiser)
    teacher = result.teacher[0] if result.teacher else float("nan")
    end = float(trace.mean[-1]) if trace else float("nan")
    reach = numerals.reach(float(np.nanmax(np.abs([end, teacher, 0.5]))))
    means = [(W.STUDENT_MEAN, end, "student"), (W.TEACHER_MEAN, teacher, "teacher")]
    meters = [Gauge(label, value, -reach, reach, role, numerals.number(value)) for label, value, role in means]
    for label, name in ((W.SUM_GRADIENTS, "gradient"), (W.SUM_UPDATES, "update")):
        value = float(getattr(trace, name)[-1]) if trace else float("nan")
        meters.append(Gauge(label, value, 0.0, 1.0, "mean_gap", numerals.percent(value)))
    return tuple(meters)


def table(result):
    """One row per optimiser: how far the class means moved, the mean logit, the sums, test accuracy."""
    rows = []
    for name in OPTIMISERS:
        t = result.trace(name)
        row = t and (
            t.head_start, t.head[-1], t.bias[-1], t.mean[0], t.mean[-1], t.moved, t.gradient[-1], t.update[-1],
            t.accuracy,
        )  # fmt: skip
        rows.append((W.OPTIMISERS[name], *(map(float, row) if row else [float("nan")] * 9)))
    return Table(W.HEADER, tuple(rows))


def reading():
    """How to read the page, with its numbers."""
    return filled(W.READING, steps=STEPS, samples=SAMPLES)


def answers():
    """The tasks, with numbers from the page itself."""

    def run(query):
        result = controls.at(Params, compute, query)
        return result.trace(result.params.optimiser)

    mlp, adam = run(""), run("opt=Adam")
    decayed = controls.at(Params, compute, "wd=0.02&loss=CE")
    numbers = {
        "mlp_head": numerals.number(float(mlp.head[-1])),
        "mlp": numerals.number(mlp.moved),
        "free": numerals.number(run("net=free logits").moved),
        "adam": numerals.percent(float(max(adam.update[1:]))),
        "left_ce": numerals.percent(decayed.trace("SGD").left, 4),
        "left_kd": numerals.percent(run("wd=0.02&loss=KD at T=4").left, 4),
        "factor": numerals.percent(float(decayed.factor[-1]), 4),
        "centred": numerals.number(run("centre=1").moved),
        "centred_adam": numerals.number(run("centre=1&opt=Adam").moved),
        "always": numerals.number(run("always=1&opt=Adam").moved),
        "lm_0": numerals.number(float(run("loss=LM&off=0").mean[-1])),
        "lm_5": numerals.number(float(run("loss=LM&off=5").mean[-1])),
    }
    return tuple(Task(*pair) for pair in filled(W.TASKS, **numbers))
