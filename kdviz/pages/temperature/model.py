"""01: what T changes (how even the probabilities are, the size of the gradient) and what it leaves alone."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kdviz.core import kernel
from kdviz.core.arrays import frozen, log_softmax
from kdviz.core.params import toggle
from kdviz.pages import controls
from kdviz.pages.temperature.words import W

PRESETS = {
    "classroom-default": "T=4",
    "confident-teacher": "T=1&family=confident&sigma=3",
    "cold": "T=0.5",
    "many-classes": "T=4&K=1000",
    "without-t2": "T=10&t2=0",
    "not-monotone": "T=2&family=typed&zs=0, 0, 0&zt=2, 0, 0&K=3",
}
BELOW_ONE, ABOVE_ZERO = np.nextafter(1.0, 0.0), np.finfo(float).tiny


@dataclass(frozen=True)
class Params:
    """What can be turned on the page."""

    temperature: float = controls.temperature(4.0)
    classes: int = controls.classes()
    family: str = controls.family(main=True)
    squared: bool = toggle(True, W.LABEL_SQUARED, key="t2", help=W.HELP_SQUARED, main=True)
    spread: float = controls.spread()
    seed: int = controls.seed()
    student_mean: float = controls.mean("cs", 0.0, main=False)
    teacher_mean: float = controls.mean("ct", 0.0, main=False)
    typed_student: str = controls.typed("zs")
    typed_teacher: str = controls.typed("zt")


@dataclass(frozen=True)
class Curves:
    """Over `controls.SWEEP.grid`: entropies over log K, largest probabilities, gradient lengths."""

    entropy_teacher: np.ndarray
    entropy_student: np.ndarray
    top_teacher: np.ndarray
    top_student: np.ndarray
    scaled: np.ndarray
    plain: np.ndarray


@dataclass(frozen=True)
class Result:
    """Logits, probabilities (K,), entropies over log K, gradient (K,) with T², lengths with and without, curves."""

    params: Params
    student: np.ndarray
    teacher: np.ndarray
    p_student: np.ndarray
    p_teacher: np.ndarray
    entropy_student: float
    entropy_teacher: float
    gradient: np.ndarray
    scaled: float
    plain: float
    limit_size: float
    curves: Curves


def soften(logits, temperature):
    """Probabilities, entropy as a share of log K: (n, K), (n,) for logits (K,) and T (n,); T = ∞ gives 1/K and 1.

    What is below 1, or above 0, only by less than a float can tell stays on its side.
    """
    temperature = np.asarray(temperature, dtype=float)
    log_p = log_softmax(logits / temperature[..., None])
    p = np.minimum(np.exp(log_p), BELOW_ONE)
    level = np.isinf(temperature) | (np.ptp(logits) == 0)
    return p, np.where(level, 1.0, np.clip(-(p * log_p).sum(-1) / np.log(logits.size), ABOVE_ZERO, BELOW_ONE))


@lru_cache(maxsize=4)
def curves(*key):
    """`Curves` of one pair of logits; neither T nor the means matter."""
    student, teacher = controls.drawn(*key)
    grid = controls.SWEEP.grid
    (p_s, entropy_s), (p_t, entropy_t) = soften(student, grid), soften(teacher, grid)
    size = np.linalg.norm(kernel.kd_grad(student, teacher, grid), axis=-1)
    made = (entropy_t, entropy_s, p_t.max(-1), p_s.max(-1), size, size / grid**2)
    return Curves(*map(frozen, made))


def compute(params):
    """The `Result` of `params`."""
    student, teacher = controls.drawn(*controls.key(params))
    (p_s, entropy_s), (p_t, entropy_t) = soften(student, params.temperature), soften(teacher, params.temperature)
    gradient, limit = kernel.kd_grad(student, teacher, np.array([params.temperature, np.inf]))
    scaled = float(np.linalg.norm(gradient))
    return Result(
        params,
        student,
        teacher,
        p_s,
        p_t,
        float(entropy_s),
        float(entropy_t),
        gradient,
        scaled,
        scaled / params.temperature**2,
        float(np.linalg.norm(limit)),
        curves(*controls.key(params, centred=True)),
    )
