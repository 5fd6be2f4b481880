"""The training benchmark compares like with like, and the memory it reports is held to its goal."""

from dataclasses import replace

import pytest
import torch

from benchmarks import loops, training
from kdviz.losses import CE, KD, LM
from kdviz.train.fit import Plan, Run, fit

torch.set_num_threads(1)


@pytest.mark.parametrize("loss", [CE(), KD(4.0), LM()], ids=str)
def test_the_loops_it_is_compared_with_train_the_same_student(loss):
    draw = torch.Generator().manual_seed(0)
    x, y = torch.randn(50, 64, generator=draw), torch.randint(0, 10, (50,), generator=draw)
    by_eye = torch.randn(64, 10, generator=draw) / 3
    zt, run, plan = x @ by_eye, Run(loss, 7), Plan(steps=20, every=20)
    students = {
        "cosine": loops.usual(run, x, y, lambda images: images @ by_eye, 20),
        "constant": loops.lean(run, x, y, zt, 20),
    }
    for schedule, student in students.items():
        *_, last = fit([run], replace(plan, schedule=schedule), x, y, zt)
        torch.testing.assert_close(student(x).detach(), last.students.logits(x)[0].mT, rtol=1e-3, atol=1e-3)


def test_the_default_race_needs_no_more_memory_than_promised():
    row = training.memory()
    assert row.met, row


def test_the_share_of_the_peak_is_reported():
    rates = training.rates(8, 4, 3, 5, rounds=2)
    assert all(rate > 0 for rate in rates)
