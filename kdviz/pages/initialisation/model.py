"""06: the mean logit before training: its average over many seeds, as in Table 1 of the paper, and in one run."""

from dataclasses import dataclass, replace

import numpy as np

from kdviz.core import heads
from kdviz.core.heads import NETWORKS, RUNS
from kdviz.core.params import knob
from kdviz.pages import controls
from kdviz.pages.initialisation.counts import (
    FEWEST,
    MODES,
    Averages,
    Histogram,
    average,
    band,
    histogram,
    law,
    means,
    squares,
)
from kdviz.pages.initialisation.words import W

PRESETS = {
    "table-1": "N=6000",
    "eval-mode": "bn=eval",
    "forty-runs": "N=40",
    "prior-bias": "head=prior",
    "two-alike": "teacher=ResNet-20&student=ResNet-20",
}
PRINTED = np.array([*heads.PRINTED.values()])  # (4,)


@dataclass(frozen=True)
class Params:
    """What can be turned on the page."""

    teacher: str = controls.option(W, "ResNet-44", "teacher", NETWORKS, main=True)
    norm: str = controls.option(W, "train", "bn", MODES, W.MODES, main=True)
    head: str = controls.option(W, "PyTorch", "head", heads.heads(), W.HEADS, main=True)
    runs: int = knob(RUNS, W.LABEL["N"], FEWEST, RUNS, log=True, integer=True, key="N", help=W.HELP["N"])
    student: str = controls.option(W, "ResNet-8", "student", NETWORKS)
    seed: int = controls.seed(W.HELP["seed"])


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
    `apart` is the exact sd of c_s − c_t. `live` is what was run on this page, if anything.
    """

    params: Params
    level: float
    means: np.ndarray
    squares: np.ndarray
    deviations: np.ndarray
    errors: np.ndarray
    scores: np.ndarray
    printed_scores: np.ndarray
    apart: float
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
        apart=float(np.hypot(deviations[s], deviations[t])),
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
