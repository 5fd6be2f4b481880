"""Table 1 again: 6000 seeds of four ResNets, each with batch norm in train and in eval mode."""

import numpy as np

from kdviz.core.heads import NETWORKS, RUNS
from kdviz.train.grouped import pool
from kdviz.train.init_stats import BLOCK, block

LEVELS = (np.arange(64) + 0.5) / 64  # of the quantiles of |h|²


def make(runs: int = RUNS) -> tuple[dict, dict]:
    """Arrays (2 modes: train, eval; 4 networks; runs), and what was run.

    weights (2, 4, runs) Ū·h, bias (4, runs) V̄, squares (2, 4) average |h|², quantiles (2, 4, 64) of |h|².
    """
    weights, bias = np.empty((2, len(NETWORKS), runs), "f4"), np.empty((len(NETWORKS), runs), "f2")
    squares = np.empty((2, len(NETWORKS), runs))
    for start in range(0, runs, BLOCK):
        here = slice(start, min(start + BLOCK, runs))
        normals = pool(NETWORKS, range(runs)[here])
        for n, name in enumerate(NETWORKS):
            both = block(name, range(runs)[here], (True, False), normals)
            bias[n, here] = both[0].bias
            for mode, found in enumerate(both):
                weights[mode, n, here], squares[mode, n, here] = found.weights, found.squares
    arrays = {
        "networks": np.array(NETWORKS),
        "weights": weights,
        "bias": bias,
        "squares": squares.mean(-1),
        "quantiles": np.quantile(squares, LEVELS, axis=-1).transpose(1, 2, 0).astype("f4"),
    }
    facts = {
        "networks": list(NETWORKS),
        "seeds": f"0 .. {runs - 1} of every network; heads and images have a generator per network and seed",
        "run": "every seed in train and in eval mode of batch norm, one image of standard normal pixels per seed",
        "convolutions": "He's rule, N(0, 2/fan_out), one generator per seed, whose four networks share "
        "their first draws; shortcuts of option B; CIFAR-100 size: 64 features, 100 classes",
        "heads": "uniform draws are stored; the four initialisations of the last layer are made of them exactly",
    }
    return arrays, facts
