"""What training refuses, before the first step, and the cure that it names."""

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr

from kdviz.core.check import BadInput
from kdviz.losses import CE, KD
from kdviz.losses.base import Loss
from kdviz.problems.cifar import cifar
from kdviz.problems.data import pick
from kdviz.problems.digits import digits
from kdviz.problems.synthetic import hierarchy, mnist1d
from kdviz.problems.transfer import transfer_sets
from kdviz.train import saved
from kdviz.train.fit import Plan, Run, fit
from kdviz.train.grouped import Grouped
from kdviz.train.measure import evaluate
from kdviz.train.nets import MLP, Conv1d, Free
from kdviz.train.optimisers import SGD, Adam
from kdviz.train.teachers import teacher

torch.set_num_threads(1)
DATA = digits()
X, Y, Z = DATA.x[:20], DATA.y[:20], torch.zeros(20, 10)
SMALL = MLP((8,))
NAN = X.clone()
NAN[3, 2] = torch.nan


class Slopeless(Loss):
    """A loss of somebody's own, half written."""

    def value(self, student_logits, teacher_logits, labels=None, *, axis=-1):
        """Nothing."""
        return 0 * student_logits.sum(axis)


def start(net=SMALL):
    """The first record of a training."""
    return next(fit([Run()], Plan(net), X, Y, Z))


