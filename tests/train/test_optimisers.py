"""Optimisers and schedules: torch's own steps, edges of their bounds, and what was added to their map."""

import math

import pytest
import torch

from kdviz.core.check import BadInput
from kdviz.train.fit import Plan
from kdviz.train.optimisers import OPTIMISERS, SCHEDULES, SGD, Adam, AdamW, Stepper, stretches

torch.set_num_threads(1)


def test_the_cosine_falls_from_one_to_zero_by_half_a_turn():
    factors = [SCHEDULES["cosine"](step, 8) for step in range(9)]
    assert factors == pytest.approx([math.cos(math.pi * step / 16) ** 2 for step in range(9)], abs=1e-15)
    assert factors[0] == 1.0
    assert factors[4] == pytest.approx(0.5)
    assert factors[8] == pytest.approx(0.0, abs=1e-15)
    assert [SCHEDULES["constant"](step, 8) for step in (0, 4, 8)] == [1.0, 1.0, 1.0]
    assert Plan(steps=8).factor(2) == pytest.approx(math.cos(math.pi / 8) ** 2)


def test_the_cosine_is_that_of_torch():
    weight = torch.nn.Parameter(torch.zeros(1))
    theirs = torch.optim.SGD([weight], lr=1.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(theirs, 20)
    for step in range(20):
        assert SCHEDULES["cosine"](step, 20) == pytest.approx(schedule.get_last_lr()[0], abs=1e-12)
        theirs.step()
        schedule.step()


LARGEST = math.nextafter(1.0, 0.0)
EDGES = {
    "momentum": (lambda value: SGD(momentum=value), (0.0, 0.5, LARGEST), (-1e-12, 1.0, 1.5, math.nan)),
    "the first beta": (lambda value: Adam(betas=(value, 0.9)), (0.0, LARGEST), (-1e-12, 1.0, math.nan)),
    "the second beta": (lambda value: AdamW(betas=(0.9, value)), (0.0, LARGEST), (-1e-12, 1.0, math.inf)),
    "eps": (lambda value: Adam(eps=value), (0.0, 1e-300, 1.0), (-1e-300, math.inf, math.nan)),
    "the decay of SGD": (lambda value: SGD(weight_decay=value), (0.0, 5.0), (-1e-300, math.inf)),
    "the decay of Adam": (lambda value: Adam(weight_decay=value), (0.0, 5.0), (-1e-300, math.inf)),
    "the decay of AdamW": (lambda value: AdamW(weight_decay=value), (0.0, 5.0), (-1e-300, math.inf)),
}


@pytest.mark.parametrize(("make", "good", "bad"), EDGES.values(), ids=EDGES)
def test_bounds_hold_at_their_edges(make, good, bad):
    for value in good:
        make(value)
    for value in bad:
        with pytest.raises(BadInput):
            make(value)


def test_the_fields_are_what_was_given():
    assert (SGD(0.9, True, 0.1).momentum, SGD(0.9, True, 0.1).nesterov, SGD(0.9, True, 0.1).weight_decay) == (
        0.9,
        True,
        0.1,
    )
    assert (Adam().betas, Adam().eps, Adam().weight_decay, AdamW().weight_decay) == ((0.9, 0.999), 1e-8, 0.0, 0.01)
    assert Adam(betas=[0.5, 0.25]).betas == (0.5, 0.25)
    with pytest.raises(BadInput, match="betas must be two numbers"):
        Adam(betas=(0.9,))
    with pytest.raises(BadInput, match="pass for example momentum"):
        SGD(nesterov=True)


def torch_own(spec, weights, lr):
    """The same optimiser by torch's own class."""
    if isinstance(spec, SGD):
        options = {"momentum": spec.momentum, "nesterov": spec.nesterov}
        return torch.optim.SGD(weights, lr, weight_decay=spec.weight_decay, **options)
    kind = torch.optim.AdamW if isinstance(spec, AdamW) else torch.optim.Adam
    return kind(weights, lr, spec.betas, spec.eps, spec.weight_decay)


SPECS = [
    SGD(),
    SGD(0.9),
    SGD(0.5, True, 0.1),
    Adam(),
    Adam((0.5, 0.7), 1e-3, 0.2),
    AdamW(),
    AdamW((0.8, 0.9), 1e-4, 0.3),
]


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_a_step_is_that_of_torch_for_every_run_at_its_own_rate(spec):
    draw, rates = torch.Generator().manual_seed(0), [0.1, 0.1, 0.02]
    start = torch.randn(3, 4, generator=draw)
    leaf = start.clone().requires_grad_()
    ours = Stepper(spec, {"w": leaf}, rates)
    weights = [torch.nn.Parameter(row.clone()) for row in start]
    theirs = [torch_own(spec, [weight], rate) for weight, rate in zip(weights, rates, strict=True)]
    for step in range(5):
        leaf.grad = torch.randn(3, 4, generator=draw)
        for weight, optimiser, gradient in zip(weights, theirs, leaf.grad.clone(), strict=True):
            weight.grad = gradient
            for group in optimiser.param_groups:
                group["lr"] *= 1.0 if step == 0 else SCHEDULES["cosine"](step, 5) / SCHEDULES["cosine"](step - 1, 5)
            optimiser.step()
        ours.step(SCHEDULES["cosine"](step, 5))
        assert leaf.grad is None
    torch.testing.assert_close(leaf.detach(), torch.stack([weight.detach() for weight in weights]))


def test_decay_is_the_recursion_that_sgd_follows():
    for spec in (SGD(weight_decay=0.1), SGD(0.9, weight_decay=0.1), SGD(0.9, True, 0.1)):
        leaf = torch.ones(1, 1, dtype=torch.float64, requires_grad=True)
        ours, found = Stepper(spec, {"w": leaf}, [1.0]), []
        for lr in (0.5, 0.3, 0.2):
            leaf.grad = torch.zeros_like(leaf)
            ours.step(lr)
            found.append(leaf.item())
        assert found == pytest.approx(spec.decay([0.5, 0.3, 0.2]))


def test_stretches_hold_every_run_once():
    assert stretches([1.0]) == [(1.0, slice(0, 1))]
    assert stretches([1.0, 2.0, 2.0, 1.0]) == [(1.0, slice(0, 1)), (2.0, slice(1, 3)), (1.0, slice(3, 4))]


def test_the_map_makes_every_optimiser_and_a_refusal_names_what_it_makes():
    assert [entry.make() for entry in OPTIMISERS.values()] == [SGD(), Adam(), AdamW()]
    with pytest.raises(BadInput, match=r"optimiser must be SGD\(\), Adam\(\) or AdamW\(\), got 'adam'"):
        Plan(optimiser="adam")
    with pytest.raises(BadInput, match="schedule must be one of constant, cosine"):
        Plan(schedule="linear")
