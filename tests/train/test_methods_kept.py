"""What a method owns is kept with the run: in its state, in files, in any company."""

import numpy as np
import pytest
import torch

from kdviz.core.check import BadInput
from kdviz.losses import CE, KD, LM
from kdviz.train import saved
from kdviz.train.fit import Plan, Run, fit
from kdviz.train.methods import LogitMethod
from kdviz.train.nets import MLP
from kdviz.train.optimisers import SGD, Adam
from tests.support.methods import EXTRAS, GUIDE, PLAN, ByHand, Counting, Hints, Spikes, X, Y, Z, last

torch.set_num_threads(1)


def same(one, other):
    """Whether two states agree in every bit."""
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


MIXED = [Run(Hints(), 0, 0.02), Run(LM(), 1, 0.02), Run(Hints(), 2, 0.02), Run(Hints("3", 2.0), 3), Run(ByHand(), 4)]
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


def test_a_state_put_away_by_an_earlier_version_is_one_of_the_same_runs_plan_and_data():
    """The marks that 0.1.0 wrote before there were methods, packages of nets and of problems."""
    x, y = torch.arange(24.0).reshape(8, 3) / 10, torch.arange(8) % 3
    runs = [Run(KD(4.0), 0, 0.02), Run(LM(), 1), Run(0.1 * CE() + 0.9 * KD(2), 2)]
    plan = Plan(MLP((4,)), steps=12, every=6, batch=4)
    state = next(fit(runs, plan, x, y, torch.arange(24.0).reshape(8, 3).flip(0) / 5)).state()
    marks = {name: int(value) for name, value in state.items() if name.startswith("fingerprint/")}
    kept = {"runs": 47486848522559000, "plan": 241148997857516607, "data": 141141227301607094}
    assert marks == {f"fingerprint/{name}": mark for name, mark in kept.items()}
