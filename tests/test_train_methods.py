"""A method owns what a loss cannot: it looks inside the students, trains parts of its own, loops over time."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from kdviz.core.check import BadInput
from kdviz.losses import CE, KD, LM
from kdviz.train import saved
from kdviz.train.fit import Plan, Run, fit
from kdviz.train.methods import LogitMethod, Method, Outputs, Slopes
from kdviz.train.nets import MLP, Conv1d
from kdviz.train.optimisers import SCHEDULES, SGD, Adam

torch.set_num_threads(1)
DRAW = torch.Generator().manual_seed(1)
X, Y = torch.randn(24, 6, generator=DRAW), torch.randint(0, 5, (24,), generator=DRAW)
Z, GUIDE = 3 * torch.randn(24, 5, generator=DRAW), torch.randn(24, 9, generator=DRAW)
EXTRAS = {"features": GUIDE}
PLAN = Plan(MLP((8, 7)), Adam(), steps=30, every=10)


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


def last(runs, plan=PLAN, data=(X, Y, Z), **options):
    """The last record of a training."""
    *_, record = fit(runs, plan, *data, extras=EXTRAS, **options)
    return record


def same(one, other):
    """Whether two states agree in every bit."""
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


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


EVERY = [*MIXED, Run(Counting(), 5), Run(Spikes(), 6), Run(KD(2.0), 7)]


@pytest.mark.parametrize("optimiser", [SGD(0.9), Adam()], ids=repr)
@pytest.mark.parametrize("runs", [EVERY, [EVERY[0]], [EVERY[5]]], ids=["all", "adapter", "count"])
def test_a_resumed_run_ends_in_the_same_bits_with_all_that_its_method_owns(runs, optimiser, tmp_path):
    plan = Plan(MLP((8, 7)), optimiser, steps=30, batch=10, every=7)
    end = last(runs, plan)
    for record in fit(runs, plan, X, Y, Z, extras=EXTRAS):
        if record.step == 14:
            saved.save(tmp_path / "run.safetensors", record.state())
            break
    again = last(runs, plan, resume=saved.load(tmp_path / "run.safetensors"))
    assert same(again.state(), end.state())
    np.testing.assert_array_equal(again.loss, end.loss)
    assert all(torch.equal(again.own(i)[k], value) for i in range(len(runs)) for k, value in end.own(i).items())


def test_what_a_method_owns_is_in_the_state_and_moves():
    begin, end = next(fit(EVERY, PLAN, X, Y, Z, extras=EXTRAS)), last(EVERY)
    assert int(end.own(5)["steps"]) == 30
    assert (begin.own(0)["adapter"] - end.own(0)["adapter"]).abs().max() > 0.01
    kept = {name for name in end.state() if name.startswith("method/")}
    assert {"method/0/own/adapter", "method/0/optimiser/0.exp_avg.0", "method/4/own/steps"} <= kept
    with pytest.raises(BadInput, match="one without method/0/own/adapter"):
        last(EVERY, resume={k: v for k, v in end.state().items() if "adapter" not in k})
    with pytest.raises(BadInput, match="other data"):
        next(fit(EVERY, PLAN, X, Y, Z, extras={"features": GUIDE + 1e-6}, resume=begin.state()))


def test_a_method_starts_and_trains_the_same_in_any_company():
    crowd, few = last(MIXED, Plan(MLP((8, 7)), steps=5)), last(MIXED[2:3], Plan(MLP((8, 7)), steps=5))
    torch.testing.assert_close(crowd.own(2)["adapter"], few.own(0)["adapter"], rtol=1e-4, atol=1e-6)
    starts = [next(fit(runs, PLAN, X, Y, Z, extras=EXTRAS)) for runs in (MIXED, MIXED[2:3])]
    assert torch.equal(starts[0].own(2)["adapter"], starts[1].own(0)["adapter"])
    assert not torch.equal(starts[0].own(0)["adapter"], starts[0].own(2)["adapter"])
    np.testing.assert_allclose(crowd.loss[2], few.loss[0], rtol=1e-4)


def test_a_loss_is_the_method_of_that_loss_to_the_last_bit():
    for loss in (KD(4.0), LM(), 0.1 * CE() + 0.9 * KD(2.0)):
        one, other = (last([Run(kind), Run(CE(), 1)]).state() for kind in (loss, LogitMethod(loss)))
        assert all(torch.equal(one[k], other[k]) for k in one if "runs" not in k)
    assert set(last([Run(KD())]).state()) == {
        *(f"parameters/{layer}.{part}" for layer in (0, 2, 4) for part in ("weight", "bias")),
        *(f"optimiser/0.{name}.{i}" for name in ("exp_avg", "exp_avg_sq", "step") for i in range(6)),
        *(f"fingerprint/{name}" for name in ("runs", "plan", "data")),
        *("step", "steps", "diverged"),
    }


def test_runs_of_their_own_data_and_shared_ones_train_alike():
    runs = [Run(Hints(), 0), Run(Spikes(), 1), Run(Hints(), 2), Run(Counting(), 3)]
    plan, four = Plan(MLP((8, 7)), steps=9, batch=8), [t.expand(4, *t.shape).clone() for t in (X, Y, Z)]
    one, other = last(runs, plan).state(), last(runs, plan, four).state()
    for name in (name for name in one if "fingerprint" not in name):
        torch.testing.assert_close(one[name], other[name], rtol=1e-4, atol=1e-5)


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
