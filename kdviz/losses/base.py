"""Losses add and scale: `0.1 * CE() + 0.9 * KD(4.0)` is a loss again."""

import math
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, ClassVar

import numpy as np

from kdviz.core.arrays import namespace, narrow, widened
from kdviz.core.foreign import BadInput, numeric


class Loss:
    """What every loss is: a value with `value` and `grad` that adds, subtracts and scales."""

    __array_ufunc__ = None  # NumPy leaves `array * loss` to the loss
    uses: ClassVar[frozenset[str]] = frozenset({"teacher"})  # what it looks at beside the student: teacher, labels
    zero_at_match: ClassVar[bool] = True  # value and gradient vanish where student and teacher agree
    zero_sum: ClassVar[bool] = True  # gradient sums to zero = blind to a shift of the student's logits
    printed: ClassVar[bool] = False  # what a paper prints, drawn beside what holds; no page learns by it
    label: ClassVar[Any] = ""  # its short name where people choose
    equation: ClassVar[Any] = ""
    reference: ClassVar[Any] = ""

    def value(self, student_logits: Any, teacher_logits: Any = None, labels: Any = None, *, axis: int = -1) -> Any:
        """The loss of every sample: (..., K) -> (...)."""
        raise NotImplementedError(f"{type(self).__name__} must define value(student_logits, teacher_logits, labels)")

    def grad(self, student_logits: Any, teacher_logits: Any = None, labels: Any = None, *, axis: int = -1) -> Any:
        """Its gradient with respect to the student's logits: (..., K) -> (..., K)."""
        raise NotImplementedError(
            f"{type(self).__name__} must define grad(student_logits, teacher_logits, labels, *, axis=-1) beside value; "
            "with tensors, torch.autograd.grad(self.value(...).sum(), student_logits)[0] is one way"
        )

    def limit(self) -> "Loss":
        """The loss at infinite temperature; a loss without a temperature is its own limit."""
        return self

    @property
    def temperatures(self) -> tuple[Any, ...]:
        """The temperatures it has, each a number or an array; none without a field `temperature`."""
        has_one = is_dataclass(self) and any(field.name == "temperature" for field in fields(self))
        return (self.temperature,) if has_one else ()  # type: ignore[attr-defined]

    def at(self, temperature: float | None) -> "Loss":
        """The same loss at another temperature, which None leaves; a loss without a temperature is the same at all.

        >>> from kdviz.losses import CE, KD
        >>> KD(4.0).at(8.0), KD(4.0).at(None), CE().at(8.0)
        (KD(temperature=8.0), KD(temperature=4.0), CE(smoothing=0.0))
        """
        if temperature is None or not self.temperatures:
            return self
        return replace(self, temperature=temperature)  # type: ignore[type-var]

    def __call__(self, student_logits: Any, teacher_logits: Any = None, labels: Any = None, *, axis: int = -1) -> Any:
        return self.value(student_logits, teacher_logits, labels, axis=axis)

    def __add__(self, other: Any) -> "Loss":
        if not isinstance(other, Loss):
            return NotImplemented
        return Sum(terms(self) + terms(other))

    def __radd__(self, other: Any) -> "Loss":
        return self if isinstance(other, int) and other == 0 else NotImplemented  # where sum() begins

    def __sub__(self, other: Any) -> "Loss":
        return self + -other if isinstance(other, Loss) else NotImplemented

    def __neg__(self) -> "Loss":
        return self * -1.0

    def __mul__(self, factor: Any) -> "Loss":
        number = _number(factor)
        if number is None:
            return NotImplemented
        return Sum(tuple((number * weight, loss) for weight, loss in terms(self)))

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> "Loss":
        number = _number(divisor)
        if number is None:
            return NotImplemented
        if number == 0:
            raise BadInput("weight must be finite, got a division by 0; divide by another number")
        return Sum(tuple((weight / number, loss) for weight, loss in terms(self)))


