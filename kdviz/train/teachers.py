"""Teachers: a small ensemble of wide networks, trained on the labels, whose logits are averaged."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from kdviz.core.arguments import whole
from kdviz.core.check import BadInput
from kdviz.losses import CE
from kdviz.problems.data import Data
from kdviz.train.ensemble import columns
from kdviz.train.fit import Plan, Run, fit
from kdviz.train.nets import MLP
from kdviz.train.optimisers import Adam


class Taught(NamedTuple):
    """A trained teacher: its logits on the training and the test set (rows are samples), its test accuracy, itself.

    `logits` and `features` are functions of x (n, D): (n, K), and (n, H) hidden activations of all members in turn.
    """

    train: Any
    test: Any
    accuracy: float
    logits: Callable[[Any], Any]
    features: Callable[[Any], Any]


def teacher(
    data: Data,
    seed: int = 0,
    members: int = 8,
    hidden: int = 256,
    *,
    labels: Any = None,
    steps: int = 300,
    lr: float = 1e-2,
    weight_decay: float = 0.0,
    batch: int = 100,
) -> Taught:
    """Train `members` networks with one hidden layer on the labels of `data` and average their logits.

    `labels` (n,) replaces the data's own, for noisy ones. (n, D) -> (n, K), raw: the mean over classes is what training
    made it.
    """
    if not isinstance(data, Data):
        raise BadInput(
            f"data must be a data set such as digits(), got {type(data).__name__}; see kdviz.problems.data.Data"
        )
    seed, members = whole(seed, "seed"), whole(members, "members", 1)
    runs = [Run(CE(), seed * members + i, lr) for i in range(members)]
    plan = Plan(MLP((hidden,)), Adam(weight_decay=weight_decay), steps, min(batch, len(data.x)), "cosine", every=steps)
    *_, last = fit(runs, plan, data.x, data.y if labels is None else labels, classes=data.classes)

    def logits(x: torch.Tensor) -> torch.Tensor:
        return last.students.logits(x).mean(0).mT

    def features(x: torch.Tensor) -> torch.Tensor:
        kept = last.students.kept(columns(x))[1]
        return kept[list(kept)[-1]].flatten(0, 1).mT

    test = logits(data.x_test)
    accuracy = float((test.argmax(1) == data.y_test).float().mean())
    return Taught(logits(data.x), test, accuracy, torch.no_grad()(logits), torch.no_grad()(features))


def recentred(logits: torch.Tensor, mean: float | None = None) -> torch.Tensor:
    """Logits whose mean over classes is `mean` for every sample; None leaves them as they are.

    >>> recentred(torch.tensor([[1.0, 3.0]]), 20.0)
    tensor([[19., 21.]])
    """
    return logits if mean is None else logits - logits.mean(-1, keepdim=True) + mean
