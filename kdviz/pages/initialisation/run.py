"""A live run of page 06: fresh networks, block by block, drawn over the recorded ones."""

from collections.abc import Iterator

import numpy as np

from kdviz.core import heads
from kdviz.core.heads import NETWORKS, RUNS
from kdviz.pages import Progress
from kdviz.pages.initialisation.model import Params, compute, lived
from kdviz.pages.initialisation.words import W
from kdviz.train.init_stats import stream


def train(params: Params) -> Iterator[Progress]:
    """Run N seeds of every network here, a block at a time, and show them over the recorded ones."""
    shown, made = compute(params), heads.heads()[params.head]
    kept = {name: np.empty(0) for name in NETWORKS}
    first = RUNS * (1 + params.seed)  # none of the recorded seeds
    for record in stream(NETWORKS, params.runs, params.head, train=params.norm == "train", first=first, size=4):
        found = record.block
        new = heads.mean_logit(made, found.weights, found.bias)
        kept[found.network] = np.concatenate([kept[found.network], new])
        words = W.PROGRESS.format(runs=min(map(len, kept.values())))
        yield Progress(lived(shown, tuple(kept.values())), record.done, record.total, words)
