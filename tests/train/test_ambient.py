"""What is set around a training neither matters to it nor is changed by it."""

import numpy as np
import pytest
import torch

from kdviz.losses import CE, KD, LM, CentredLM
from kdviz.problems.digits import digits
from kdviz.train.fit import Plan, Run, fit
from kdviz.train.init_stats import block
from kdviz.train.nets import MLP, Conv1d, Free
from kdviz.train.resnet import ResNet

torch.set_num_threads(1)
DATA = digits()
X, Y = DATA.x[:20], DATA.y[:20]
Z = torch.randn(20, 10, generator=torch.Generator().manual_seed(0))
RUNS = [Run(KD()), Run(LM(), 1), Run(CentredLM()), Run(0.1 * CE() + 0.9 * KD(2.0)), Run(CE()), Run(KD(), 2)]
NETS = [MLP((8,)), Conv1d((2,)), Free()]
AROUND = {
    "float64 by default": (torch.set_default_dtype, torch.float64, torch.float32),
    "bfloat16 by default": (torch.set_default_dtype, torch.bfloat16, torch.float32),
    "another device by default": (torch.set_default_device, "meta", None),
    "deterministic algorithms": (torch.use_deterministic_algorithms, True, False),
    "no gradients": (torch.set_grad_enabled, False, True),
    "search for anomalies": (torch.autograd.set_detect_anomaly, True, False),
}
WITHIN = {
    "inference mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "no_grad": torch.no_grad,
    "errors of NumPy": lambda: np.errstate(all="raise"),
    "short print": lambda: np.printoptions(threshold=2),
}


def trained():
    """All parameters of students of every net after a few steps, and what they show of themselves."""
    found = []
    for net in NETS:
        *_, last = fit(RUNS, Plan(net, steps=4, batch=10, every=2), X, Y, Z)
        found += [tensor.detach().clone() for tensor in last.students.parameters.values()]
        found += [last.students.logits(X), last.students.head()[0], torch.from_numpy(last.loss)]
    return found


EXPECTED = trained()


def equal(found):
    """Whether every tensor is of the same type, place and bits."""
    return all(a.dtype == b.dtype and a.device == b.device and torch.equal(a, b) for a, b in zip(found, EXPECTED))  # noqa: B905


@pytest.mark.filterwarnings("ignore:Anomaly Detection:UserWarning")
@pytest.mark.parametrize(("change", "to", "back"), AROUND.values(), ids=AROUND)
def test_settings_of_torch_change_no_student(change, to, back):
    change(to)
    try:
        found = trained()
    finally:
        change(back)
    assert equal(found)


@pytest.mark.parametrize("mode", WITHIN.values(), ids=WITHIN)
def test_a_student_is_the_same_within_every_mode(mode):
    with mode():
        assert equal(trained())
        given = X * 1, Y * 1, Z * 1  # tensors that were made in this mode
        *_, last = fit(RUNS, Plan(NETS[0], steps=4, batch=10, every=2), *given)
    assert torch.equal(last.students.parameters["0.weight"], EXPECTED[0])


@pytest.mark.parametrize("mode", WITHIN.values(), ids=WITHIN)
def test_a_mode_that_begins_and_ends_between_records_does_not_matter(mode):
    steps = fit(RUNS, Plan(NETS[0], steps=4, batch=10, every=2), X, Y, Z)
    next(steps)
    with mode():
        next(steps)
    last = next(steps)
    assert torch.equal(last.students.parameters["0.weight"], EXPECTED[0])


def test_training_leaves_everything_around_it_as_it_was():
    torch.manual_seed(3), np.random.seed(3)  # noqa: NPY002
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    threads = torch.get_num_threads()
    *_, last = fit(RUNS, Plan(NETS[0], steps=2, batch=10), X, Y, Z)
    last.students.member(0)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (np.random.get_state()[1] == before[1]).all()  # noqa: NPY002
    assert (torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads()) == (
        torch.float32,
        True,
        threads,
    )


def test_a_fresh_network_of_table_1_is_the_same_under_other_defaults():
    expected = block("ResNet-8", range(2))[0]
    torch.set_default_dtype(torch.float64)
    try:
        found = block("ResNet-8", range(2))[0]
    finally:
        torch.set_default_dtype(torch.float32)
    np.testing.assert_array_equal(expected.weights, found.weights)
    np.testing.assert_array_equal(expected.squares, found.squares)


@pytest.mark.parametrize(("change", "to", "back"), list(AROUND.values())[:3], ids=list(AROUND)[:3])
def test_an_ordinary_resnet_is_the_same_under_other_defaults(change, to, back):
    make = lambda: ResNet("ResNet-8", torch.Generator("cpu").manual_seed(0)).state_dict()  # noqa: E731
    expected = make()
    change(to)
    try:
        found = make()
    finally:
        change(back)
    assert all(found[name].dtype == one.dtype and torch.equal(found[name], one) for name, one in expected.items())


def test_a_member_is_the_student_and_learns_on():
    *_, last = fit(RUNS, Plan(NETS[0], steps=2), X, Y, Z, dtype=torch.float64)
    member = last.students.member(-1)
    torch.testing.assert_close(member(X.double()).mT, last.students.logits(X.double())[-1])
    member(X.double()).sum().backward()
    assert all(parameter.is_leaf and parameter.grad is not None for parameter in member.parameters())
