"""The recording of page 04: every combination of student, optimiser, decay, centring and loss, one seed."""

from itertools import product

import numpy as np

from kdviz.pages.who_moves_the_mean.run import LEARNING_RATES, follow, predicted, problem, teacher_means
from kdviz.pages.who_moves_the_mean.traces import (
    CENTRES,
    DECAYS,
    OPTIMISERS,
    RUNS,
    SAMPLES,
    STEPS,
    STUDENTS,
    TEACHER_MEANS,
    pack,
)


def make() -> tuple[dict, dict]:
    """(arrays, facts): see `traces.pack`; also the decay factors and the teacher's means."""
    learnt = problem()
    held: dict = {}
    for student, centre, name, decay in product(STUDENTS, CENTRES, OPTIMISERS, DECAYS):
        *_, (_, traces) = follow(RUNS, student, centre, name, float(decay), learnt)
        held |= {(student, centre, name, decay, run): trace for run, trace in zip(RUNS, traces, strict=True)}
    factors = [[[predicted(o, float(d), s) for d in DECAYS] for o in OPTIMISERS] for s in STUDENTS]
    teacher = np.array([teacher_means(learnt, mean) for mean in TEACHER_MEANS])
    arrays = pack(held) | {"factor": np.array(factors), "teacher": teacher}
    facts = {
        "what": f"{len(held)} runs of {STEPS} steps on {SAMPLES} digits, all of them at every step, float64",
        "seed": 0,
        "learning_rates": LEARNING_RATES,
        "teacher": "8 networks with 256 hidden units, trained on 1200 labels, mean of their logits",
    }
    return arrays, facts
