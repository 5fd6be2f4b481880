"""Losses on labels, which look at no teacher."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kdviz.core import check
from kdviz.core.arrays import Array, log_softmax, namespace, narrow, pick, softmax, widened
from kdviz.losses.base import Loss


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
    uses: ClassVar[frozenset[str]] = frozenset({"labels"})
    zero_at_match: ClassVar[bool] = False
    label: ClassVar[str] = "CE"
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

    def _parts(self, student_logits: Array, labels: Array, axis: int) -> tuple[Array, Array, int, Any]:
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