REFUSED = {
    "unknown loss": (lambda: fit([Run("kd")], Plan(), X, Y, Z), "KD\\(4.0\\)"),
    "no runs": (lambda: fit([], Plan(), X, Y, Z), "at least one Run"),
    "T = 0": (lambda: fit([Run(KD(0.0))], Plan(), X, Y, Z), "hard labels"),
    "many T": (lambda: fit([Run(KD([1.0, 2.0]))], Plan(), X, Y, Z), "one Run per temperature"),
    "lr": (lambda: fit([Run(lr=0.0)], Plan(), X, Y, Z), "0.01 is usual"),
    "NaN": (lambda: fit([Run()], Plan(), NAN, Y, Z), "remove or repair"),
    "labels": (lambda: fit([Run(CE())], Plan(), X, Y + 5, Z), "count classes from 0"),
    "negative labels": (lambda: fit([Run(CE())], Plan(), X, Y - 5), "leave them out"),
    "too few classes": (lambda: fit([Run(CE())], Plan(), X, Y, classes=5), "0 .. 4"),
    "classes of nobody": (lambda: fit([Run()], Plan(), X, Y, Z, classes=7), "teacher_logits"),
    "no labels": (lambda: fit([Run(CE())], Plan(), X, None, Z), "one class index"),
    "no teacher": (lambda: fit([Run()], Plan(), X, Y), "a loss on labels, like CE\\(\\), needs none"),
    "teacher of others": (lambda: fit([Run()], Plan(), X, Y, Z[:9]), "20 samples"),
    "teacher of other K": (lambda: fit([Run(0.5 * CE() + 0.5 * KD())], Plan(), X, Y, Z[:, :4]), "0 .. 3"),
    "teacher for other runs": (lambda: fit([Run()], Plan(), X, Y, Z.expand(3, 20, 10)), "1 × 20"),
    "x for other runs": (lambda: fit([Run()], Plan(), X.expand(2, 20, 64), Y, Z), "pass \\(n, D\\)"),
    "batch": (lambda: fit([Run()], Plan(batch=21), X, Y, Z), "1 .. 20"),
    "half a batch": (lambda: Plan(batch=1.5), "batch must be a whole number .* None takes all"),
    "steps": (lambda: fit([Run()], Plan(steps=0), X, Y, Z), "at least 1"),
    "yes for steps": (lambda: Plan(steps=True), "steps must be a whole number"),
    "order": (lambda: Plan(order=-1), "order must be a whole number"),
    "half a seed": (lambda: Run(seed=1.5), "seed must be a whole number in 0 .. 4294967295, got 1.5"),
    "a seed that comes again": (lambda: Run(seed=2**32), "seed must be a whole number"),
    "a negative seed": (lambda: Run(seed=-1), "seed must be a whole number"),
    "seed of a set": (lambda: transfer_sets(DATA, 10, [0.5]), "seed must be a whole number"),
    "one seed": (lambda: transfer_sets(DATA, 10, 3), "write range\\(20\\) or \\[3\\]"),
    "seed of a network": (lambda: Grouped("ResNet-8", [1.5]), "seed must be a whole number"),
    "seed of another network": (lambda: Grouped("ResNet-8", [2**24]), "share random numbers"),
    "one run": (lambda: fit(Run(), Plan(), X, Y, Z), "runs must be a list of Run, .* write \\[Run"),
    "a loss for a run": (lambda: fit([KD()], Plan(), X, Y, Z), "Run\\(KD\\(4.0\\), seed=0\\)"),
    "no plan": (lambda: fit([Run()], None, X, Y, Z), "Plan\\(\\) is 300 steps"),
    "class of a plan": (lambda: fit([Run()], Plan, X, Y, Z), "plan must be a Plan"),
    "class of a loss": (lambda: Run(KD), "write KD\\(\\) for a value"),
    "class of a net": (lambda: Plan(net=MLP), "net must be MLP\\(\\)"),
    "loss without a slope": (lambda: Run(Slopeless()), "without grad; write grad\\(self, student_logits"),
    "watch": (lambda: fit([Run()], Plan(), X, Y, Z, watch=3), "watch must be a function"),
    "seen by watch": (lambda: next(fit([Run()], Plan(), X, Y, Z, watch=len)), "watch must return a dict"),
    "seen of others": (lambda: next(fit([Run()], Plan(), X, Y, Z, watch=lambda s: {"a": [1, 2]})), "arrays of 1 runs"),
    "half precision": (lambda: fit([Run()], Plan(), X, Y, Z, dtype=torch.float16), "train in float32 and convert"),
    "bfloat16": (lambda: fit([Run()], Plan(), X, Y, Z, dtype=torch.bfloat16), "train in float32 and convert"),
    "whole numbers": (lambda: fit([Run()], Plan(), X, Y, Z, dtype="int64"), "torch.float32 or torch.float64"),
    "no precision": (lambda: fit([Run()], Plan(), X, Y, Z, dtype=None), "torch.float32 or torch.float64"),
    "NaN labels": (lambda: fit([Run(CE())], Plan(), X, torch.full((20,), torch.nan)), "labels must be whole numbers"),
    "ignored labels": (lambda: fit([Run(CE())], Plan(), X, Y.index_fill(0, Y[:1], -100)), "-100 marks samples without"),
    "labels from 1": (lambda: fit([Run(CE())], Plan(), X, Y + 1, Z), "count classes from 0: labels - 1"),
    "labels in a column": (lambda: fit([Run(CE())], Plan(), X, Y[:, None]), "labels.squeeze\\(1\\)"),
    "labels as rows": (lambda: fit([Run(CE())], Plan(), X, torch.eye(10)[Y]), "labels.argmax\\(1\\)"),
    "half a class": (lambda: fit([Run(CE())], Plan(), X, Y, classes=10.5), "classes must be a whole number"),
    "teacher on its side": (lambda: fit([Run()], Plan(), X, Y, Z.mT), "teacher_logits.mT"),
    "teacher beyond float32": (lambda: fit([Run()], Plan(), X, Y, Z.double() + 1e50), "teacher_logits must be finite"),
    "one number per sample": (lambda: fit([Run()], Plan(), X[:, 0], Y, Z), "x\\[:, None\\]"),
    "images": (lambda: fit([Run()], Plan(), X.reshape(20, 1, 8, 8), Y, Z), "x.flatten\\(1\\)"),
    "grey images": (lambda: fit([Run()], Plan(), X.reshape(20, 8, 8), Y, Z), "x.flatten\\(1\\)"),
    "sparse": (lambda: fit([Run()], Plan(), X.to_sparse(), Y, Z), "x.to_dense\\(\\)"),
    "meta": (lambda: fit([Run()], Plan(), X, Y, Z.to("meta")), "meta tensor holds no numbers"),
    "meta labels": (lambda: fit([Run(CE())], Plan(), X, Y.to("meta")), "meta tensor holds no numbers"),
    "complex": (lambda: fit([Run()], Plan(), X + 0j, Y, Z), "x must be real numbers"),
    "masked": (lambda: fit([Run()], Plan(), np.ma.masked_array(X.numpy(), X.numpy() > 0), Y, Z), "filled"),
    "ragged": (lambda: fit([Run()], Plan(), [[1.0], [1.0, 2.0]], Y, Z), "array of numbers"),
    "names of classes": (lambda: fit([Run(CE())], Plan(), X, ["seven"] * 20), "array of numbers"),
    "member": (lambda: start().students.member("a"), "run must be a whole number in -1 .. 0, got 'a'"),
    "member of others": (lambda: start().students.member(1), "run must be a whole number"),
    "member of no net": (lambda: start(Free()).students.member(0), "has no module"),
    "a width": (lambda: MLP(8), "write \\(8,\\)"),
    "a channel": (lambda: Conv1d(8), "write \\(8,\\)"),
    "betas": (lambda: Adam(betas=0.9), "betas must be two numbers"),
    "data": (lambda: teacher(X), "data must be a data set"),
    "teacher of the training set": (lambda: evaluate(DATA, Z), "teacher\\(data\\).test"),
    "state": (lambda: fit([Run()], Plan(), X, Y, Z, resume=[]).__next__(), "Record.state\\(\\) gave, got list"),
    "part of a state": (lambda: fit([Run()], Plan(), X, Y, Z, resume={}).__next__(), "one without parameters/0.weight"),
    "no folder": (lambda: saved.save("/no/such/folder/file", {}), "make the folder first"),
    "a folder": (lambda: saved.load("/"), "which is a folder"),
    "no path": (lambda: saved.load(None), "path must be a path"),
    "no tensors": (lambda: saved.save("/tmp/file", {"a": 3}), "flat dict of tensors"),
    "nobody's home": (lambda: saved.load("~nobody-of-that-name/x"), "whose ~ is nobody's home"),
    "no CIFAR at home": (lambda: cifar("~"), "unpack the Python version"),
    "schedule": (lambda: fit([Run()], Plan(schedule="linear"), X, Y, Z), "constant, cosine"),
    "optimiser": (lambda: fit([Run()], Plan(optimiser="adam"), X, Y, Z), "AdamW"),
    "net": (lambda: fit([Run()], Plan(net="mlp"), X, Y, Z), "MLP"),
    "words": (lambda: fit([Run()], Plan(), "x", Y, Z), "array of numbers"),
    "hidden": (lambda: MLP((0,)), "linear student"),
    "centre": (lambda: MLP((), "yes"), "no, init, forward"),
    "kernel": (lambda: Conv1d((8,), 4), "odd"),
    "momentum": (lambda: SGD(momentum=1.0), "0.9 is usual"),
    "nesterov": (lambda: SGD(nesterov=True), "momentum=0.9"),
    "decay": (lambda: Adam(weight_decay=-1), "0 is none"),
    "n": (lambda: transfer_sets(DATA, 1201, [0]), "1 .. 1200"),
    "noise": (lambda: transfer_sets(DATA, 10, [0], noise=2), "every fifth"),
    "missing": (lambda: transfer_sets(DATA, 10, [0], missing=10), "0 .. 9"),
    "empty class": (lambda: transfer_sets(DATA._replace(y=DATA.y.clamp(min=1)), 10, [0]), "name it in missing"),
    "classes": (lambda: hierarchy(1), "every class needs a sample"),
    "few": (lambda: mnist1d(n=0), "4000"),
    "device": (lambda: pick("abacus"), "auto"),
    "folder": (lambda: cifar("/no/such/folder"), "unpack the Python version"),
    "file": (lambda: saved.load("/no/such/file"), "does not exist"),
}


