"""Losses add and scale: `0.1 * CE() + 0.9 * KD(4.0)` is a loss again."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np


class Loss:
    """Sums and multiples of losses."""

    needs_labels: ClassVar[bool] = False
    zero_at_match: ClassVar[bool] = True  # value and gradient vanish where student and teacher agree
    zero_sum: ClassVar[bool] = True  # gradient sums to zero = blind to a shift of the student's logits

    def limit(self):
        """The loss at infinite temperature; a loss without a temperature is its own limit."""
        return self

    def __add__(self, other):
        if not isinstance(other, Loss):
            return NotImplemented
        return Sum(_terms(self) + _terms(other))

    def __mul__(self, factor):
        if isinstance(factor, bool) or not isinstance(factor, (int, float, np.integer, np.floating)):
            return NotImplemented
        return Sum(tuple((float(factor) * weight, loss) for weight, loss in _terms(self)))

    __rmul__ = __mul__


@dataclass(frozen=True)
class Sum(Loss):
    """A weighted sum of losses, made by `+` and `*`; value and gradient are the weighted sums of its terms.

    >>> from kdviz.core.losses import CE, KD
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


def _terms(loss):
    """The (weight, loss) pairs that a loss consists of."""
    return loss.terms if isinstance(loss, Sum) else ((1.0, loss),)
