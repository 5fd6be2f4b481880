r"""Losses between a student and a teacher, as values: fields are hyper-parameters, value and gradient stand together.

Symbols: z logits (..., K); s student, t teacher; c mean over classes; x = z - c; T temperature; y label; K classes.
No reduction over samples: callers take the mean. NumPy arrays and torch tensors alike; nothing is changed in place.
Gradients are with respect to the student's logits. Losses add and scale: `0.1 * CE() + 0.9 * KD(4)`.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kdviz.core import check, kernel
from kdviz.core.algebra import Loss, Sum
from kdviz.core.arrays import Array, log_softmax, namespace, narrow, pick, softmax, widened


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
    equation: ClassVar[str] = r"T^2\,\mathrm{KL}\left(p^t \,\Vert\, p^s\right)"
    reference: ClassVar[str] = "Hinton, Vinyals, Dean 2015, arXiv 1503.02531"

    def __post_init__(self) -> None:
        kept = check.temperature(self.temperature).copy()
        kept.setflags(write=False)  # a value does not change
        object.__setattr__(self, "temperature", kept if kept.ndim else float(kept))

    def __repr__(self):
        return f"KD(temperature={np.asarray(self.temperature).tolist()})"

    def __eq__(self, other):
        return self._key() == other._key() if type(other) is type(self) else NotImplemented

    def __hash__(self):
        return hash(self._key())

    def _key(self):
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


@dataclass(frozen=True)
class LM(Loss):
    r"""Logits matching: half the mean squared difference of raw logits. It sees the logit means, KD does not.

    .. math:: \frac{1}{2K} \lVert z^s - z^t \rVert^2, \qquad \text{gradient } (z^s - z^t)/K

    (..., K) -> (...), logit units squared. Many programs use the plain mean square, which is twice this.
    Ba, Caruana 2014, https://arxiv.org/abs/1312.6184; factor as in Chen, Wang, Chen 2021, Eq. (1).

    >>> float(LM().value([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0]))
    1.5
    """

    zero_sum: ClassVar[bool] = False
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
class CE(Loss):
    r"""Cross-entropy with integer labels, optionally smoothed; it looks at no teacher and no temperature.

    .. math:: -\sum_i \tilde y_i \log q_i, \qquad \tilde y = (1-\varepsilon)\,\text{onehot}(y) + \varepsilon/K

    (..., K), labels (...) -> (...), nats. ValueError for labels out of range, smoothing outside [0, 1].
    Szegedy et al. 2016, https://arxiv.org/abs/1512.00567, §7 (smoothing).

    >>> float(CE().value([0.0, 0.0], labels=1).round(6))
    0.693147
    """

    smoothing: float = 0.0
    needs_labels: ClassVar[bool] = True
    zero_at_match: ClassVar[bool] = False
    reference: ClassVar[str] = "Szegedy et al. 2016, arXiv 1512.00567"

    def __post_init__(self) -> None:
        good = isinstance(self.smoothing, (int, float, np.number)) and not isinstance(self.smoothing, bool)
        if not (good and 0 <= self.smoothing <= 1):
            raise check.BadInput(
                f"smoothing must lie in [0, 1] and be a number, got {self.smoothing!r}; 0 is plain cross-entropy"
            )
        object.__setattr__(self, "smoothing", float(self.smoothing))  # a NumPy scalar would widen float32

    @property
    def equation(self) -> str:
        return r"-\sum_i y_i \log q_i" if self.smoothing == 0 else r"-\sum_i \tilde y_i \log q_i"

    def value(
        self, student_logits: Array, teacher_logits: Array = None, labels: Array = None, *, axis: int = -1
    ) -> Array:
        """−Σ ỹ log q: (..., K), labels (...) -> (...)."""
        z, labels, _, dtype = self._parts(student_logits, labels, axis)
        log_q = log_softmax(z)
        hit = (1 - self.smoothing) * pick(log_q, labels)[..., 0]
        return narrow(-(hit + self.smoothing * log_q.mean(-1)) if self.smoothing else -hit, dtype)

    def grad(
        self, student_logits: Array, teacher_logits: Array = None, labels: Array = None, *, axis: int = -1
    ) -> Array:
        """q − ỹ: (..., K), labels (...) -> (..., K), sums to zero."""
        z, labels, axis, dtype = self._parts(student_logits, labels, axis)
        xp = namespace(z)
        classes = xp.arange(z.shape[-1]) if xp is np else xp.arange(z.shape[-1], device=z.device)
        hit = narrow(classes == labels[..., None], z.dtype)
        target = (1 - self.smoothing) * hit + self.smoothing / z.shape[-1]
        return xp.moveaxis(narrow(softmax(z) - target, dtype), -1, axis)

    def _parts(self, student_logits, labels, axis):
        """Logits in at least float32, class axis last; labels of their kind; where the axis was; type of the result."""
        z = check.logits(student_logits, "student_logits", axis)
        xp, axis = namespace(z), axis % z.ndim - z.ndim
        dtype, z = z.dtype, widened(xp.moveaxis(z, axis, -1))
        labels = check.labels(labels, z.shape[-1], z.shape[:-1])
        if xp is not np:
            labels = xp.as_tensor(labels, device=z.device).long()
            labels = (
                labels.clone() if labels.is_inference() else labels
            )  # such a tensor cannot be kept for the way back
        elif namespace(labels) is not np:
            labels = labels.cpu().numpy()
        return z, xp.broadcast_to(labels, z.shape[:-1]), axis, dtype


@dataclass(frozen=True)
class PrintedLM(Loss):
    r"""The loss whose slope is KD's limit as printed in our copy of the source paper, with +: for comparison only.

    .. math:: L_{LM} + \tfrac12 (c^s - c^t)^2, \qquad \text{gradient } \frac1K\left[(z^s - z^t) + (c^s - c^t)\right]

    (..., K) -> (...), logit units squared. The gradient is Eq. (7) as printed, the value the function with that slope;
    Eq. (8) writes the extra term as (c^s − c^t)/K Σ z^s with c held fixed, which has the same slope at those means.
    It sums to 2(c^s − c^t) over classes, not to the 0 of the same paper's Eq. (5); derived is a minus (`CentredLM`).
    Chen, Wang, Chen 2021, https://arxiv.org/abs/2109.06458, Eq. (7); its loss is Eq. (8).

    >>> PrintedLM().grad([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0])
    array([-0.5, -0.5,  0. , -1. ])
    """

    zero_sum: ClassVar[bool] = False
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


def _difference(student_logits, teacher_logits, axis):
    """z_s − z_t in at least float32, class axis last; where that axis was, and the type of the result."""
    zs, zt, axis, _ = check.pair(student_logits, teacher_logits, axis)
    return widened(zs) - widened(zt), axis, namespace(zs).promote_types(zs.dtype, zt.dtype)


__all__ = ["CE", "KD", "LM", "LOSSES", "CentredLM", "Loss", "PrintedLM", "Sum"]

LOSSES = {"kd": KD(), "lm": LM(), "centred_lm": CentredLM(), "ce": CE(), "printed_lm": PrintedLM()}
