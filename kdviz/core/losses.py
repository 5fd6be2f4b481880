r"""Losses between a student and a teacher, each a value: its fields are its hyper-parameters, its gradient stands beside it.

Symbols: z logits (..., K); s student, t teacher; c mean over classes; x = z - c; T temperature; y label; K classes.
No reduction over samples: callers take the mean. NumPy arrays and torch tensors alike; nothing is changed in place.
Gradients are with respect to the student's logits. Losses add and scale: `0.1 * CE() + 0.9 * KD(4)`.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kdviz.core import check, kernel
from kdviz.core.arrays import log_softmax, namespace, pick, softmax


class _Algebra:
    """Sums and multiples of losses."""

    needs_labels: ClassVar[bool] = False
    zero_at_match: ClassVar[bool] = True  # value and gradient vanish where student and teacher agree
    zero_sum: ClassVar[bool] = True  # gradient sums to zero = blind to a shift of the student's logits

    def limit(self):
        """The loss at infinite temperature; a loss without a temperature is its own limit."""
        return self

    def __add__(self, other):
        if not isinstance(other, _Algebra):
            return NotImplemented
        return Sum(_terms(self) + _terms(other))

    def __mul__(self, factor):
        if isinstance(factor, bool) or not isinstance(factor, (int, float, np.integer, np.floating)):
            return NotImplemented
        return Sum(tuple((float(factor) * weight, loss) for weight, loss in _terms(self)))

    __rmul__ = __mul__


@dataclass(frozen=True)
class Sum(_Algebra):
    """A weighted sum of losses, made by `+` and `*`; value and gradient are the weighted sums of its terms.

    >>> mix = 0.1 * CE() + 0.9 * KD(4.0)
    >>> [(weight, loss) for weight, loss in mix.terms]
    [(0.1, CE(smoothing=0.0)), (0.9, KD(temperature=4.0))]
    >>> mix.limit().terms[1]
    (0.9, CentredLM())
    """

    terms: tuple

    def value(self, student_logits, teacher_logits=None, labels=None, *, axis=-1):
        """Weighted sum of the values: (..., K) -> (...)."""
        return sum(
            weight * loss.value(student_logits, teacher_logits, labels, axis=axis) for weight, loss in self.terms
        )

    def grad(self, student_logits, teacher_logits=None, labels=None, *, axis=-1):
        """Weighted sum of the gradients: (..., K) -> (..., K)."""
        return sum(weight * loss.grad(student_logits, teacher_logits, labels, axis=axis) for weight, loss in self.terms)

    def limit(self):
        """The sum of the limits."""
        return Sum(tuple((weight, loss.limit()) for weight, loss in self.terms))

    @property
    def equation(self):
        return " + ".join(rf"{weight:g}\,\left[{loss.equation}\right]" for weight, loss in self.terms)

    @property
    def reference(self):
        return "; ".join(dict.fromkeys(loss.reference for _, loss in self.terms))

    @property
    def needs_labels(self):
        return any(loss.needs_labels for _, loss in self.terms)

    @property
    def zero_at_match(self):
        return all(loss.zero_at_match for _, loss in self.terms)

    @property
    def zero_sum(self):
        return all(loss.zero_sum for _, loss in self.terms)


@dataclass(frozen=True)
class KD(_Algebra):
    r"""Knowledge distillation with the factor that keeps its size when T changes.

    .. math:: T^2\,\mathrm{KL}(p_t \,\|\, p_s), \qquad p = \mathrm{softmax}(z/T)

    (..., K) -> (...), logit units squared. T a number or an array in (0, inf]; T = inf is `CentredLM`. ValueError for bad T.
    Hinton, Vinyals, Dean 2015, https://arxiv.org/abs/1503.02531, §2; stable form in `kernel`.

    >>> KD(4.0).grad([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0]).round(10)
    array([ 0.19194417,  0.11642002,  0.27606463, -0.58442882])
    """

    temperature: float = 4.0
    equation: ClassVar[str] = r"T^2\,\mathrm{KL}\left(p^t \,\Vert\, p^s\right)"
    reference: ClassVar[str] = "Hinton, Vinyals, Dean 2015, arXiv 1503.02531"

    def __post_init__(self):
        check.temperature(self.temperature)

    def value(self, student_logits, teacher_logits, labels=None, *, axis=-1):
        """T² KL(p_t‖p_s): (..., K) -> (...)."""
        return kernel.kd_value(student_logits, teacher_logits, self.temperature, axis=axis)

    def grad(self, student_logits, teacher_logits, labels=None, *, axis=-1):
        """T (p_s − p_t): (..., K) -> (..., K), sums to zero."""
        return kernel.kd_grad(student_logits, teacher_logits, self.temperature, axis=axis)

    def limit(self):
        """`CentredLM`: what KD becomes as T goes to infinity."""
        return CentredLM()


@dataclass(frozen=True)
class LM(_Algebra):
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

    def value(self, student_logits, teacher_logits, labels=None, *, axis=-1):
        """½ mean (z_s − z_t)²: (..., K) -> (...)."""
        zs, zt = check.pair(student_logits, teacher_logits, axis)
        return ((zs - zt) ** 2).mean(axis) / 2

    def grad(self, student_logits, teacher_logits, labels=None, *, axis=-1):
        """(z_s − z_t)/K: (..., K) -> (..., K)."""
        zs, zt = check.pair(student_logits, teacher_logits, axis)
        return (zs - zt) / zs.shape[axis]


@dataclass(frozen=True)
class CentredLM(_Algebra):
    r"""Logits matching after each model's mean logit is taken out: exactly KD at infinite temperature.

    .. math:: \frac{1}{2K} \lVert x^s - x^t \rVert^2 = L_{LM} - \tfrac12 (c^s - c^t)^2

    (..., K) -> (...), logit units squared. No condition on the means is needed.
    Kim et al. 2021, https://arxiv.org/abs/2105.08919 (limit of KD); the sign differs from Chen, Wang, Chen 2021, Eq. (8).

    >>> float(CentredLM().value([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0]))
    1.0
    """

    equation: ClassVar[str] = r"\frac{1}{2K} \lVert x^s - x^t \rVert^2"
    reference: ClassVar[str] = "Kim et al. 2021, arXiv 2105.08919"

    def value(self, student_logits, teacher_logits, labels=None, *, axis=-1):
        """½ mean (x_s − x_t)²: (..., K) -> (...)."""
        d = kernel.centred_difference(student_logits, teacher_logits, axis=axis)
        return (d * d).mean(axis) / 2

    def grad(self, student_logits, teacher_logits, labels=None, *, axis=-1):
        """(x_s − x_t)/K: (..., K) -> (..., K), sums to zero."""
        d = kernel.centred_difference(student_logits, teacher_logits, axis=axis)
        return d / d.shape[axis]


@dataclass(frozen=True)
class CE(_Algebra):
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

    def __post_init__(self):
        if not (isinstance(self.smoothing, (int, float, np.number)) and 0 <= self.smoothing <= 1):
            raise ValueError(f"smoothing must lie in [0, 1], got {self.smoothing!r}; 0 is plain cross-entropy")
        object.__setattr__(self, "smoothing", float(self.smoothing))  # a NumPy scalar would widen float32

    @property
    def equation(self):
        return r"-\sum_i y_i \log q_i" if self.smoothing == 0 else r"-\sum_i \tilde y_i \log q_i"

    def value(self, student_logits, teacher_logits=None, labels=None, *, axis=-1):
        """−Σ ỹ log q: (..., K), labels (...) -> (...)."""
        xp, z, labels, _ = self._parts(student_logits, labels, axis)
        log_q = log_softmax(z)
        return -((1 - self.smoothing) * pick(log_q, labels)[..., 0] + self.smoothing * log_q.mean(-1))

    def grad(self, student_logits, teacher_logits=None, labels=None, *, axis=-1):
        """q − ỹ: (..., K), labels (...) -> (..., K), sums to zero."""
        xp, z, labels, axis = self._parts(student_logits, labels, axis)
        classes = xp.arange(z.shape[-1]) if xp is np else xp.arange(z.shape[-1], device=z.device)
        hit = classes == labels[..., None]
        hit = hit.astype(z.dtype) if xp is np else hit.to(z.dtype)
        target = (1 - self.smoothing) * hit + self.smoothing / z.shape[-1]
        return xp.moveaxis(softmax(z) - target, -1, axis)

    def _parts(self, student_logits, labels, axis):
        z = check.logits(student_logits, "student_logits", axis)
        xp = namespace(z)
        axis = axis % z.ndim - z.ndim
        z = xp.moveaxis(z, axis, -1)
        labels = check.labels(labels, z.shape[-1], z.shape[:-1])
        if xp is not np:
            labels = xp.as_tensor(labels, device=z.device).long()
        return xp, z, xp.broadcast_to(labels, z.shape[:-1]), axis


@dataclass(frozen=True)
class PrintedLM(_Algebra):
    r"""The limit of KD as printed in our copy of the source paper, with a plus sign: for comparison only.

    .. math:: L_{LM} + \tfrac12 (c^s - c^t)^2, \qquad \text{gradient } \frac1K\left[(z^s - z^t) + (c^s - c^t)\right]

    (..., K) -> (...), logit units squared. The gradient is Eq. (7) as printed; the value is the function with that slope.
    Its sum over classes is 2(c^s − c^t), not the 0 of the same paper's Eq. (5); the derived sign is minus (`CentredLM`).
    Chen, Wang, Chen 2021, https://arxiv.org/abs/2109.06458, Eq. (7), (8).

    >>> PrintedLM().grad([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0])
    array([-0.5, -0.5,  0. , -1. ])
    """

    zero_sum: ClassVar[bool] = False
    equation: ClassVar[str] = r"\frac{1}{2K} \lVert z^s - z^t \rVert^2 + \tfrac12 (c^s - c^t)^2"
    reference: ClassVar[str] = "Chen, Wang, Chen 2021, arXiv 2109.06458, Eq. (7), (8) as printed"

    def value(self, student_logits, teacher_logits, labels=None, *, axis=-1):
        """½ mean (z_s − z_t)² + ½ (c_s − c_t)²: (..., K) -> (...)."""
        zs, zt = check.pair(student_logits, teacher_logits, axis)
        d = zs - zt
        return (d * d).mean(axis) / 2 + d.mean(axis) ** 2 / 2

    def grad(self, student_logits, teacher_logits, labels=None, *, axis=-1):
        """[(z_s − z_t) + (c_s − c_t)]/K: (..., K) -> (..., K), sums to 2 (c_s − c_t)."""
        zs, zt = check.pair(student_logits, teacher_logits, axis)
        d = zs - zt
        return (d + d.mean(axis, keepdims=True)) / d.shape[axis]


LOSSES = {"kd": KD(), "lm": LM(), "centred_lm": CentredLM(), "ce": CE(), "printed_lm": PrintedLM()}


def _terms(loss):
    return loss.terms if isinstance(loss, Sum) else ((1.0, loss),)
