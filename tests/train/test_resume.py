"""A run goes on from its state: with the same runs, plan and data to the same bits, or under a longer plan."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from kdviz.core.check import BadInput
from kdviz.losses import CE, KD, LM
from kdviz.train.fit import Plan, Run, fit
from kdviz.train.nets import MLP
from kdviz.train.optimisers import SCHEDULES, SGD, Adam, AdamW

torch.set_num_threads(1)
DRAW = torch.Generator().manual_seed(1)
X, Y, Z = torch.randn(24, 6, generator=DRAW), torch.arange(24) % 5, torch.randn(24, 5, generator=DRAW)
RUNS = [Run(KD(4.0), 0, 0.02), Run(LM(), 1), Run(CE(), 2)]
PLAN = Plan(MLP((8,)), steps=12, every=6, batch=10)


@dataclass(frozen=True)
class Weighed(LM):
    """A loss that holds an array."""

    weights: np.ndarray = None


def ends(runs=RUNS, plan=PLAN, data=(X, Y, Z), **options):
    """The state at the end of a training."""
    *_, last = fit(runs, plan, *data, **options)
    return last.state()


def middle(runs=RUNS, plan=PLAN, data=(X, Y, Z)):
    """The state half way."""
    return next(record.state() for record in fit(runs, plan, *data) if record.step == 6)


def same(one, other):
    """Whether two states agree in every bit."""
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


STATE = middle()
OTHERS = {
    "x": (X + 1e-6, Y, Z),
    "labels": (X, Y.roll(1), Z),
    "teacher": (X, Y, Z + 1e-6),
    "order": (X.flip(0), Y.flip(0), Z.flip(0)),
    "no labels": (X, None, Z),
}


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_other_data_are_refused(data):
    runs = RUNS[:2]  # those that need no labels
    state = middle(runs)
    with pytest.raises(BadInput, match="got one of other data; start anew"):
        ends(runs, data=data, resume=state)


def test_equal_data_of_another_kind_are_the_same_data():
    assert same(ends(data=(X.numpy(), Y.tolist(), Z.double()), resume=STATE), ends())


def test_other_runs_and_plans_are_named():
    with pytest.raises(BadInput, match="one of other runs; start anew"):
        ends([replace(run, seed=run.seed + 1) for run in RUNS], resume=STATE)
    for change in ({"batch": 12}, {"order": 1}, {"net": MLP((8,), "init")}, {"optimiser": Adam(eps=1e-7)}):
        with pytest.raises(BadInput, match="one of other plan; start anew"):
            ends(plan=replace(PLAN, **change), resume=STATE)


def test_values_count_by_what_they_are_not_by_how_they_print():
    long = np.arange(5000.0)
    changed = np.where(long == 2500, 0, long)
    assert repr(long) == repr(changed)
    state = middle([Run(Weighed(long))])
    assert same(ends([Run(Weighed(long.copy()))], resume=state), ends([Run(Weighed(long))]))
    with pytest.raises(BadInput, match="other runs"):
        ends([Run(Weighed(changed))], resume=state)
    assert same(ends([Run(KD(4)), *RUNS[1:]], resume=middle([Run(KD(4.0)), *RUNS[1:]])), ends([Run(KD(4)), *RUNS[1:]]))


def test_records_may_come_at_other_steps():
    assert same(ends(plan=replace(PLAN, every=5), resume=STATE), ends())


@pytest.mark.parametrize("optimiser", [SGD(0.9), Adam(), AdamW()], ids=repr)
def test_a_longer_constant_plan_gives_the_bits_of_an_uninterrupted_one(optimiser):
    short = replace(PLAN, schedule="constant", optimiser=optimiser)
    long = replace(short, steps=25, every=7)
    assert same(ends(plan=long, resume=ends(plan=short)), ends(plan=long))


def test_a_longer_cosine_plan_is_refused_with_its_meaning_and_goes_on_when_asked():
    long, state = replace(PLAN, steps=24), ends()
    with pytest.raises(BadInput, match=r"step 12 of 12 .*'cosine'.* extend=True goes on at those of step 12 of 24"):
        ends(plan=long, resume=state)
    assert PLAN.factor(12) == pytest.approx(0, abs=1e-12)
    assert long.factor(12) == pytest.approx(0.5)
    extended = ends(plan=long, resume=state, extend=True)
    assert int(extended["step"]) == 24
    moved = (extended["parameters/0.weight"] - state["parameters/0.weight"]).abs().max()
    assert moved > 0.01  # the learning rate is back
    assert not same(extended, ends(plan=long))


def test_a_schedule_that_has_not_begun_may_end_anywhere():
    begin = next(fit(RUNS, PLAN, X, Y, Z)).state()
    long = replace(PLAN, steps=20)
    assert same(ends(plan=long, resume=begin), ends(plan=long))


def test_a_shorter_plan_than_what_is_done_is_refused():
    with pytest.raises(BadInput, match="steps must be at least 12, where resume stands, got 6"):
        ends(plan=replace(PLAN, steps=6), resume=ends(), extend=True)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_finished_state_under_its_own_plan_is_the_end(schedule):
    plan = replace(PLAN, schedule=schedule)
    records = list(fit(RUNS, plan, X, Y, Z, resume=ends(plan=plan)))
    assert [record.step for record in records] == [12]
