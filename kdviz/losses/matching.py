"""Matching of logits: the student's raw or centred logits are brought to the teacher's."""

from dataclasses import dataclass
from typing import Any, ClassVar

from kdviz.core import check, kernel
from kdviz.core.arrays import Array, namespace, narrow, widened
from kdviz.losses.base import Loss


@dataclass(frozen=True)
class LM(Loss):
    r"""Logits matching: half the mean squared difference of raw logits. It sees the logit means, KD does not.

    .. math:: \frac{1}{2K} \lVert z^s - z^t \rVert^2, \qquad \text{gradient } (z^s - z^t)/K

    (..., K) -> (...), logit units squared. Many programs use the plain mean square, which is twice this.
    Ba, Caruana 2014, https://arxiv.org/abs/1312.6184; factor as in Chen, Wang, Chen 2021, Eq. (2).

    >>> float(LM().value([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0]))
    1.5
    """

    zero_sum: ClassVar[bool] = False
    label: ClassVar[str] = "LM"
    equation: ClassVar[str] = r"\frac{1}{2K} \lVert z^s - z^t \rVert^2"
    reference: ClassVar[str] = "Ba, Caruana 2014, arXiv 1312.6184"

    def value(
        self, student_logits: Array, teacher_logits: Array = None, labels: Array = None, *, axis: int = -1
    ) -> Array:
        """½ mean (z_s − z_t)²: (..., K) -> (...)."""
        d, _, dtype = _difference(student_logits, teacher_logits, axis)
        return narrow((d * d).mean(-1) / 2, dtype)

    def grad(
        self, student_logits: Array, teacher_logits: Array = None, labels: Array = None, *, axis: int = -1
    ) -> Array:
        """(z_s − z_t)/K: (..., K) -> (..., K)."""
        d, axis, dtype = _difference(student_logits, teacher_logits, axis)
        return namespace(d).moveaxis(narrow(d / d.shape[-1], dtype), -1, axis)


@dataclass(frozen=True)
class CentredLM(Loss):
    r"""Logits matching after each model's mean logit is taken out: exactly KD at infinite temperature.

    .. math:: \frac{1}{2K} \lVert x^s - x^t \rVert^2 = L_{LM} - \tfrac12 (c^s - c^t)^2

    (..., K) -> (...), logit units squared. No condition on the means is needed.
    Kim et al. 2021, https://arxiv.org/abs/2105.08919 (limit of KD); sign unlike Chen, Wang, Chen 2021, Eq. (8).

    >>> float(CentredLM().value([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0]))
    1.0
    """

    label: ClassVar[str] = "centred LM"
    equation: ClassVar[str] = r"\frac{1}{2K} \lVert x^s - x^t \rVert^2"
    reference: ClassVar[str] = "Kim et al. 2021, arXiv 2105.08919"

    def value(
        self, student_logits: Array, teacher_logits: Array = None, labels: Array = None, *, axis: int = -1
    ) -> Array:
        """½ mean (x_s − x_t)²: (..., K) -> (...)."""
        return kernel.centred_square(student_logits, teacher_logits, axis=axis)

    def grad(
        self, student_logits: Array, teacher_logits: Array = None, labels: Array = None, *, axis: int = -1
    ) -> Array:
        """(x_s − x_t)/K: (..., K) -> (..., K), sums to zero."""
        d = kernel.centred_difference(student_logits, teacher_logits, axis=axis)
        return d / d.shape[axis]


@dataclass(frozen=True)
class PrintedLM(Loss):
    r"""The loss whose slope is KD's limit as printed (arXiv 2109.06458v2), with +: for comparison only.

    .. math:: L_{LM} + \tfrac12 (c^s - c^t)^2, \qquad \text{gradient } \frac1K\left[(z^s - z^t) + (c^s - c^t)\right]

    (..., K) -> (...), logit units squared. The gradient is Eq. (7) as printed, the value the function with that slope;
    Eq. (8) writes the extra term as (c^s − c^t)/K Σ z^s with c held fixed, which has the same slope at those means.
    It sums to 2(c^s − c^t) over classes, not to the 0 of the same paper's Eq. (5); derived is a minus (`CentredLM`).
    Chen, Wang, Chen 2021, https://arxiv.org/abs/2109.06458, Eq. (7); its loss is Eq. (8).

    >>> PrintedLM().grad([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0])
    array([-0.5, -0.5,  0. , -1. ])
    """

    zero_sum: ClassVar[bool] = False
    printed: ClassVar[bool] = True
    label: ClassVar[str] = "LM, as printed"
    equation: ClassVar[str] = r"\frac{1}{2K} \lVert z^s - z^t \rVert^2 + \tfrac12 (c^s - c^t)^2"
    reference: ClassVar[str] = "Chen, Wang, Chen 2021, arXiv 2109.06458, Eq. (7) as printed"

    def value(
        self, student_logits: Array, teacher_logits: Array = None, labels: Array = None, *, axis: int = -1
    ) -> Array:
        """½ mean (z_s − z_t)² + ½ (c_s − c_t)²: (..., K) -> (...)."""
        d, _, dtype = _difference(student_logits, teacher_logits, axis)
        return narrow((d * d).mean(-1) / 2 + d.mean(-1) ** 2 / 2, dtype)

    def grad(
        self, student_logits: Array, teacher_logits: Array = None, labels: Array = None, *, axis: int = -1
    ) -> Array:
        """[(z_s − z_t) + (c_s − c_t)]/K: (..., K) -> (..., K), sums to 2 (c_s − c_t)."""
        d, axis, dtype = _difference(student_logits, teacher_logits, axis)
        return namespace(d).moveaxis(narrow((d + d.mean(-1, keepdims=True)) / d.shape[-1], dtype), -1, axis)


def _difference(student_logits: Array, teacher_logits: Array, axis: int) -> tuple[Array, int, Any]:
    """z_s − z_t in at least float32, class axis last; where that axis was, and the type of the result."""
    zs, zt, axis, _ = check.pair(student_logits, teacher_logits, axis)
    return widened(zs) - widened(zt), axis, namespace(zs).promote_types(zs.dtype, zt.dtype)
