"""04: what keeps its value while a network is trained, the mean logit or the class mean of the last layer?"""

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from kdviz.core import mean_runs as runs
from kdviz.core import recorded
from kdviz.core.params import choice, knob, toggle
from kdviz.figures.means import class_sums, head_drift, mean_logit
from kdviz.lessons import CATALOGUE, Gauge, Lesson, Progress, Table
from kdviz.lessons.guides import who_moves_the_mean as guide
from kdviz.words import numerals as say

RECORDED_SEED = 0
ROUNDING = 1e-9  # float64 drifts by less in 600 steps; what moves, moves by far more
HELD = 1e-6  # change of a mean logit, in logit units, that counts as none


@dataclass(frozen=True)
class Params:
    """What can be turned on the page."""

    loss: str = choice("KD at T=4", "loss", runs.LOSSES, key="loss", help=guide.HELP["loss"], main=True)
    student: str = choice("MLP", "student", runs.STUDENTS, key="net", help=guide.HELP["student"], main=True)
    optimiser: str = choice("SGD", "optimiser", runs.OPTIMISERS, key="opt", help=guide.HELP["optimiser"], main=True)
    decay: str = choice("0", "weight decay", runs.DECAYS, key="wd", help=guide.HELP["decay"], main=True)
    at_start: bool = toggle(False, "centre the last layer at the start", key="centre", help=guide.HELP["at_start"])
    each_pass: bool = toggle(False, "centre it in every pass", key="always", help=guide.HELP["each_pass"])
    offset: str = choice("own", "teacher’s mean", runs.OFFSETS, key="off", help=guide.HELP["offset"])
    seed: int = knob(0, "seed", 0, 9999, integer=True, key="seed", help=guide.HELP["seed"], main=False)


@dataclass(frozen=True)
class Result:
    """The runs of all optimisers at one setting: {optimiser: MeanTrace}, recorded and live.

    `factor` (n,) is the share of w̄ that weight decay alone leaves of the chosen optimiser, None without decay and for
    Adam; `teacher` mean, 5 % and 95 % quantile of c_t over the images, None where not known.
    """

    params: Params
    recorded: dict
    live: dict = field(default_factory=dict)
    teacher: tuple | None = None

    def trace(self, optimiser):
        """The run to show for one optimiser: the live one where there is one; None where there is neither."""
        return self.live.get(optimiser) or self.recorded.get(optimiser)

    @property
    def factor(self):
        """(n,) what weight decay alone leaves of w̄ under the chosen optimiser; None where nothing can be predicted."""
        p = self.params
        if p.decay == "0" or p.optimiser not in ("SGD", "momentum"):
            return None
        axes = runs.STUDENTS.index(p.student), runs.OPTIMISERS.index(p.optimiser), runs.DECAYS.index(p.decay)
        return recorded.load("means")["factor"][axes]


def centre(params):
    """What is done to the last layer, by the names of the recording."""
    return "pass" if params.each_pass else "start" if params.at_start else "no"


@lru_cache(maxsize=16)
def stored(student, how, decay, run):
    """{optimiser: MeanTrace} of the recording."""
    arrays = recorded.load("means")
    return {o: runs.unpack(arrays, (student, how, o, decay, run)) for o in runs.OPTIMISERS}


def compute(params):
    """The `Result` of `params` from the recording, which holds one seed only."""
    if params.seed != RECORDED_SEED:
        return Result(params, {})
    held = stored(params.student, centre(params), params.decay, runs.run_of(params.loss, params.offset))
    teacher = recorded.load("means")["teacher"][list(runs.OFFSETS).index(params.offset)]
    return Result(params, held, teacher=tuple(map(float, teacher)))


def train(params):
    """Live: all four optimisers in turn, from the seed of `params`; a generator of `Progress`."""
    from kdviz.train import mean_watch
    from kdviz.train.device import pinned

    room = mean_watch.classroom(params.seed)
    run = runs.run_of(params.loss, params.offset)
    result = replace(compute(params), teacher=mean_watch.teacher_means(room, params.offset))
    going = {
        name: mean_watch.follow([run], params.student, centre(params), name, float(params.decay), room, params.seed)
        for name in runs.OPTIMISERS
    }
    total, done = len(runs.MOMENTS) * len(going), 0
    with pinned(0):  # one thread for all four, so that no step switches
        for name in list(going) * len(runs.MOMENTS):
            step, (trace,) = next(going[name])
            result, done = replace(result, live={**result.live, name: trace}), done + 1
            yield Progress(result, done, total, f"step {step} of {runs.STEPS}")


def kept(trace):
    """Whether w̄ and b̄ are where they started, to rounding."""
    return bool(max(trace.head[-1], trace.bias[-1]) <= ROUNDING)


def verdict(result):
    """What the charts show at this state, in sentences with its numbers."""
    trace = result.trace(result.params.optimiser)
    if trace is None:
        return f"Only seed {RECORDED_SEED} is recorded. Press Play to train the four optimisers from this seed."
    step = int(trace.step[-1])
    begin = "" if step == runs.STEPS else f"After {step} of {runs.STEPS} steps, "
    return begin + " ".join([layer(result, trace), mean(result, trace), statement(result, trace)])


