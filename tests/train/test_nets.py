"""Nets give logits and, when asked, what the ordinary module computes on the way; a map names them all."""

import pytest
import torch

from kdviz.core.check import BadInput
from kdviz.train.ensemble import Ensemble, columns
from kdviz.train.fit import Plan
from kdviz.train.nets import MLP, NETS, Conv1d, Free

torch.set_num_threads(1)
X = torch.randn(7, 12, generator=torch.Generator().manual_seed(0))
SPECS = [MLP((8, 5)), MLP((6,), activation="tanh"), MLP(()), MLP((8,), "forward"), Conv1d((3, 4)), Conv1d((2,), 3)]


def hooked(module, x):
    """What every layer of an ordinary module gives, by its name; shapes and the last layer apart."""
    seen, hooks = {}, []
    for name, layer in list(module.named_children())[:-1]:
        if not isinstance(layer, torch.nn.Flatten | torch.nn.Unflatten):
            hooks.append(layer.register_forward_hook(lambda _, __, out, name=name: seen.update({name: out})))
    module(x)
    [hook.remove() for hook in hooks]
    return seen


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_what_is_kept_is_what_the_layers_of_the_ordinary_module_give(spec):
    students = Ensemble(spec, 12, 4, 0, seeds=[0, 1, 2])
    logits, kept = students.kept(columns(X))
    for run in range(3):
        expected = hooked(students.member(run), X)
        assert kept.keys() == expected.keys()
        for name, value in expected.items():
            torch.testing.assert_close(kept[name][run].movedim(-1, 0), value)
    assert torch.equal(logits, students.forward(columns(X)))  # to the last bit


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_what_is_kept_is_not_overwritten_on_the_way_and_carries_gradients(spec):
    students = Ensemble(spec, 12, 4, 0, seeds=[0, 1])
    kept = students.kept(columns(X).expand(2, 12, 7))[1]
    for before, after in zip(list(kept)[::2], list(kept)[1::2], strict=True):
        assert (kept[before] < 0).any()
        assert not torch.equal(kept[before], kept[after])
    roots = list(kept.values())
    torch.autograd.backward(roots, [torch.ones_like(root) for root in roots])
    assert not kept or all(
        one.grad is not None for name, one in students.parameters.items() if name in students_of(kept)
    )


def students_of(kept):
    """Names of the parameters behind what is kept."""
    return {f"{name}.{part}" for name in kept for part in ("weight", "bias")}


def test_free_logits_have_no_activations():
    students = Ensemble(Free(), 12, 4, 7, seeds=[0])
    assert students.kept(columns(X))[1] == {}


def test_the_map_makes_every_net_and_a_refusal_names_what_it_makes():
    assert {type(entry.make()) for entry in NETS.values()} == {MLP, Conv1d, Free}
    with pytest.raises(BadInput, match=r"net must be MLP\(\), Conv1d\(\) or Free\(\), got 'mlp'"):
        Plan(net="mlp")
