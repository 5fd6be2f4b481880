"""Methods as somebody would write them: hints inside a student, spikes over time, state that nobody trains."""

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F

from kdviz.train.fit import Plan, fit
from kdviz.train.methods import Method, Outputs, Slopes
from kdviz.train.nets import MLP
from kdviz.train.optimisers import Adam

DRAW = torch.Generator().manual_seed(1)
X, Y = torch.randn(24, 6, generator=DRAW), torch.randint(0, 5, (24,), generator=DRAW)
Z, GUIDE = 3 * torch.randn(24, 5, generator=DRAW), torch.randn(24, 9, generator=DRAW)
EXTRAS = {"features": GUIDE}
PLAN = Plan(MLP((8, 7)), Adam(), steps=30, every=10)


def last(runs, plan=PLAN, data=(X, Y, Z), **options):
    """The last record of a training."""
    *_, record = fit(runs, plan, *data, extras=EXTRAS, **options)
    return record


@dataclass(frozen=True)
class Hints(Method):
    """A hidden layer, through an adapter, imitates the teacher's: Romero et al. 2015, arXiv 1412.6550."""

    layer: str = "1"
    weight: float = 0.5
    uses: ClassVar = frozenset({"labels", "features"})
    keeps: ClassVar = True

    def start(self, sizes, generator):
        shape = sizes.extras["features"], sizes.kept[self.layer][0]
        return {"adapter": torch.randn(shape, generator=generator).mul_(0.3).requires_grad_()}

    def value(self, outputs, batch, own):
        apart = own["adapter"] @ outputs.kept[self.layer] - batch.extras["features"]
        labels = batch.labels.expand(len(outputs.logits), -1)
        return F.cross_entropy(outputs.logits, labels, reduction="none") + self.weight * apart.square().mean(1)


class ByHand(Hints):
    """The same with its gradients written out."""

    def step(self, outputs, batch, own):
        h = outputs.kept[self.layer]
        apart = own["adapter"] @ h - batch.extras["features"]
        slope = 2 * self.weight / apart.shape[1] * apart
        g = outputs.logits.softmax(1) - F.one_hot(batch.labels, outputs.logits.shape[1]).mT
        return Slopes(g, {self.layer: own["adapter"].mT @ slope}, {"adapter": slope @ h.mT})


@dataclass(frozen=True)
class Spikes(Method):
    """Integrate and fire over some time steps: the logits are a mean over time, each step has its own loss."""

    times: int = 3
    uses: ClassVar = frozenset({"labels"})

    def forward(self, net, parameters, x, index, own):
        steps = {str(t): net.forward(parameters, x * (t + 1) / self.times, index) for t in range(self.times)}
        return Outputs(sum(steps.values()) / self.times, steps)

    def value(self, outputs, batch, own):
        labels = batch.labels.expand(len(outputs.logits), -1)
        return sum(F.cross_entropy(z, labels, reduction="none") for z in outputs.kept.values()) / self.times


@dataclass(frozen=True)
class Counting(Method):
    """LM towards a teacher that follows the student, and a count of the steps: state that nobody trains."""

    uses: ClassVar = frozenset({"teacher"})

    def start(self, sizes, generator):
        return {"steps": torch.zeros((), dtype=torch.int64), "follows": torch.zeros(sizes.classes)}

    def step(self, outputs, batch, own):
        own["steps"] += 1
        own["follows"] += 0.1 * (outputs.logits.mean(2) - own["follows"])
        return Slopes(outputs.logits - batch.teacher_logits - own["follows"].unsqueeze(2))