def layer(result, trace):
    """The sentence on w̄ and b̄."""
    p, drift = result.params, say.number(float(trace.head[-1]))
    who = p.optimiser[0].upper() + p.optimiser[1:]
    free, zero_sum = p.student == "free logits", runs.LOSSES[p.loss].zero_sum
    what, name = ("the means of the free logits", "they") if free else ("w̄ and b̄", "w̄")
    if p.each_pass:
        return f"{who}: the mean over the classes is taken out in every pass, so w̄ and b̄ are 0 throughout."
    if kept(trace):
        return f"{who}: {what} stay where they were, to rounding (‖change‖ = {drift})."
    length = trace.head_start > ROUNDING
    if zero_sum and result.factor is not None and length:
        return (
            f"{who}: {what} shrink to {say.percent(trace.left, 4)} of their start; weight decay alone predicts "
            f"{say.percent(float(result.factor[len(trace.step) - 1]), 4)}, without a look at data or loss."
        )
    size = f"{drift}, {say.percent(trace.head[-1] / trace.head_start)} of the start" if length else f"{drift}, from 0"
    moves = f"{who}: {'their change has length' if free else f'the change of {name} has length'} {size}."
    moves = moves.replace("their change", "the change of the free logits’ means")
    if not zero_sum:
        return f"{moves} The gradients of LM do not sum to zero over the classes: LM moves the means on purpose."
    left = say.percent(float(np.nanmax(trace.update)))
    return (
        f"{moves} The gradients sum to zero over the classes, the updates do not (up to {left} is left): "
        f"{who} rescales every weight by itself."
    )


def mean(result, trace):
    """The sentence on the mean logit."""
    p = result.params
    start, end = (say.number(float(trace.mean[at])) for at in (0, -1))
    if trace.moved <= HELD:
        return f"The mean logit of every image keeps its value, to {say.number(trace.moved)}."
    told = f"The mean logit goes from {start} to {end} on average, in single images by up to {say.number(trace.moved)}."
    if p.loss == "LM" and result.teacher is not None:
        return f"{told} The teacher’s is {say.number(result.teacher[0])}."
    if p.student == "MLP" and kept(trace):
        return f"{told} It is w̄·h(x) + b̄, and h(x) moves."
    return told


def statement(result, trace):
    """The sentence on what our copy of the paper says below Eq. 6."""
    if not runs.LOSSES[result.params.loss].zero_sum:
        return "LM sees the means, so Eq. 5 and 6 say nothing about it."
    printed = "As printed in our copy, Eq. 5 and 6 imply that the means “remain the same as their initial values”"
    return f"{printed}: that {'holds' if trace.moved <= HELD else 'does not hold'} here."


def formula(result):
    """LaTeX of the mean logit, averaged over the images, at the start and now."""
    trace = result.trace(result.params.optimiser)
    symbols = r"c(x) = \bar{w}\cdot h(x) + \bar{b}"
    if trace is None:
        return symbols
    numbers = [say.tex(float(trace.mean[at])) for at in (0, -1)]
    arrow = rf"\text{{average of }} c(x):\quad {numbers[0]} \to {numbers[1]}"
    return rf"{symbols},\qquad {arrow},\qquad \text{{largest change: }} {say.tex(trace.moved)}"


def gauges(result):
    """The mean logit now, the teacher's, and what is left of the sums over the classes."""
    trace = result.trace(result.params.optimiser)
    teacher = result.teacher[0] if result.teacher else float("nan")
    end = float(trace.mean[-1]) if trace else float("nan")
    reach = say.reach(float(np.nanmax(np.abs([end, teacher, 0.5]))))
    means = [("student’s c", end, "student"), ("teacher’s c", teacher, "teacher")]
    meters = [Gauge(label, value, -reach, reach, role, say.number(value)) for label, value, role in means]
    for label, name in (("Σ gradients", "gradient"), ("Σ updates", "update")):
        value = float(getattr(trace, name)[-1]) if trace else float("nan")
        meters.append(Gauge(label, value, 0.0, 1.0, "offset", say.percent(value)))
    return tuple(meters)


def table(result):
    """One row per optimiser: how far the class means moved, the mean logit, the sums, test accuracy."""
    header = (
        "optimiser", "‖w̄‖ at the start", "change of w̄", "change of b̄", "c at the start", "c at the end",
        "largest change of c(x)", "Σ gradients", "Σ updates", "test accuracy",
    )  # fmt: skip
    rows = []
    for name in runs.OPTIMISERS:
        t = result.trace(name)
        row = t and (
            t.head_start, t.head[-1], t.bias[-1], t.mean[0], t.mean[-1], t.moved, t.gradient[-1], t.update[-1],
            t.accuracy,
        )  # fmt: skip
        rows.append((name, *(map(float, row) if row else [float("nan")] * 9)))
    return Table(header, tuple(rows))


LESSON = Lesson(
    "04_who_moves_the_mean",
    CATALOGUE["04_who_moves_the_mean"],
    guide.GOAL,
    10,
    Params,
    compute,
    (mean_logit, head_drift, class_sums),
    verdict,
    formula,
    gauges,
    table,
    guide.PREDICT,
    guide.tasks(Params, compute),
    guide.READING,
    guide.PRESETS,
    train=train,
    views=("optimiser",),
)
