"""What the charts of page 06 need of many runs: histograms, running averages, distances in standard errors."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from kdviz.core import heads, recorded
from kdviz.core.arrays import frozen

FEWEST = 10  # runs
LEVEL = 1.96  # standard errors that 95 % of all averages keep within
GRID = frozen(np.unique(np.geomspace(FEWEST, heads.RUNS, 41).round()))  # (41,) runs at which averages are drawn
MODES = ("train", "eval")  # of batch norm
BINS, FINER = 61, 5  # of a histogram; points of the exact law in each bin
WIDE = 4.0  # standard deviations of c_s − c_t shown on either side


class Histogram(NamedTuple):
    """Shares of the runs in bins around `places` (61,): of c_s, c_t, c_s − c_t; `law` is the exact one of the last."""

    places: np.ndarray
    student: np.ndarray
    teacher: np.ndarray
    mean_gap: np.ndarray
    law: np.ndarray


class Averages(NamedTuple):
    """Averages of c_s and c_t over the first `GRID` (n,) runs, NaN beyond what was run; ± 1.96 SE bands (2n + 1,)."""

    student: np.ndarray
    teacher: np.ndarray
    student_band: np.ndarray
    teacher_band: np.ndarray


@lru_cache(maxsize=8)
def means(mode, head):
    """Recorded mean logits (4, 6000) of the networks, for a mode of batch norm and an initialisation of the head."""
    stored = recorded.load("table1")
    made = heads.heads()[head]
    return frozen(heads.mean_logit(made, stored["weights"][MODES.index(mode)], stored["bias"]))


def squares(mode):
    """Average |h|² (4,) over the recorded runs."""
    return recorded.load("table1")["squares"][MODES.index(mode)]


def paired(student, teacher):
    """c_s − c_t (n − 1,) of run i of the student (n,) and run i + 1 of the teacher (n,): never one and the same run."""
    count = max(1, min(len(student), len(teacher)))
    return student[: count - 1] - teacher[1:count]


@lru_cache(maxsize=32)
def law(mode, head, student, teacher):
    """Places (61,) of the bins, and the exact share (61,) of c_s − c_t in each, for two places in `heads.NETWORKS`.

    Given |h|² of both, the difference is normal around 0; the law is averaged over the recorded |h|².
    """
    made, spread = heads.heads()[head], recorded.load("table1")["quantiles"][MODES.index(mode)]
    both = (heads.deviation(made, spread[student])[:, None] ** 2 + heads.deviation(made, spread[teacher]) ** 2).ravel()
    variance = np.sort(both).reshape(len(spread[0]), -1).mean(1)
    reach = WIDE * np.sqrt(variance.mean())
    edges = np.linspace(min(-reach, made.level - reach), max(reach, made.level + reach), BINS + 1)
    width = edges[1] - edges[0]
    fine = edges[0] + width * (np.arange(BINS * FINER) + 0.5) / FINER
    sd = np.sqrt(variance)[:, None]
    share = (np.exp(-((fine / sd) ** 2) / 2) / (sd * np.sqrt(2 * np.pi))).mean(0).reshape(BINS, FINER).mean(1) * width
    return frozen((edges[1:] + edges[:-1]) / 2), frozen(share)


def histogram(places, student, teacher, share):
    """The `Histogram` of mean logits (n,) of two networks."""
    half = (places[1] - places[0]) / 2
    edges = np.concatenate([places - half, places[-1:] + half])

    def counted(values):
        return np.histogram(values, edges)[0] / max(1, len(values))

    return Histogram(places, counted(student), counted(teacher), counted(paired(student, teacher)), share)


def average(values):
    """Averages (n,) of the first `GRID` (n,) of `values` (m,); NaN where there are not so many."""
    reached = GRID[len(values) >= GRID].astype(int)
    found = np.full(len(GRID), np.nan)
    found[: len(reached)] = np.cumsum(values)[reached - 1] / reached
    return found


def band(level, deviation):
    """`LEVEL` standard errors below and above `level` on `GRID`, with a gap between: (2n + 1,)."""
    half = LEVEL * deviation / np.sqrt(GRID)
    return np.concatenate([level - half, [np.nan], level + half])
