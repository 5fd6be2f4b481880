"""What is to be trained, as values: a `Run` is one student, a `Plan` what all students share."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from kdviz.core.arguments import known, number, seed, whole
from kdviz.core.check import BadInput
from kdviz.core.entry import makers
from kdviz.losses import KD, Loss
from kdviz.train.methods.base import Method
from kdviz.train.methods.logits import method_of
from kdviz.train.nets import MLP, NETS
from kdviz.train.optimisers import OPTIMISERS, SCHEDULES, Adam


@dataclass(frozen=True)
class Run:
    """One student: what it learns by (a loss, or a method), the seed of its first weights, its learning rate.

    BadInput for a loss that has no `value` and `grad` or several temperatures, a method that has neither `value` nor
    `step`, a seed that is no whole number in 0 .. 2³² − 1, and a learning rate that is not positive.

    >>> Run(KD(4.0), seed=0).lr
    0.01
    """

    loss: Loss | Method = KD(4.0)
    seed: int = 0
    lr: float = 1e-2

    def __post_init__(self) -> None:
        method_of(self.loss)
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
            raise BadInput(f"net must be {makers(NETS)}, got {self.net!r}")
        if isinstance(self.optimiser, type) or not all(hasattr(self.optimiser, name) for name in ("memory", "step")):
            raise BadInput(f"optimiser must be {makers(OPTIMISERS)}, got {self.optimiser!r}")
        known(self.schedule, "schedule", SCHEDULES)
        object.__setattr__(self, "steps", whole(self.steps, "steps", 1))
        object.__setattr__(self, "every", whole(self.every, "every", 1))
        object.__setattr__(self, "order", seed(self.order, "order"))
        if self.batch is not None:
            batch = whole(self.batch, "batch", 1, None, "None takes all samples at every step")
            object.__setattr__(self, "batch", batch)

    def factor(self, step: int) -> float:
        """By what the learning rate is multiplied at `step`."""
        return SCHEDULES[self.schedule](step, self.steps)
