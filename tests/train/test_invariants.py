"""What training leaves alone: the class means of the last layer: a gauge; and what T → ∞ means to a network."""

import numpy as np
import pytest
import torch

from kdviz.losses import CE, KD, LM, CentredLM
from kdviz.problems.digits import digits
from kdviz.train.fit import Plan, Run, fit
from kdviz.train.measure import means
from kdviz.train.nets import MLP, Free
from kdviz.train.optimisers import SCHEDULES, SGD, Adam, AdamW

torch.set_num_threads(1)
LINEAR = {
    "sgd": SGD(),
    "momentum": SGD(momentum=0.9),
    "nesterov": SGD(momentum=0.9, nesterov=True),
}
BLIND = {
    "ce": CE(),
    "smoothed": CE(0.1),
    "kd": KD(4.0),
    "kd at inf": KD(float("inf")),
    "mix": 0.1 * CE() + 0.9 * KD(4.0),
}
BOUND = {torch.float32: 1e-6, torch.float64: 1e-14}  # METHODS E4


def trained(losses, optimiser, net=MLP((32,)), *, dtype=torch.float64, offset=0.0, lr=0.05, start=None, **plan):
    """First and last (mean_logit, W, b, students) of students on 60 digits; the teacher has the mean logit `offset`."""
    data, draw = digits(), torch.Generator().manual_seed(3)
    x, y = data.x[:60].to(dtype), data.y[:60]
    teacher = 3 * torch.nn.functional.one_hot(y, 10) + torch.randn(60, 10, generator=draw)
    teacher = teacher.to(dtype)
    teacher = teacher - teacher.mean(1, keepdim=True) + offset
    runs, plan = [Run(loss, 0, lr) for loss in losses], Plan(net, optimiser, **{"steps": 200, "every": 200} | plan)
    found = []
    for record in fit(runs, plan, x, y, teacher, watch=means(x), dtype=dtype, resume=start):
        found.append((record.measured, record.state(), record.students.logits(x)))
    return found[0], found[-1]


@pytest.mark.parametrize("dtype", BOUND, ids=str)
@pytest.mark.parametrize("optimiser", LINEAR.values(), ids=LINEAR)
@pytest.mark.parametrize("net", [MLP((32,)), MLP(()), Free()], ids=["mlp", "linear", "free"])
def test_what_is_linear_in_the_gradients_conserves_the_class_means_of_the_head(net, optimiser, dtype):
    (before, _, _), (after, _, _) = trained(BLIND.values(), optimiser, net, dtype=dtype)
    for name in ("w_bar", "b_bar"):
        assert np.abs(after[name] - before[name]).max() <= BOUND[dtype]
    assert after["gradient_sum"].max() <= BOUND[dtype]
    moved = np.abs(after["mean_logit"] - before["mean_logit"]).max(1)
    if net == MLP((32,)):
        assert (moved > 0.01).all()  # the mean logit itself is not conserved: h moves
    if isinstance(net, Free):
        assert (moved <= 2 * BOUND[dtype]).all()


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("nesterov", [False, True])
def test_weight_decay_shrinks_the_class_means_by_a_factor_that_no_data_enter(schedule, nesterov):
    optimiser, steps, lr = SGD(momentum=0.9, nesterov=nesterov, weight_decay=5e-3), 200, 0.05
    (before, _, _), (after, _, _) = trained(BLIND.values(), optimiser, lr=lr, schedule=schedule)
    factor = optimiser.decay([lr * SCHEDULES[schedule](step, steps) for step in range(steps)])[-1]
    assert factor < 0.9
    for name in ("w_bar", "b_bar"):
        np.testing.assert_allclose(after[name], factor * before[name], rtol=1e-5, atol=1e-14)


@pytest.mark.parametrize("optimiser", [Adam(), AdamW(), Adam(weight_decay=5e-4)], ids=repr)
def test_adam_breaks_the_conservation(optimiser):
    (before, _, _), (after, _, _) = trained(BLIND.values(), optimiser, lr=1e-2)
    assert (np.abs(after["w_bar"] - before["w_bar"]).max(1) > 1e-2).all()


