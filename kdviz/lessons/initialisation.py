"""06: the mean logit before training: its average over many seeds, as in Table 1 of the paper, and in one run."""

from dataclasses import dataclass, replace

import numpy as np

from kdviz.core import heads
from kdviz.core.heads import NETWORKS, RUNS
from kdviz.core.params import choice, knob
from kdviz.figures.initialisation import FEWEST, funnel, in_standard_errors, single_runs
from kdviz.lessons import CATALOGUE, Gauge, Lesson, Progress, Table
from kdviz.lessons.guides import initialisation as guide
from kdviz.lessons.guides.initialisation import PRINTED
from kdviz.lessons.initial_runs import MODES, Averages, Histogram, average, band, histogram, law, means, squares
from kdviz.words import numerals as say


@dataclass(frozen=True)
class Params:
    """What can be turned on the page."""

    teacher: str = choice("ResNet-44", "teacher", NETWORKS, key="teacher", help=guide.HELP["teacher"], main=True)
    norm: str = choice("train", "batch norm", MODES, key="bn", help=guide.HELP["bn"], main=True)
    head: str = choice("PyTorch", "last layer", heads.heads(), key="head", help=guide.HELP["head"], main=True)
    runs: int = knob(RUNS, "runs N", FEWEST, RUNS, log=True, integer=True, key="N", help=guide.HELP["N"])
    student: str = choice("ResNet-8", "student", NETWORKS, key="student", help=guide.HELP["student"])
    seed: int = knob(0, "seed", 0, 9999, integer=True, key="seed", help=guide.HELP["seed"], main=False)


@dataclass(frozen=True)
class Live:
    """Mean logits of the runs made here: one array (n,) per network, and what the charts draw of them."""

    means: tuple[np.ndarray, ...]
    histogram: Histogram
    averages: Averages
    scores: np.ndarray


@dataclass(frozen=True)
class Result:
    """Of the first N recorded runs: `means` (4, N), their averages, exact sd and standard errors, scores, pictures.

    `level` is what the average is expected to be, `errors` (4,) belong to N runs, `printed_scores` (4,) to 6000,
    `offset` is the exact sd of c_s − c_t. `live` is what was run on this page, if anything.
    """

    params: Params
    level: float
    means: np.ndarray
    squares: np.ndarray
    deviations: np.ndarray
    errors: np.ndarray
    scores: np.ndarray
    printed_scores: np.ndarray
    offset: float
    histogram: Histogram
    averages: Averages
    live: Live | None = None

    @property
    def pair(self):
        """Places of student and teacher in `NETWORKS`."""
        return NETWORKS.index(self.params.student), NETWORKS.index(self.params.teacher)


def averages(values, level, deviations, pair):
    """The `Averages` of mean logits (4 arrays), for the places (student, teacher) of a pair."""
    return Averages(*(average(values[i]) for i in pair), *(band(level, deviations[i]) for i in pair))


def compute(params):
    """The `Result` of `params`, from the recorded runs."""
    made, stored = heads.heads()[params.head], squares(params.norm)
    s, t = pair = NETWORKS.index(params.student), NETWORKS.index(params.teacher)
    values = means(params.norm, params.head)[:, : params.runs]
    deviations = heads.deviation(made, stored)
    errors = deviations / np.sqrt(params.runs)
    places, share = law(params.norm, params.head, *pair)
    return Result(
        params,
        made.level,
        values,
        stored,
        deviations,
        errors,
        scores=(values.mean(1) - made.level) / errors,
        printed_scores=(PRINTED - made.level) / deviations * np.sqrt(RUNS),
        offset=float(np.hypot(deviations[s], deviations[t])),
        histogram=histogram(places, values[s], values[t], share),
        averages=averages(values, made.level, deviations, pair),
    )


def lived(shown, values):
    """`shown` with the runs made here, `values` (4 arrays), drawn over the recorded ones."""
    s, t = shown.pair
    counts = np.sqrt([max(1, len(part)) for part in values])
    scores = [part.mean() - shown.level if len(part) else np.nan for part in values]
    live = Live(
        values,
        histogram(shown.histogram.places, values[s], values[t], shown.histogram.law),
        averages(values, shown.level, shown.deviations, shown.pair),
        np.array(scores) / shown.deviations * counts,
    )
    return replace(shown, live=live)