@pytest.mark.parametrize(("call", "cure"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused_at_once_with_its_cure(call, cure):
    with pytest.raises(BadInput, match=cure):
        call()


def test_a_state_of_other_runs_and_a_file_of_other_content_are_refused(tmp_path):
    state = next(fit([Run()], Plan(), X, Y, Z)).state()
    for runs, plan in (([Run(seed=1)], Plan()), ([Run()], Plan(batch=5)), ([Run()], Plan(SMALL))):
        with pytest.raises(BadInput, match="start anew"):
            next(fit(runs, plan, X, Y, Z, resume=state))
    (tmp_path / "other").write_bytes(b"words")
    with pytest.raises(BadInput, match="safetensors"):
        saved.load(tmp_path / "other")


KINDS = {
    "lists": lambda a: a.tolist(),
    "an array": lambda a: a.numpy(),
    "read backwards": lambda a: np.ascontiguousarray(a.numpy()[::-1])[::-1],
    "the other byte order": lambda a: a.numpy().astype(a.numpy().dtype.newbyteorder(">")),
    "read-only": lambda a: np.broadcast_to(a.numpy(), a.shape),
    "long double or unsigned": lambda a: a.numpy().astype("g" if a.is_floating_point() else np.uint64),
    "a table": lambda a: pd.DataFrame(a.numpy()) if a.ndim == 2 else pd.Series(a.numpy()),
    "a labelled array": lambda a: xr.DataArray(a.numpy()),
    "a tensor with a graph": lambda a: a.clone().requires_grad_() * 1 if a.is_floating_point() else a,
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_data_of_any_kind_train_the_same_student(kind):
    teacher_logits = torch.linspace(-2, 2, 200).reshape(20, 10)
    expected, found = (
        [*fit([Run(0.5 * CE() + 0.5 * KD())], Plan(SMALL, steps=3, every=3), *data)][-1].students.parameters["0.weight"]
        for data in ((X, Y, teacher_logits), map(kind, (X, Y, teacher_logits)))
    )
    assert torch.equal(expected, found)


def test_equal_numbers_of_any_type_make_equal_plans():
    of_numpy = Plan(MLP(np.array([8])), SGD(np.float64(0.5)), np.int64(3), np.int32(2), order=np.uint8(1))
    assert of_numpy == Plan(MLP((8,)), SGD(0.5), 3, 2, order=1)
    assert repr(of_numpy) == repr(Plan(MLP((8,)), SGD(0.5), 3, 2, order=1))
    assert Run(KD(), np.int64(3), np.float64(0.5)) == Run(KD(), torch.tensor(3), 0.5)
    for dtype in (torch.float64, "float64", np.float64, np.dtype("f8")):
        assert next(fit([Run()], Plan(), X, Y, Z, dtype=dtype)).students.parameters["0.weight"].dtype == torch.float64


@pytest.mark.filterwarnings("ignore:Sparse:UserWarning")
def test_a_saved_file_appears_whole_or_not_at_all_and_home_is_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    state = {"a": torch.zeros(3)}
    state["b"] = state["a"]  # one memory, two names
    assert saved.save("~/run.safetensors", state) == tmp_path / "run.safetensors"
    assert sorted(saved.load("~/run.safetensors")) == ["a", "b"]
    with pytest.raises(BadInput, match="JSON"):
        saved.save("~/run.safetensors", state, when={1, 2})
    assert [path.name for path in tmp_path.iterdir()] == ["run.safetensors"]
