"""A method owns what a loss cannot: it looks inside the students, trains parts of its own, loops over time."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from kdviz.core.check import BadInput
from kdviz.losses import KD, LM
from kdviz.train.fit import Plan, Run, fit
from kdviz.train.methods import LogitMethod, Method, Slopes
from kdviz.train.nets import MLP, Conv1d
from kdviz.train.optimisers import SCHEDULES, SGD, Adam
from tests.support.methods import EXTRAS, GUIDE, PLAN, ByHand, Counting, Hints, Spikes, X, Y, Z, last

torch.set_num_threads(1)


def by_hand(run, plan, place):
    """One student as an ordinary module with hooks and autograd, its adapter a module too, in an ordinary loop."""
    first = next(fit([run], plan, X, Y, Z, extras=EXTRAS))
    student, layers = first.students.member(0), {}
    parts = list(student.parameters())
    if isinstance(run.loss, Hints):
        adapter = torch.nn.Linear(*reversed(first.own(0)["adapter"].shape), bias=False)
        adapter.weight.data.copy_(first.own(0)["adapter"])
        parts.append(adapter.weight)
        layer = dict(student.named_children())[run.loss.layer]
        layer.register_forward_hook(lambda _, __, out: layers.update({run.loss.layer: out}))
    options = {k: getattr(plan.optimiser, k) for k in plan.optimiser.__dataclass_fields__}
    optimiser = getattr(torch.optim, type(plan.optimiser).__name__)(parts, lr=run.lr, **options)
    for step in range(plan.steps):
        optimiser.param_groups[0]["lr"] = run.lr * SCHEDULES[plan.schedule](step, plan.steps)
        optimiser.zero_grad()
        if isinstance(run.loss, Hints):
            loss = F.cross_entropy(student(X), Y)
            loss = loss + run.loss.weight * F.mse_loss(adapter(layers[run.loss.layer]), GUIDE)
        elif isinstance(run.loss, Spikes):
            times = run.loss.times
            loss = sum(F.cross_entropy(student(X * (t + 1) / times), Y) for t in range(times)) / times
        else:
            loss = F.mse_loss(student(X), Z) / 2
        loss.backward()
        optimiser.step()
    return [part.detach() for part in parts]


MIXED = [Run(Hints(), 0, 0.02), Run(LM(), 1, 0.02), Run(Hints(), 2, 0.02), Run(Hints("3", 2.0), 3), Run(ByHand(), 4)]


@pytest.mark.parametrize("optimiser", [SGD(0.9), Adam()], ids=repr)
@pytest.mark.parametrize(
    "runs", [[Run(Hints(), seed, 0.02) for seed in range(3)], MIXED, [*MIXED, Run(Spikes(), 5)], [Run(Spikes(2), 0)]],
    ids=["one method", "several", "with time steps", "time steps alone"],
)  # fmt: skip
def test_an_ensemble_of_methods_is_a_loop_of_ordinary_modules(runs, optimiser):
    plan = Plan(MLP((8, 7)), optimiser, steps=50, every=50)
    record = last(runs, plan)
    for i, run in enumerate(runs):
        found = [tensor[i] for tensor in record.students.parameters.values()] + list(record.own(i).values())
        for one, expected in zip(found, by_hand(run, plan, i), strict=True):
            torch.testing.assert_close(one, expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))


def test_gradients_by_hand_and_by_autograd_are_one():
    one, other = (last([Run(kind(), seed) for seed in range(2)]).state() for kind in (Hints, ByHand))
    for name in one:
        if "fingerprint" not in name:
            torch.testing.assert_close(one[name], other[name], rtol=1e-4, atol=1e-5)


def test_a_method_of_a_convolutional_student_sees_its_channels():
    @dataclass(frozen=True)
    class Energy(Method):
        keeps: ClassVar = True

        def start(self, sizes, generator):
            assert sizes.kept == {"1": (3, 3), "2": (3, 3)}
            assert (sizes.inputs, sizes.classes, sizes.samples, sizes.extras) == (6, 5, 24, {"features": 9})
            return {}

        def value(self, outputs, batch, own):
            return outputs.kept["2"].square().mean((1, 2))

    record = last([Run(Energy())], Plan(Conv1d((3,)), steps=80, every=80))
    assert record.loss[0] < 0.05 * next(fit([Run(Energy())], Plan(Conv1d((3,))), X, Y, Z, extras=EXTRAS)).loss[0]


def test_a_batch_runs_the_students_anew_with_other_parameters():
    class Ahead(Counting):
        def step(self, outputs, batch, own):
            assert torch.equal(batch.forward(batch.parameters), outputs.logits)
            assert batch.x.shape == (6, 10) and batch.labels.shape == (10,) and len(batch.index) == 10
            further = {name: value + 0.1 for name, value in batch.parameters.items()}
            assert not torch.equal(batch.forward(further), outputs.logits)
            with pytest.raises(AttributeError, match="no 'lables'"):
                batch.lables  # noqa: B018
            seen.append(batch.step)
            return Slopes(None)

    seen = []
    begin = next(fit([Run(Ahead())], PLAN, X, Y, Z, extras=EXTRAS)).state()
    end = last([Run(Ahead())], Plan(PLAN.net, steps=3, batch=10))
    assert seen == [0, 1, 2]
    assert torch.equal(end.state()["parameters/0.weight"], begin["parameters/0.weight"])  # no gradient, no step
    assert np.isnan(end.loss).all()  # it has no value


class Nothing(Method):
    """A method half written."""


class Summed(Hints):
    """A method that gives one number for all samples."""

    def value(self, outputs, batch, own):
        return super().value(outputs, batch, own).mean()


REFUSED = {
    "half a method": (lambda: Run(Nothing()), "write value\\(self, outputs, batch, own\\)"),
    "class of a method": (lambda: Run(Hints), "loss must be a loss such as"),
    "no extras": (lambda: fit([Run(Hints())], PLAN, X, Y, Z), "extras must hold features, which Hints"),
    "no labels": (lambda: fit([Run(Hints())], PLAN, X, None, Z, extras=EXTRAS), "labels must be given"),
    "no teacher": (lambda: fit([Run(Counting())], PLAN, X, Y), "teacher_logits must be given"),
    "a list": (lambda: fit([Run(Hints())], PLAN, X, Y, Z, extras=[GUIDE]), "extras must be a dict of arrays, got list"),
    "others": (lambda: fit([Run(Hints())], PLAN, X, Y, Z, extras={"features": GUIDE[:9]}), "each of the 24 samples"),
    "one loss": (lambda: last([Run(Summed())]), "one loss per run and sample, \\(1, 24\\), got \\(\\)"),
    "T": (lambda: LogitMethod(KD([1.0, 2.0])), "one Run per temperature"),
}


@pytest.mark.parametrize(("call", "cure"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused_with_its_cure(call, cure):
    with pytest.raises(BadInput, match=cure):
        call()