def test_logits_matching_drives_the_mean_logit_to_the_teachers():
    for offset in (-3.0, 2.0):
        _, (after, _, _) = trained([LM(), KD(4.0)], SGD(momentum=0.9), offset=offset, steps=400, every=400)
        assert abs(after["mean_logit"][0].mean() - offset) < 0.1
        assert abs(after["mean_logit"][1].mean() - offset) > 1.0


@pytest.mark.parametrize("optimiser", [*LINEAR.values(), SGD(momentum=0.9, weight_decay=5e-3)], ids=repr)
def test_a_head_centred_once_freezes_the_mean_logit(optimiser):
    _, (after, _, _) = trained(BLIND.values(), optimiser, MLP((32,), center_head="init"))
    assert np.abs(after["mean_logit"]).max() <= 1e-12


def test_a_head_centred_once_is_not_enough_for_adam():
    _, (after, _, _) = trained(BLIND.values(), Adam(), MLP((32,), center_head="init"), lr=1e-2)
    assert (np.abs(after["mean_logit"]).max(1) > 0.1).all()


@pytest.mark.parametrize("optimiser", [*LINEAR.values(), Adam(), AdamW()], ids=repr)
def test_a_head_centred_in_the_forward_pass_has_no_mean_logit_whatever_the_optimiser(optimiser):
    net = MLP((32,), center_head="forward")
    _, (after, _, z) = trained([*BLIND.values(), LM()], optimiser, net, dtype=torch.float32, lr=1e-2)
    assert np.abs(after["mean_logit"]).max() <= 1e-6 * float(z.abs().max())


@pytest.mark.parametrize("optimiser", [SGD(), SGD(momentum=0.9), SGD(momentum=0.9, weight_decay=5e-3)], ids=repr)
def test_distillation_at_infinity_is_logits_matching_once_head_and_teacher_are_centred(optimiser):
    net = MLP((32,), center_head="init", activation="tanh")
    _, (_, _, z) = trained([KD(float("inf")), LM(), CentredLM()], optimiser, net)
    assert (z[1:] - z[0]).abs().max() <= 1e-12 * z[0].abs().max()


@pytest.mark.parametrize(("net", "offset"), [(MLP((32,)), 0.0), (MLP((32,), center_head="init"), 3.0)], ids=str)
def test_without_either_the_two_part(net, offset):
    _, (_, _, z) = trained([KD(float("inf")), LM()], SGD(momentum=0.9), net, offset=offset)
    x = z - z.mean(1, keepdim=True)
    assert (x[1] - x[0]).norm() / x[0].norm() > 1e-3


def test_the_distance_to_centred_matching_falls_as_one_over_temperature():
    temperatures = np.geomspace(1e2, 1e5, 7)
    losses = [CentredLM(), KD(float("inf")), *(KD(float(T)) for T in temperatures)]
    _, (_, state, _) = trained(losses, SGD(), MLP(()), schedule="constant")
    theta = torch.cat([state["parameters/0.weight"].flatten(1), state["parameters/0.bias"]], 1)
    distance = ((theta - theta[0]).norm(dim=1) / theta[0].norm()).numpy()
    slope = np.polyfit(np.log(temperatures), np.log(distance[2:]), 1)[0]
    assert abs(slope + 1.0) <= 0.01
    assert distance[1] <= 1e-14


@pytest.mark.parametrize(
    ("optimiser", "loss", "holds"),
    [
        (SGD(), KD(4.0), True),
        (SGD(momentum=0.9, weight_decay=5e-3), CE(), True),
        (Adam(), KD(4.0), True),
        (AdamW(), KD(4.0), True),
        (Adam(weight_decay=5e-2), KD(4.0), False),
        (SGD(), LM(), False),
    ],
    ids=str,
)
def test_the_class_means_of_the_head_are_a_gauge(optimiser, loss, holds):
    options = {"net": MLP((32,), activation="tanh"), "lr": 0.01 if isinstance(optimiser, Adam) else 0.05}
    (_, start, _), (_, _, z) = trained([loss], optimiser, **options)
    shift = torch.randn(32, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    start["parameters/2.weight"] += shift  # the same vector to every class: W + 1 vᵀ
    _, (_, _, shifted) = trained([loss], optimiser, start=start, **options)
    apart = (shifted - z) - (shifted - z).mean(1, keepdim=True)
    assert (apart.abs().max() <= 1e-9) == holds
    assert (shifted - z).abs().max() > 0.1