def train(params):
    """Run N seeds of every network here, a block at a time, and show them over the recorded ones; needs torch."""
    from kdviz.train.init_stats import stream

    shown, made = compute(params), heads.heads()[params.head]
    kept = {name: np.empty(0) for name in NETWORKS}
    first = RUNS * (1 + params.seed)  # none of the recorded seeds
    for record in stream(NETWORKS, params.runs, params.head, train=params.norm == "train", first=first, size=4):
        found = record.block
        new = heads.mean_logit(made, found.weights, found.bias)
        kept[found.network] = np.concatenate([kept[found.network], new])
        words = f"{min(map(len, kept.values()))} runs of each network"
        yield Progress(lived(shown, tuple(kept.values())), record.done, record.total, words)


def verdict(result):
    """What the charts show at this state, in sentences with its numbers."""
    params, (s, t) = result.params, result.pair
    c_s, c_t, apart = (say.number(value) for value in (result.deviations[s], result.deviations[t], result.offset))
    told = [
        f"In a single run c_s − c_t has sd {apart}; c_s of {params.student} has {c_s} around "
        f"{guide.where(result.level)}, c_t of {params.teacher} {c_t}.",
        f"The average of c_t over {params.runs} runs, {say.number(result.means[t].mean())} ± "
        f"{say.number(result.errors[t])}, narrows as 1/√N whatever single runs do.",
    ]
    return " ".join([*told, *guide.printed_verdict(result), *guide.live_verdict(result)])


def formula(result):
    """LaTeX of the standard error of the teacher's average, with its numbers."""
    made, t = heads.heads()[result.params.head], result.pair[1]
    a, b, h2 = (say.tex(float(value)) for value in (made.weight, made.bias, result.squares[t]))
    top = rf"{a}^2\cdot {h2}" + (rf"+{b}^2" if made.bias else "")
    symbols = r"\sqrt{\frac{a_w^2\,\mathrm{E}|h|^2+a_b^2}{3KN}}"
    numbers = rf"\sqrt{{\frac{{{top}}}{{3\cdot 100\cdot {result.params.runs}}}}}"
    return rf"\mathrm{{SE}}(c_t) = {symbols} = {numbers} = {say.tex(float(result.errors[t]))}"


def gauges(result):
    """Sizes of the mean logits in one run, and how far the teacher's printed average is from what is expected."""
    s, t = result.pair
    end = say.reach(1.2 * result.offset, 0.01)
    z = float(result.printed_scores[t])
    meters = [
        Gauge(label, float(value), 0.0, end, role, say.number(float(value)))
        for label, value, role in (
            ("sd of c_s in one run", result.deviations[s], "student"),
            ("sd of c_t in one run", result.deviations[t], "teacher"),
            ("sd of c_s − c_t", result.offset, "offset"),
        )
    ]
    reach = say.reach(1.1 * z, 5.0)
    return (*meters, Gauge(f"printed for {result.params.teacher}: z", z, -reach, reach, "printed", say.number(z)))


def table(result):
    """Per network: average |h|², sd of one run counted and exact, average over N, its standard error, z; printed, z."""
    counted = result.means.std(1, ddof=1)
    columns = (
        *(result.squares, counted, result.deviations, result.means.mean(1), result.errors, result.scores),
        *(PRINTED, result.printed_scores),
    )
    rows = [(name, *(float(column[i]) for column in columns)) for i, name in enumerate(NETWORKS)]
    names = ("network", "mean |h|²", "sd, counted", "sd, exact", f"average over {result.params.runs}")
    return Table((*names, "standard error", "z", "as printed in our copy", "z of printed"), tuple(rows))


def pick(params, chart, x, y):
    """A click at `x` into the funnel sets N; None elsewhere."""
    return replace(params, runs=int(np.clip(round(x), FEWEST, RUNS))) if chart == 1 else None


LESSON = Lesson(
    "06_initialisation",
    CATALOGUE["06_initialisation"],
    guide.GOAL,
    10,
    Params,
    compute,
    (single_runs, funnel, in_standard_errors),
    verdict,
    formula,
    gauges,
    table,
    guide.PREDICT,
    guide.tasks(Params, compute),
    guide.READING,
    guide.PRESETS,
    pick,
    train,
)
