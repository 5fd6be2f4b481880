"""An ensemble is a loop of ordinary networks, only faster: same numbers as torch.optim and F.kl_div, run by run."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from kdviz.losses import CE, KD, LM, LOSSES, CentredLM, PrintedLM, Sum
from kdviz.train import saved, steps
from kdviz.train.fit import Plan, Run, fit
from kdviz.train.methods import forms
from kdviz.train.nets import MLP, Conv1d
from kdviz.train.optimisers import SCHEDULES, SGD, Adam, AdamW

torch.set_num_threads(1)  # on a busy machine two threads wait for each other longer than they work
OPTIMISERS = {
    "sgd": SGD(),
    "momentum": SGD(momentum=0.9),
    "nesterov": SGD(momentum=0.9, nesterov=True),
    "weight decay": SGD(momentum=0.9, weight_decay=0.05),
    "adam": Adam(),
    "adam, weight decay": Adam(weight_decay=0.05),
    "adamw": AdamW(weight_decay=0.05),
}
TRAINED = {**LOSSES, "kd at T = 1": KD(1.0), "kd at T = 64": KD(64.0), "sum": 0.1 * CE(0.1) + 0.9 * KD(4.0)}


def toys(samples=24, inputs=6, classes=5, runs=None, dtype=torch.float32):
    """Inputs, labels and teacher logits from a fixed seed, one set for all or one per run."""
    draw = torch.Generator().manual_seed(1)
    lead = () if runs is None else (runs,)
    x = torch.randn(*lead, samples, inputs, generator=draw).to(dtype)
    y = torch.randint(0, classes, (*lead, samples), generator=draw)
    return x, y, 3 * torch.randn(*lead, samples, classes, generator=draw).to(dtype)


def by_torch(loss, z, zt, y):
    """The mean loss over samples, written with torch.nn.functional as people write it."""
    match loss:
        case Sum():
            return sum(weight * by_torch(term, z, zt, y) for weight, term in loss.terms)
        case KD():
            T = loss.temperature
            return F.kl_div(F.log_softmax(z / T, 1), F.softmax(zt / T, 1), reduction="batchmean") * T * T
        case CE():
            return F.cross_entropy(z, y, label_smoothing=loss.smoothing)
        case LM():
            return F.mse_loss(z, zt) / 2
        case CentredLM():
            return F.mse_loss(z - z.mean(1, keepdim=True), zt - zt.mean(1, keepdim=True)) / 2
        case PrintedLM():
            return F.mse_loss(z, zt) / 2 + (z.mean(1) - zt.mean(1)).square().mean() / 2


def by_hand(run, plan, x, y, zt):
    """One student as an ordinary module in an ordinary loop."""
    student = next(fit([run], plan, x, y, zt)).students.member(0)
    options = {k: getattr(plan.optimiser, k) for k in plan.optimiser.__dataclass_fields__}
    optimiser = getattr(torch.optim, type(plan.optimiser).__name__)(student.parameters(), lr=run.lr, **options)
    for step in range(plan.steps):
        optimiser.param_groups[0]["lr"] = run.lr * SCHEDULES[plan.schedule](step, plan.steps)
        optimiser.zero_grad()
        by_torch(run.loss, student(x), zt, y).backward()
        optimiser.step()
    return dict(student.named_parameters())


def last(*arguments, **options):
    """The last record of a training."""
    *_, record = fit(*arguments, **options)
    return record


def same(one, other):
    """Whether two states agree in every bit."""
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


@pytest.mark.parametrize("optimiser", OPTIMISERS.values(), ids=OPTIMISERS)
@pytest.mark.parametrize("loss", TRAINED.values(), ids=TRAINED)
def test_an_ensemble_is_a_loop_of_ordinary_modules(loss, optimiser):
    runs = [Run(loss, seed, 0.02) for seed in range(2)]
    plan, (x, y, zt) = Plan(MLP((8,)), optimiser, steps=50, every=50), toys()
    students = last(runs, plan, x, y, zt).students
    for i, run in enumerate(runs):
        for name, expected in by_hand(run, plan, x, y, zt).items():
            scale = float(expected.detach().abs().max())
            torch.testing.assert_close(students.parameters[name][i], expected, rtol=1e-4, atol=1e-4 * scale)


@pytest.mark.parametrize("net", [MLP(()), MLP((8, 7), activation="tanh"), Conv1d((3, 4))], ids=repr)
def test_every_net_is_its_ordinary_module(net):
    runs = [Run(KD(4.0), seed, 0.02) for seed in range(3)]
    x, y, zt = toys(inputs=16, runs=3)
    plan = Plan(net, Adam(), steps=50, every=50, schedule="constant")
    students = last(runs, plan, x, y, zt).students
    for i, run in enumerate(runs):
        for name, expected in by_hand(run, plan, x[i], y[i], zt[i]).items():
            found = students.parameters[name][i].view_as(expected)
            torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)


def test_a_student_starts_as_torch_starts_it():
    spec = MLP((8,))
    drawn = next(fit([Run(seed=5)], Plan(spec), *toys())).students.parameters
    torch.manual_seed(5)
    for name, expected in spec.module(6, 5).named_parameters():
        torch.testing.assert_close(drawn[name][0], expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("shared", [True, False], ids=["one set", "own sets"])
@pytest.mark.parametrize("loss", TRAINED.values(), ids=TRAINED)
def test_the_closed_gradient_is_the_slope_of_the_loss(loss, shared):
    _, y, zt = toys(runs=None if shared else 3, dtype=torch.float64)
    z = torch.randn(3, 5, 24, generator=torch.Generator().manual_seed(2), dtype=torch.float64, requires_grad=True)
    constants, slope = forms.gradient(loss, zt.mT, y, 5, z)
    rows = z.mT
    torch.autograd.backward(loss.value(rows, zt, y).sum())
    torch.testing.assert_close(slope(z.detach(), *constants), z.grad, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(slope(z.detach(), *constants), loss.grad(z.detach(), zt.mT, y, axis=-2))


def test_a_loss_without_a_form_of_its_own_trains_by_its_grad():
    class Other(LM):
        pass

    own, known = (last([Run(loss, 0)], Plan(steps=20), *toys()).state() for loss in (Other(), LM()))
    torch.testing.assert_close(own["parameters/0.weight"], known["parameters/0.weight"])


@pytest.mark.parametrize("batch", [None, 5])
@pytest.mark.parametrize("optimiser", OPTIMISERS.values(), ids=OPTIMISERS)
def test_a_resumed_run_ends_in_the_same_bits(optimiser, batch, tmp_path):
    runs = [Run(KD(4.0), 0, 0.02), Run(LM(), 1, 0.01), Run(CE(), 2, 0.01)]
    plan, data = Plan(MLP((8,)), optimiser, steps=30, batch=batch, every=7), toys(runs=3)
    records = list(fit(runs, plan, *data))
    states = []
    for record in fit(runs, plan, *data):  # states are taken while training goes on, one goes through a file
        states.append(record.state())
        if record.step == 14:
            break
    saved.save(tmp_path / "run.safetensors", states[-1])
    again = list(fit(runs, plan, *data, resume=saved.load(tmp_path / "run.safetensors")))
    assert [record.step for record in again] == [14, 21, 28, 30]
    assert same(again[-1].state(), records[-1].state())
    np.testing.assert_array_equal(again[-1].loss, records[-1].loss)
    with pytest.raises(RuntimeError, match="before training goes on from step 0; it is at 30"):
        records[0].state()


def test_leaving_and_pausing_change_nothing():
    runs, plan, data = [Run(KD(4.0), 0)], Plan(steps=20, every=5), toys()
    single = last(runs, plan, *data).state()
    left, paused = fit(runs, plan, *data), fit(runs, plan, *data)
    next(left), next(paused), next(left)
    left.close()
    *_, record = paused
    assert same(record.state(), single)


def test_seeds_repeat_and_differ():
    runs, plan = [Run(KD(4.0), 0), Run(KD(4.0), 0), Run(KD(4.0), 1)], Plan(steps=20, batch=20)
    data = toys(samples=100, inputs=64, classes=10)
    one, other = (last(runs, plan, *data).state()["parameters/0.weight"] for _ in range(2))
    assert torch.equal(one, other)
    assert torch.equal(one[0], one[1])
    assert not torch.equal(one[0], one[2])


@pytest.mark.parametrize("own", [False, True], ids=["one set", "own sets"])
def test_a_student_is_the_same_in_any_company(own):
    losses = (CE(), KD(2.0), KD(8.0), LM())
    runs = [Run(loss, seed) for seed in range(9) for loss in losses]
    data = toys(samples=100, inputs=64, classes=10, runs=36 if own else None)
    plan = Plan(MLP((32,)), steps=40, every=40)
    crowd, few = last(runs, plan, *data).state(), last(runs[8:12], plan, *(t[8:12] if own else t for t in data)).state()
    for name in plan.net.module(64, 10).state_dict():
        assert torch.equal(crowd[f"parameters/{name}"][8:12], few[f"parameters/{name}"]), name


def test_runs_that_share_a_set_train_as_with_copies_of_their_own():
    runs = [Run(KD(4.0), seed) for seed in range(6)]
    x, y, zt = toys(runs=2)
    merged = last(runs, Plan(steps=20), *(t.repeat_interleave(3, 0) for t in (x, y, zt)))
    order = [0, 3, 1, 4, 2, 5]  # no two neighbours share a set
    apart = last([runs[i] for i in order], Plan(steps=20), *(t.repeat(3, *[1] * (t.ndim - 1)) for t in (x, y, zt)))
    torch.testing.assert_close(
        merged.students.parameters["0.weight"][order], apart.students.parameters["0.weight"], rtol=1e-4, atol=1e-5
    )


def test_every_run_has_its_own_learning_rate():
    runs = [Run(KD(4.0), 0, lr) for lr in (0.01, 0.03, 0.03)]
    together = last(runs, Plan(steps=20), *toys()).students.parameters["0.weight"]
    for i in range(3):
        single = last(runs[i : i + 1], Plan(steps=20), *toys()).students.parameters["0.weight"]
        torch.testing.assert_close(together[i : i + 1], single, rtol=1e-4, atol=1e-5)
    assert (together[0] - together[1]).abs().max() > 0.01


def test_a_diverged_run_is_reported_with_its_step_and_spoils_nobody():
    runs = [Run(LM(), 0, 0.05), Run(LM(), 0, 1e6), Run(KD(4.0), 0, 0.05), Run(KD(4.0), 0, 1e30)]
    plan = Plan(optimiser=SGD(), steps=200, every=50, schedule="constant")
    watch = lambda students: {"size": students.logits(toys()[0]).abs().amax((1, 2))}  # noqa: E731
    record = last(runs, plan, *toys(), watch=watch)
    assert record.diverged[0] == record.diverged[2] == -1
    assert (record.diverged[[1, 3]] > 0).all() and (record.diverged[[1, 3]] < 100).all()
    for values in (record.loss, record.measured["size"]):
        assert np.isfinite(values[[0, 2]]).all() and np.isnan(values[[1, 3]]).all()
    well = last([runs[0], runs[2]], plan, *toys()).loss
    np.testing.assert_allclose(record.loss[[0, 2]], well, rtol=1e-4)


def test_the_loss_is_reported_for_all_samples_and_falls():
    x, y, zt = toys()
    losses = []
    for record in fit([Run(loss) for loss in TRAINED.values()], Plan(batch=8, every=150), x, y, zt):
        z = record.students.logits(x).mT
        expected = [float(loss.value(z[i], zt, y).mean()) for i, loss in enumerate(TRAINED.values())]
        np.testing.assert_allclose(record.loss, expected, rtol=1e-4)
        losses.append(record.loss)
    assert (losses[-1] < losses[0]).all()


def test_batches_visit_every_sample_once_an_epoch():
    seen = torch.cat([steps.chosen(step, 24, 8, 0, "cpu") for step in range(3)])
    assert sorted(seen.tolist()) == list(range(24))
    assert not torch.equal(steps.chosen(0, 24, 8, 0, "cpu"), steps.chosen(3, 24, 8, 0, "cpu"))


@pytest.mark.gpu
def test_a_gpu_gives_the_numbers_of_the_cpu():
    runs, plan = [Run(loss, 0) for loss in TRAINED.values()], Plan(steps=50, every=50)
    here, there = (last(runs, plan, *(t.to(device) for t in toys())) for device in ("cpu", "cuda"))
    assert there.students.parameters["0.weight"].device.type == "cuda"
    np.testing.assert_allclose(there.loss, here.loss, rtol=1e-3)
    state = there.state()
    assert same(last(runs, replace(plan, steps=50), *(t.cuda() for t in toys()), resume=state).state(), state)


def test_training_does_not_load_the_compiler_of_torch():
    code = "import sys, torch, kdviz as kd; from kdviz.train.fit import *; x = torch.zeros(2, 3); LM = kd.LM\n"
    code += "plans = Plan(steps=1), Plan(optimiser=kd.SGD(0.9), steps=1)\n"
    code += "print([len(list(fit([Run(LM())], plan, x, None, x))) for plan in plans], 'torch._dynamo' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.split("\n")[0] == "[2, 2] False"