@dataclass(frozen=True)
class Sum(Loss):
    """A weighted sum of losses, made by `+`, `-`, `*`, `/`; value and gradient are the weighted sums of its terms.

    In half precision the terms are computed and added in float32.

    >>> from kdviz.losses import CE, KD
    >>> mix = 0.1 * CE() + 0.9 * KD(4.0)
    >>> [(weight, loss) for weight, loss in mix.terms]
    [(0.1, CE(smoothing=0.0)), (0.9, KD(temperature=4.0))]
    >>> mix.limit().terms[1]
    (0.9, CentredLM())
    """

    terms: tuple[tuple[float, Loss], ...]

    def __post_init__(self) -> None:
        good = isinstance(self.terms, tuple) and self.terms
        if not good or not all(_number(weight) is not None and isinstance(loss, Loss) for weight, loss in self.terms):
            raise BadInput(f"terms must be pairs (weight, loss), got {self.terms!r}; write 0.1 * CE() + 0.9 * KD(4.0)")

    def value(self, student_logits: Any, teacher_logits: Any = None, labels: Any = None, *, axis: int = -1) -> Any:
        """Weighted sum of the values: (..., K) -> (...)."""
        pair, dtype = _wide(student_logits, teacher_logits)
        found = [weight * loss.value(*pair, labels, axis=axis) for weight, loss in self.terms]
        return _narrowed(found, dtype)

    def grad(self, student_logits: Any, teacher_logits: Any = None, labels: Any = None, *, axis: int = -1) -> Any:
        """Weighted sum of the gradients: (..., K) -> (..., K)."""
        pair, dtype = _wide(student_logits, teacher_logits)
        found = [weight * loss.grad(*pair, labels, axis=axis) for weight, loss in self.terms]
        return _narrowed(found, dtype)

    def limit(self) -> Loss:
        """The sum of the limits."""
        return Sum(tuple((weight, loss.limit()) for weight, loss in self.terms))

    @property
    def temperatures(self) -> tuple[Any, ...]:
        """Those of all terms."""
        return tuple(temperature for _, loss in self.terms for temperature in loss.temperatures)

    def at(self, temperature: float | None) -> Loss:
        """The sum of its terms at another temperature."""
        return Sum(tuple((weight, loss.at(temperature)) for weight, loss in self.terms))

    @property
    def label(self) -> str:
        return " + ".join(f"{weight:g} {loss.label}" for weight, loss in self.terms)

    @property
    def equation(self) -> str:
        return " + ".join(rf"{weight:g}\,\left[{loss.equation}\right]" for weight, loss in self.terms)

    @property
    def reference(self) -> str:
        return "; ".join(dict.fromkeys(loss.reference for _, loss in self.terms if loss.reference))

    @property
    def uses(self) -> frozenset[str]:  # type: ignore[override]
        return frozenset().union(*(loss.uses for _, loss in self.terms))

    @property
    def zero_at_match(self) -> bool:  # type: ignore[override]
        return all(loss.zero_at_match for _, loss in self.terms)

    @property
    def zero_sum(self) -> bool:  # type: ignore[override]
        return all(loss.zero_sum for _, loss in self.terms)

    @property
    def printed(self) -> bool:  # type: ignore[override]
        return any(loss.printed for _, loss in self.terms)


def terms(loss: Loss) -> tuple[tuple[float, Loss], ...]:
    """The (weight, loss) pairs that a loss consists of.

    >>> from kdviz.losses import CE
    >>> terms(CE()), terms(2 * CE())
    (((1.0, CE(smoothing=0.0)),), ((2.0, CE(smoothing=0.0)),))
    """
    return loss.terms if isinstance(loss, Sum) else ((1.0, loss),)


def _number(factor: Any) -> float | None:
    """A weight as a float; None for what is no number, BadInput for a tensor in a graph and for NaN or inf."""
    if namespace(factor) is not np:
        if factor.ndim or factor.is_complex():
            return None
        if factor.requires_grad:
            raise BadInput(
                "weight must be a constant, got a tensor that requires grad; pass weight.item(), or multiply "
                "the value, as in weight * loss.value(student_logits, teacher_logits, labels)"
            )
        factor = factor.item()
    if isinstance(factor, np.ndarray) and factor.ndim == 0:
        factor = factor[()]
    if isinstance(factor, (bool, np.bool_)) or not isinstance(factor, (int, float, np.integer, np.floating)):
        return None
    if not math.isfinite(factor):
        raise BadInput(f"weight must be finite, got {factor}; 0.5 is usual")
    return float(factor)


def _wide(student_logits: Any, teacher_logits: Any) -> tuple[tuple[Any, Any], Any]:
    """Both logits in at least float32, and the type of the result where that is narrower."""
    student = numeric(student_logits, "student_logits")
    teacher = None if teacher_logits is None else numeric(teacher_logits, "teacher_logits")
    xp, dtype = namespace(student), student.dtype
    if teacher is not None and namespace(teacher) is xp:
        dtype = xp.promote_types(dtype, teacher.dtype)
    pair = widened(student), None if teacher is None else widened(teacher)
    return pair, dtype if xp.finfo(dtype).bits < 32 else None


def _narrowed(found: list, dtype: Any) -> Any:
    total = sum(found[1:], start=found[0])
    return total if dtype is None else narrow(total, dtype)
