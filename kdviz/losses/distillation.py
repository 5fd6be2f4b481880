"""Distillation: the student's probabilities at a temperature are brought to the teacher's."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kdviz.core import check, kernel
from kdviz.core.arrays import Array
from kdviz.losses.base import Loss
from kdviz.losses.matching import CentredLM


@dataclass(frozen=True)
class KD(Loss):
    r"""Knowledge distillation with the factor that keeps its size when T changes.

    .. math:: T^2\,\mathrm{KL}(p_t \,\|\, p_s), \qquad p = \mathrm{softmax}(z/T)

    (..., K) -> (...), logit units squared. T in (0, inf], a number or an array; inf gives `CentredLM`.
    Hinton, Vinyals, Dean 2015, https://arxiv.org/abs/1503.02531, §2; stable form in `kernel`.

    >>> KD(4.0).grad([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0]).round(10)
    array([ 0.19194417,  0.11642002,  0.27606463, -0.58442882])
    """

    temperature: Array = 4.0
    label: ClassVar[str] = "KD"
    equation: ClassVar[str] = r"T^2\,\mathrm{KL}\left(p^t \,\Vert\, p^s\right)"
    reference: ClassVar[str] = "Hinton, Vinyals, Dean 2015, arXiv 1503.02531"

    def __post_init__(self) -> None:
        kept = check.temperature(self.temperature).copy()
        kept.setflags(write=False)  # a value does not change
        object.__setattr__(self, "temperature", kept if kept.ndim else float(kept))

    def __repr__(self) -> str:
        return f"KD(temperature={np.asarray(self.temperature).tolist()})"

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[type, tuple[int, ...], bytes]:
        temperature = np.asarray(self.temperature)
        return type(self), temperature.shape, temperature.tobytes()

    def value(
        self, student_logits: Array, teacher_logits: Array = None, labels: Array = None, *, axis: int = -1
    ) -> Array:
        """T² KL(p_t‖p_s): (..., K) -> (...)."""
        return kernel.kd_value(student_logits, teacher_logits, self.temperature, axis=axis)

    def grad(
        self, student_logits: Array, teacher_logits: Array = None, labels: Array = None, *, axis: int = -1
    ) -> Array:
        """T (p_s − p_t): (..., K) -> (..., K), sums to zero."""
        return kernel.kd_grad(student_logits, teacher_logits, self.temperature, axis=axis)

    def limit(self) -> Loss:
        """`CentredLM`: what KD becomes as T goes to infinity."""
        return CentredLM()
