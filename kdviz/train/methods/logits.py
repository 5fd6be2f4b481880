"""The common case: a loss on the students' logits, its gradient in closed form from constants computed once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from kdviz.core.check import BadInput
from kdviz.losses import Loss
from kdviz.losses.base import terms
from kdviz.train.methods.base import Batch, Known, Method, Outputs, Own
from kdviz.train.methods.forms import gradient


@dataclass(frozen=True)
class LogitMethod(Method):
    """Learn by a loss on the logits; what `Run(loss)` makes of a loss.

    >>> from kdviz.losses import KD
    >>> LogitMethod(KD(4.0)).at(8.0)
    LogitMethod(loss=KD(temperature=8.0))
    """

    loss: Loss

    def __post_init__(self) -> None:
        checked(self.loss)

    @property
    def uses(self) -> frozenset[str]:  # type: ignore[override]
        """What its loss uses."""
        return self.loss.uses

    def value(self, outputs: Outputs, batch: Batch, own: Own) -> torch.Tensor:
        """The loss of every sample (E, B), in full precision on the CPU; NaN for runs that are no longer finite."""
        z, zt, y = (None if t is None else t.cpu() for t in (outputs.logits, batch.teacher_logits, batch.labels))
        assert z is not None
        fine = torch.isfinite(z).flatten(1).all(1)
        zt = zt if zt is None else (zt[fine] if zt.ndim == 3 else zt).mT
        y = y[fine] if y is not None and y.ndim == 2 else y
        found = torch.full((len(z), z.shape[-1]), torch.nan, dtype=z.dtype, device="cpu")
        if bool(fine.any()):
            found[fine] = self.loss.value(z[fine].mT, zt, y)
        return found

    def slope(self, known: Known) -> Callable[[torch.Tensor, Any], torch.Tensor]:
        """The gradient; constants of teacher and labels are computed on the CPU, where float64 is to be had."""
        like = next(iter(known.students.parameters.values()))
        here = torch.empty(0, dtype=like.dtype, device="cpu")
        zt, y = (None if tensor is None else tensor.cpu() for tensor in (known.teacher_logits, known.labels))
        constants, rule = gradient(self.loss, zt, y, known.students.classes, here)
        held = [tensor.to(like.device) for tensor in constants]

        def slope(z: torch.Tensor, index: torch.Tensor | None) -> torch.Tensor:
            return rule(z, *(held if index is None else [tensor[..., index] for tensor in held]))

        return slope

    def at(self, temperature: float | None) -> "LogitMethod":
        """The same with the loss at another temperature."""
        return LogitMethod(self.loss.at(temperature))

    @property
    def temperatures(self) -> tuple[Any, ...]:
        """Those of the loss."""
        return self.loss.temperatures


def method_of(found: Any) -> Method:
    """A method as it is, a loss as a `LogitMethod`; BadInput for all else.

    >>> from kdviz.losses import CE
    >>> method_of(CE())
    LogitMethod(loss=CE(smoothing=0.0))
    """
    if isinstance(found, Method):
        if type(found).value is Method.value and type(found).step is Method.step:
            cure = "write value(self, outputs, batch, own), the loss of every sample (E, B)"
            raise BadInput(f"method must have value or step, got {found!r} without; {cure}")
        return found
    return LogitMethod(found)


def checked(loss: Any) -> None:
    """Raise BadInput unless this is a loss that one student can learn by."""
    if not isinstance(loss, Loss):
        cure = f"write {loss.__name__}() for a value of it" if isinstance(loss, type) else "see LOSSES"
        raise BadInput(f"loss must be a loss such as KD(4.0) from kdviz.losses, got {loss!r}; {cure}")
    for _, term in terms(loss):
        lacking = [name for name in ("value", "grad") if getattr(type(term), name) is getattr(Loss, name)]
        if lacking:
            raise BadInput(
                f"loss must have value and grad, got {term!r} without {' and '.join(lacking)}; write "
                f"{lacking[-1]}(self, student_logits, teacher_logits, labels=None, *, axis=-1)"
            )
    if any(np.ndim(temperature) for temperature in loss.temperatures):
        raise BadInput(f"temperature must be one number here, got {loss!r}; give one Run per temperature")
