"""What the pages claim about real students, trained anew: 20 paired seeds of 64-32-10 on digits."""

import numpy as np
import pytest
import torch

from kdviz.core.intervals import paired
from kdviz.losses import CE, KD, LM
from kdviz.problems.digits import digits
from kdviz.problems.transfer import transfer_sets
from kdviz.train.fit import Plan, Run, fit
from kdviz.train.measure import evaluate
from kdviz.train.teachers import recentred, teacher

torch.set_num_threads(1)
SEEDS = range(20)
INFINITE = KD(float("inf"))


@pytest.fixture(scope="module")
def problem():
    """The digits and their teacher."""
    data = digits()
    return data, teacher(data)


def scores(problem, losses, n=100, teacher_means=(None,), missing=None):
    """Accuracy in points (losses × teacher_means, seeds) and accuracy by class (…, seeds, K)."""
    data, taught = problem
    index, labels = transfer_sets(data, n, SEEDS, missing=missing)
    entries = [(loss, mean) for loss in losses for mean in teacher_means]
    runs = [Run(loss, seed) for seed in SEEDS for loss, _ in entries]
    sets = [i // len(entries) for i in range(len(runs))]
    targets = torch.stack([recentred(taught.train[index[s]], mean) for s in SEEDS for _, mean in entries])
    plan = Plan(batch=min(n, 100), every=300)
    *_, last = fit(runs, plan, data.x[index[sets]], labels[sets], targets, watch=evaluate(data, taught.test))
    accuracy = 100 * last.measured["accuracy"].reshape(len(SEEDS), -1).T
    return accuracy, last.measured["per_class"].reshape(len(SEEDS), len(entries), -1).swapaxes(0, 1)


def test_with_a_hundred_images_soft_targets_gain_six_and_a_half_points(problem):
    (baseline, soft), _ = scores(problem, [CE(), KD(8.0)])
    gain = paired(soft, baseline)
    assert gain.decided
    assert abs(gain.mean - 6.5) <= 1


def test_with_all_labels_the_gain_is_gone(problem):
    (baseline, soft), _ = scores(problem, [CE(), KD(8.0)], n=1200)
    gain = paired(soft, baseline)
    assert gain.mean - gain.half <= 0
    assert gain.mean <= 0.2


def test_infinite_temperature_against_logits_matching_is_a_matter_of_the_teachers_mean_logit(problem):
    accuracy, _ = scores(problem, [INFINITE, LM()], teacher_means=(0.0, 20.0))
    kd, kd_moved, lm, lm_moved = accuracy
    assert np.abs(kd - kd_moved).max() <= 1.0  # the same students up to rounding
    assert abs(paired(kd, lm).mean) <= 0.3
    moved = paired(kd_moved, lm_moved)
    assert moved.decided
    assert moved.mean > 5


def test_a_class_that_no_image_shows_is_learnt_from_the_soft_targets(problem):
    _, by_class = scores(problem, [CE(), KD(1.0), KD(8.0)], n=500, missing=3)
    baseline, plain, soft = by_class[:, :, 3].mean(1)
    assert baseline == 0
    assert plain < soft
    assert soft > 0.8
