"""The laws of chance without scipy, which checks them, and what twenty seeds may say."""

import subprocess
import sys
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from kdviz.core import heads, intervals
from kdviz.core.check import BadInput

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 9, 10, 19, 39, 200])
@pytest.mark.parametrize("t", [0.0, 0.3, 1.0, 2.5, 12.0])
def test_the_sum_in_the_angle_is_the_incomplete_beta_function(degrees, t):
    x = mpmath.mpf(degrees) / (degrees + mpmath.mpf(t) ** 2)
    outside = mpmath.betainc(mpmath.mpf(degrees) / 2, mpmath.mpf(1) / 2, 0, x, regularized=True)
    assert intervals.inside(t, degrees) == pytest.approx(float(1 - outside), abs=1e-14)


@given(degrees=st.integers(1, 200), t=st.floats(0, 60), level=st.floats(0.01, 0.999))
def test_students_t_is_that_of_scipy(degrees, t, level):
    assert 1 - intervals.inside(t, degrees) == pytest.approx(2 * special.stdtr(degrees, -t), abs=1e-13)
    assert intervals.quantile(degrees, level) == pytest.approx(special.stdtrit(degrees, (1 + level) / 2), rel=1e-9)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=6))
def test_the_chance_to_lie_so_close_is_the_chi_square_law_of_scipy(half):
    scores = np.array([*half, *half])
    law = special.gammainc(len(half), (scores**2).sum() / 2)
    assert float(heads.too_close(scores)) == pytest.approx(law, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("slug", ["05_training_race", "06_initialisation"])
def test_a_page_that_needs_the_laws_loads_no_scipy(slug):
    code = f"""
import sys
from kdviz.pages.catalogue import load
page = load({slug!r})
page.verdict(page.compute(page.params())), page.tasks
sys.exit([name for name in sys.modules if name.startswith("scipy")] or 0)
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


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
