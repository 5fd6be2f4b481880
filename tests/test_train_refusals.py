"""What training refuses, before the first step, and the cure that it names."""

from dataclasses import replace

import pytest
import torch

from kdviz.core.check import BadInput
from kdviz.core.losses import CE, KD
from kdviz.train import saved
from kdviz.train.cifar import cifar
from kdviz.train.data import digits, transfer_sets
from kdviz.train.device import pick
from kdviz.train.fit import Plan, Run, fit
from kdviz.train.nets import MLP, Conv1d
from kdviz.train.optimisers import SGD, Adam
from kdviz.train.synthetic import hierarchy, mnist1d

torch.set_num_threads(1)
DATA = digits()
X, Y, Z = DATA.x[:20], DATA.y[:20], torch.zeros(20, 10)
NAN = X.clone()
NAN[3, 2] = torch.nan
REFUSED = {
    "unknown loss": (lambda: fit([Run("kd")], Plan(), X, Y, Z), "KD\\(4.0\\)"),
    "no runs": (lambda: fit([], Plan(), X, Y, Z), "at least one Run"),
    "T = 0": (lambda: fit([Run(KD(0.0))], Plan(), X, Y, Z), "hard labels"),
    "many T": (lambda: fit([Run(KD([1.0, 2.0]))], Plan(), X, Y, Z), "one Run per temperature"),
    "lr": (lambda: fit([Run(lr=0.0)], Plan(), X, Y, Z), "0.01 is usual"),
    "NaN": (lambda: fit([Run()], Plan(), NAN, Y, Z), "remove or repair"),
    "labels": (lambda: fit([Run(CE())], Plan(), X, Y + 5, Z), "count classes from 0"),
    "negative labels": (lambda: fit([Run(CE())], Plan(), X, Y - 5), "count classes from 0"),
    "too few classes": (lambda: fit([Run(CE())], Plan(), X, Y, classes=5), "0 .. 4"),
    "classes of nobody": (lambda: fit([Run()], Plan(), X, Y, Z, classes=7), "teacher_logits"),
    "no labels": (lambda: fit([Run(CE())], Plan(), X, None, Z), "one class index"),
    "no teacher": (lambda: fit([Run()], Plan(), X, Y), "only CE"),
    "teacher of others": (lambda: fit([Run()], Plan(), X, Y, Z[:9]), "20 samples"),
    "teacher of other K": (lambda: fit([Run(0.5 * CE() + 0.5 * KD())], Plan(), X, Y, Z[:, :4]), "0 .. 3"),
    "teacher for other runs": (lambda: fit([Run()], Plan(), X, Y, Z.expand(3, 20, 10)), "1 × 20"),
    "x for other runs": (lambda: fit([Run()], Plan(), X.expand(2, 20, 64), Y, Z), "pass \\(n, D\\)"),
    "batch": (lambda: fit([Run()], Plan(batch=21), X, Y, Z), "1 .. 20"),
    "steps": (lambda: fit([Run()], Plan(steps=0), X, Y, Z), "at least 1"),
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
    for runs, plan in (([Run(seed=1)], Plan()), ([Run()], replace(Plan(), steps=2))):
        with pytest.raises(BadInput, match="start anew"):
            next(fit(runs, plan, X, Y, Z, resume=state))
    (tmp_path / "other").write_bytes(b"words")
    with pytest.raises(BadInput, match="safetensors"):
        saved.load(tmp_path / "other")
