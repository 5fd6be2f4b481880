"""What is to be trained, as values: a `Run` is one student, a `Plan` what all students share."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from kdviz.core.check import BadInput
from kdviz.losses import KD, Loss
from kdviz.losses.base import terms
from kdviz.train.arguments import known, number, seed, whole
from kdviz.train.nets import MLP
from kdviz.train.optimisers import SCHEDULES, SGD, Adam


@dataclass(frozen=True)
class Run:
    """One student: what it minimises, the seed of its first weights (0 .. 2³² − 1), its learning rate.

    BadInput for a loss that has no `value` and `grad` or several temperatures, a seed that is no whole number, and a
    learning rate that is not positive.

    >>> Run(KD(4.0), seed=0).lr
    0.01
    """

    loss: Loss = KD(4.0)
    seed: int = 0
    lr: float = 1e-2

    def __post_init__(self) -> None:
        _loss(self.loss)
        object.__setattr__(self, "seed", seed(self.seed))
        lr = number(self.lr, "lr", "be positive and finite", lambda lr: 0 < lr < np.inf, "0.01 is usual with Adam")
        object.__setattr__(self, "lr", lr)


@dataclass(frozen=True)
class Plan:
    """What all students share: net, optimiser, number of steps, batch (None: all samples), schedule, steps per record.

    Batches are drawn without replacement, the same for every run; `order` seeds their order. BadInput for what is none
    of this.

    >>> Plan().steps
    300
    """

    net: Any = MLP()
    optimiser: Any = Adam()
    steps: int = 300
    batch: int | None = None
    schedule: str = "cosine"
    every: int = 10
    order: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.net, type) or not all(hasattr(self.net, name) for name in ("draw", "forward", "head")):
            raise BadInput(f"net must be MLP(), Conv1d() or Free(), got {self.net!r}")
        if not isinstance(self.optimiser, (SGD, Adam)):
            raise BadInput(f"optimiser must be SGD(), Adam() or AdamW(), got {self.optimiser!r}")
        known(self.schedule, "schedule", tuple(SCHEDULES))
        object.__setattr__(self, "steps", whole(self.steps, "steps", 1))
        object.__setattr__(self, "every", whole(self.every, "every", 1))
        object.__setattr__(self, "order", seed(self.order, "order"))
        if self.batch is not None:
            batch = whole(self.batch, "batch", 1, None, "None takes all samples at every step")
            object.__setattr__(self, "batch", batch)

    def factor(self, step: int) -> float:
        """By what the learning rate is multiplied at `step`."""
        return SCHEDULES[self.schedule](step, self.steps)


def _loss(loss: Any) -> None:
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
