"""The recording of page 04: every combination of student, optimiser, decay, centring and loss, one seed."""

from itertools import product

import numpy as np

from kdviz.core.mean_runs import CENTRES, DECAYS, OFFSETS, OPTIMISERS, RUNS, SAMPLES, STEPS, STUDENTS, pack
from kdviz.train.mean_watch import LEARNING_RATES, classroom, follow, predicted, teacher_means


def make() -> tuple[dict, dict]:
    """(arrays, facts): see `kdviz.core.mean_runs.pack`; also the decay factors and the teacher's means."""
    room = classroom()
    held: dict = {}
    for student, centre, name, decay in product(STUDENTS, CENTRES, OPTIMISERS, DECAYS):
        *_, (_, traces) = follow(RUNS, student, centre, name, float(decay), room)
        held |= {(student, centre, name, decay, run): trace for run, trace in zip(RUNS, traces, strict=True)}
    factors = [[[predicted(o, float(d), s) for d in DECAYS] for o in OPTIMISERS] for s in STUDENTS]
    arrays = pack(held) | {"factor": np.array(factors), "teacher": np.array([teacher_means(room, o) for o in OFFSETS])}
    facts = {
        "what": f"{len(held)} runs of {STEPS} steps on {SAMPLES} digits, all of them at every step, float64",
        "seed": 0,
        "learning_rates": LEARNING_RATES,
        "teacher": "8 networks with 256 hidden units, trained on 1200 labels, mean of their logits",
    }
    return arrays, facts
