"""The runs of page 04: which there are, what is noted of each, and how they lie in a recording.

Symbols: c(x) = w̄·h(x) + b̄ mean logit of a sample over the classes; w̄, b̄ class means of the last layer; 0 the start.
For free logits the last layer is the table of logits itself, so w̄ holds c(x) of all samples.
"""

from itertools import product
from typing import NamedTuple

import numpy as np

from kdviz.core.recorded import rounded
from kdviz.losses import CE, KD, LM
from kdviz.pages import controls

STEPS = 600
SAMPLES = 200  # images to learn from
EVERY = 20
MOMENTS = np.arange(0, STEPS + 1, EVERY)  # (31,) steps at which is noted
MOMENTS.setflags(write=False)
RECORDED = {
    "CE": CE(),
    "KD at T=4": KD(4.0),
    "KD at T=∞": KD(float("inf")),
    "0.1 CE + 0.9 KD": 0.1 * CE() + 0.9 * KD(4.0),
    "LM": LM(),
}
OTHERS = controls.others(RECORDED, without=("centred_lm",))  # KD at T=∞ is centred LM; those that Play trains only
LOSSES = {**RECORDED, **OTHERS}
STUDENTS = ("MLP", "linear", "free logits")
OPTIMISERS = ("SGD", "momentum", "Adam", "AdamW")
DECAYS = ("0", "0.0005", "0.02")  # weight decay
TEACHER_MEANS = {"own": None, "0": 0.0, "5": 5.0}  # the teacher's mean logit; a number replaces every image's own
CENTRES = ("no", "start", "pass")  # the last layer's class mean is left, taken out at the start, or in every pass
RUNS = tuple((loss, mean) for loss in RECORDED for mean in TEACHER_MEANS if mean == "own" or loss == "LM")


class MeanTrace(NamedTuple):
    """What one run did to its means; arrays (n,) over `step`.

    `mean`, `low`, `high`: mean, 5 % and 95 % quantile of c(x) over the samples, logit units; `head` = ‖w̄ − w̄₀‖,
    `bias` = |b̄ − b̄₀|; `gradient`: Σ|sum over classes| / Σ|entries| of the last step's logit gradients; `update`: the
    same of what was added to the last layer since the moment before; both lie in [0, 1], NaN at the start.
    Numbers: ‖w̄₀‖, |b̄₀|, `left` = w̄·w̄₀/‖w̄₀‖² at the end, `moved` = max |c(x) − c(x) at the start|, and the share of
    test images that are right at the end (NaN for free logits, which have no test).
    """

    step: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    head: np.ndarray
    bias: np.ndarray
    gradient: np.ndarray
    update: np.ndarray
    head_start: float
    bias_start: float
    left: float
    moved: float
    accuracy: float


LINEAR, SMALL, NUMBERS = MeanTrace._fields[1:4], MeanTrace._fields[4:8], MeanTrace._fields[8:]


def run_of(loss, teacher_mean):
    """The run that shows `loss` with the teacher's mean at `teacher_mean`: only losses that see a shift depend on it.

    >>> run_of("CE", "5"), run_of("LM", "5")
    (('CE', 'own'), ('LM', '5'))
    """
    return loss, "own" if LOSSES[loss].zero_sum else teacher_mean


def keys():
    """All (student, centre, optimiser, decay, run) of a recording, in its order.

    >>> len(list(keys())) == len(STUDENTS) * len(CENTRES) * len(OPTIMISERS) * len(DECAYS) * len(RUNS)
    True
    """
    return product(STUDENTS, CENTRES, OPTIMISERS, DECAYS, RUNS)


def pack(traces):
    """Arrays of a recording from {key: MeanTrace}: `linear` and the decimal logarithm of `small`, to four digits.

    >>> one = MeanTrace(*[np.ones(31)] * 8, 1.0, 1.0, 1.0, 1.0, 1.0)
    >>> sorted(pack(dict.fromkeys(keys(), one)))
    ['linear', 'numbers', 'small', 'step']
    """
    held = [traces[key] for key in keys()]
    with np.errstate(divide="ignore"):
        small = np.log10([[getattr(one, name) for name in SMALL] for one in held])
    return {
        "step": held[0].step.astype(np.int16),
        "linear": rounded([[getattr(one, name) for name in LINEAR] for one in held], 4),
        "small": rounded(small, 4),
        "numbers": np.array([[getattr(one, name) for name in NUMBERS] for one in held], np.float32),
    }


def unpack(arrays, key):
    """The `MeanTrace` of one key from the arrays of a recording.

    >>> one = MeanTrace(*[np.ones(31)] * 8, 1.0, 1.0, 1.0, 1.0, 0.5)
    >>> unpack(pack(dict.fromkeys(keys(), one)), ("MLP", "no", "SGD", "0", ("CE", "own"))).accuracy
    0.5
    """
    axes = (STUDENTS, CENTRES, OPTIMISERS, DECAYS, RUNS)
    place = np.ravel_multi_index([axis.index(name) for axis, name in zip(axes, key, strict=True)], [*map(len, axes)])
    linear, small = arrays["linear"][place].astype(float), 10.0 ** arrays["small"][place].astype(float)
    return MeanTrace(arrays["step"].astype(float), *linear, *small, *map(float, arrays["numbers"][place]))
