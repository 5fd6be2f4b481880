"""As printed in the source paper (arXiv 2109.06458v2), and as derived: the numbers that decide.

Every statement here is a sum or a comparison that anyone can repeat; names are equations of that paper.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdviz.core.limits import gap
from kdviz.losses import CE, KD, LM, CentredLM, PrintedLM
from tests.support.strategies import TOY, pairs, random_pair

modest = settings(max_examples=60, deadline=None)


def test_eq_7_on_a_pair_one_can_check_by_hand():
    g = gap(*TOY, 100.0)
    np.testing.assert_allclose(g.kd, (0.008, 0.007, 0.492, -0.507), atol=5e-4)
    np.testing.assert_allclose(g.limit, (0, 0, 0.5, -0.5), atol=1e-15)
    np.testing.assert_array_equal(g.printed, (-0.5, -0.5, 0, -1))
    np.testing.assert_array_equal(g.lm, (-0.25, -0.25, 0.25, -0.75))


@given(pairs(reach=10.0))
@modest
def test_eq_7_misses_the_limit_by_twice_the_offset_and_derived_does_not(pair):
    """At T = 1e9: derived minus is met, printed plus is 2(c_s − c_t)/K off in every class, LM half as far."""
    c, classes = pair[0].mean() - pair[1].mean(), len(pair[0])
    hot = KD(1e9).grad(*pair)
    np.testing.assert_allclose(hot, CentredLM().grad(*pair), rtol=0, atol=1e-6)
    np.testing.assert_allclose(PrintedLM().grad(*pair) - hot, 2 * c / classes, rtol=0, atol=1e-6)
    np.testing.assert_allclose(LM().grad(*pair) - hot, c / classes, rtol=0, atol=1e-6)


@given(pairs(), st.floats(0.1, 1e6))
@modest
def test_eq_7_as_printed_violates_eq_5(pair, T):
    """Eq. (5): KD's gradient sums to zero at every T, so its limit must; the printed one sums to 2(c_s − c_t)."""
    c = pair[0].mean() - pair[1].mean()
    g = gap(*pair, T)
    np.testing.assert_allclose([g.sum_kd, g.limit.sum()], 0, atol=1e-12)
    np.testing.assert_allclose([g.sum_lm, g.sum_printed], [c, 2 * c], rtol=1e-9, atol=1e-12)


@given(pairs(reach=10.0))
@modest
def test_equal_means_still_suffice(pair):
    """The conclusion survives: with equal means, printed, derived and LM are one."""
    student, teacher = pair[0] - pair[0].mean() + 1.0, pair[1] - pair[1].mean() + 1.0
    for loss in (PrintedLM(), LM()):
        np.testing.assert_allclose(loss.grad(student, teacher), CentredLM().grad(student, teacher), rtol=0, atol=1e-14)
        value = CentredLM().value(student, teacher)
        np.testing.assert_allclose(loss.value(student, teacher), value, rtol=1e-12, atol=1e-14)


@given(pairs(reach=10.0))
@modest
def test_eq_8_takes_the_offset_away(pair):
    """lim T² KL = L_LM − ½(c_s − c_t)²; printed is +, so the two differ by (c_s − c_t)²."""
    c = pair[0].mean() - pair[1].mean()
    hot = KD(1e9).value(*pair)
    np.testing.assert_allclose(hot, LM().value(*pair) - c**2 / 2, rtol=1e-9, atol=2e-6)
    np.testing.assert_allclose(PrintedLM().value(*pair) - hot, c**2, rtol=1e-9, atol=2e-6)


def test_eq_8_with_frozen_means_rests_where_the_sign_says():
    """Minimise L_LM ∓ (c_s − c_t) mean z at fixed c: mean c_s for minus, 2 c_t − c_s for the printed plus."""
    student, teacher = random_pair(6, 2.0)
    student, teacher = student - student.mean() + 2.0, teacher - teacher.mean() - 1.0
    c = student.mean() - teacher.mean()  # frozen at 3
    for sign, rest in ((-1, 2.0), (1, -4.0)):
        z = student.copy()
        for _ in range(2000):
            z -= 0.1 * (LM().grad(z, teacher) + sign * c / 6)
        np.testing.assert_allclose(z.mean(), rest, rtol=1e-10)


def test_a_sum_of_logits_is_no_l1_norm():
    """The extra term pushes all logits the same way; ℓ1 pulls each towards zero."""
    z, a = np.array([3.0, -2.0, 0.5]), 0.7
    step = 1e-6 * np.eye(3)
    total = [(a * (z + s).sum() - a * (z - s).sum()) / 2e-6 for s in step]
    norm = [(a * abs(z + s).sum() - a * abs(z - s).sum()) / 2e-6 for s in step]
    np.testing.assert_allclose(total, (0.7, 0.7, 0.7), rtol=1e-8)
    np.testing.assert_allclose(norm, (0.7, -0.7, 0.7), rtol=1e-8)
    # and a common shift is invisible to anything after a softmax
    np.testing.assert_allclose(KD(4.0).value(z + 5, TOY[0][:3]), KD(4.0).value(z, TOY[0][:3]), rtol=1e-13)


def test_b_4_is_false_as_printed():
    """Printed: log Σ exp z ≥ Σ z. Ten ones: 3.30 < 10."""
    z = np.ones(10)
    assert math.log(np.exp(z).sum()) == pytest.approx(3.3026, abs=1e-4) and z.sum() == 10
    rng = np.random.default_rng(0)
    for mean, share in ((0.0, 0.17), (0.3, 0.50), (1.0, 0.99)):
        many = rng.normal(mean, 1, (20_000, 10))
        assert np.mean(np.log(np.exp(many).sum(-1)) < many.sum(-1)) == pytest.approx(share, abs=0.02)


@given(st.lists(st.floats(-30, 30), min_size=2, max_size=20).map(np.array))
def test_b_4_holds_with_the_mean_and_log_k(z):
    """Jensen: log Σ exp z ≥ log K + mean z; hence CE ≥ log K − (z_y − c), and printed (B.4) where mean z ≤ 0."""
    total = math.log(np.exp(z).sum())
    assert total >= math.log(len(z)) + z.mean() - 1e-12
    assert CE().value(z, labels=0) >= math.log(len(z)) - (z[0] - z.mean()) - 1e-12
    if z.mean() <= 0:
        assert total >= z.sum() - 1e-12


def test_the_mean_direction_is_a_kth_of_the_difference():
    """For independent differences it holds 1/K of the squared distance: small K exaggerates it, K = 100 hides it."""
    rng = np.random.default_rng(0)
    for classes, share in ((2, 0.5), (3, 0.33), (10, 0.10), (100, 0.010)):
        d = rng.normal(size=(20_000, classes))
        held = classes * d.mean(-1) ** 2
        assert held.mean() / (d**2).sum(-1).mean() == pytest.approx(share, rel=0.05)
