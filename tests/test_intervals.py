"""Student's t without scipy, and what twenty seeds may say."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdviz.core import intervals
from kdviz.core.check import BadInput


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 9, 10, 19, 39, 200])
@pytest.mark.parametrize("t", [0.0, 0.3, 1.0, 2.5, 12.0])
def test_the_sum_in_the_angle_is_the_incomplete_beta_function(degrees, t):
    x = mpmath.mpf(degrees) / (degrees + mpmath.mpf(t) ** 2)
    outside = mpmath.betainc(mpmath.mpf(degrees) / 2, mpmath.mpf(1) / 2, 0, x, regularized=True)
    assert intervals.inside(t, degrees) == pytest.approx(float(1 - outside), abs=1e-14)


@given(degrees=st.integers(1, 60), level=st.floats(0.01, 0.99))
def test_the_quantile_undoes_the_probability(degrees, level):
    assert intervals.inside(intervals.quantile(degrees, level), degrees) == pytest.approx(level, abs=1e-12)


def test_the_interval_holds_the_truth_in_95_of_100_samples():
    samples = np.random.default_rng(0).normal(3.0, 2.0, (20_000, 5))
    mean, half = intervals.mean_interval(samples, 1)
    assert np.mean(np.abs(mean - 3.0) <= half) == pytest.approx(0.95, abs=0.005)


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=8), st.floats(-10, 10))
def test_a_difference_is_decided_exactly_where_p_is_below_five_percent(values, shift):
    found = intervals.paired(np.array(values) + shift, np.zeros(len(values)))
    if abs(abs(found.mean) - found.half) > 1e-9:
        assert found.decided == (found.p < 0.05)
    back = intervals.paired(np.zeros(len(values)), np.array(values) + shift)
    assert (back.mean, back.half) == pytest.approx((-found.mean, found.half))


def test_pairing_takes_out_what_the_seeds_share():
    seeds = np.random.default_rng(1).normal(0, 5, 20)
    noise = np.random.default_rng(2).normal(0, 0.1, 20)
    assert intervals.paired(seeds + 1 + noise, seeds).decided
    assert intervals.mean_interval(seeds)[1] > 1


def test_one_run_has_no_interval():
    with pytest.raises(BadInput, match="one run has no interval"):
        intervals.mean_interval([1.0])
    with pytest.raises(BadInput, match="two seeds or more"):
        intervals.inside(1.0, 0)
