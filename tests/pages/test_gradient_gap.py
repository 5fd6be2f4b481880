"""What page 02 says and answers, checked against the backend and by hand."""

import re

import numpy as np
import pytest

from kdviz import losses
from kdviz.core import kernel, limits
from kdviz.pages.catalogue import load
from kdviz.pages.controls import SWEEP
from kdviz.words import numerals
from tests.support.pages import result

GAP = load("02_gradient_gap")


def test_gap_predict_is_right():
    r = result(GAP, "T=1000000&cs=2&ct=0")
    away = r.now.kd - r.now.lm
    np.testing.assert_allclose(away, -2 / 10, atol=1e-5)
    assert GAP.predict.answer == 1


@pytest.mark.parametrize("state", ["", "T=4&cs=0&ct=0", "T=100&cs=2&ct=-1&K=1000&printed=1", "K=2&T=3", "T=0.05"])
def test_gap_says_what_it_computed(state):
    r = result(GAP, state)
    verdict, now = GAP.verdict(r), limits.gap(r.student, r.teacher, r.params.temperature)
    kd = kernel.kd_grad(r.student, r.teacher, r.params.temperature)
    limit = losses.CentredLM().grad(r.student, r.teacher)
    lm = losses.LM().grad(r.student, r.teacher)
    assert numerals.percent(np.linalg.norm(kd - limit) / np.linalg.norm(limit)) in verdict
    if r.params.student_mean != r.params.teacher_mean:
        assert numerals.percent(np.linalg.norm(kd - lm) / np.linalg.norm(lm)) in verdict
        assert numerals.share(float(now.mean_share)) in verdict
        assert f"{numerals.percent(np.linalg.norm(limit - lm) / np.linalg.norm(lm))} stay" in verdict
    assert numerals.number(float(limits.temperature_for(r.student, r.teacher, 0.01))) in verdict
    assert ("1/T²" in verdict) == (len(r.student) == 2)
    if r.params.printed:
        assert numerals.number(losses.PrintedLM().grad(r.student, r.teacher).sum()) in verdict


def test_with_a_thousand_classes_the_means_are_most_of_the_gap():
    r = result(GAP, GAP.presets["many-classes"].query)
    assert float(r.now.mean_share) > 0.9 and len(r.student) == 1000
    np.testing.assert_allclose(r.now.limit - r.now.lm, -(r.params.student_mean - r.params.teacher_mean) / 1000)


def test_the_gap_stays_below_one_percent_from_the_temperature_of_the_verdict_on():
    """Below it the gap may be smaller once: it need not fall steadily."""
    typed = "family=typed&zs=-1.4 -3 5.2&zt=-0.5 5.7 -2.1&cs=0&ct=0&T=4.54"
    r = result(GAP, typed)
    assert float(r.now.relative) < 0.01 and "stays below 1 % from T = 76.2" in GAP.verdict(r)
    later = limits.gap(r.student, r.teacher, np.geomspace(77, 1e6, 200)).relative
    assert (later < 0.01).all() and limits.gap(r.student, r.teacher, 20.0).relative > 0.01


@pytest.mark.parametrize("state", ["", "K=2&cs=3", "K=1000&cs=-1&ct=1", "sigma=20", "family=heavy tail&seed=3"])
def test_gap_curves_are_the_backends(state):
    r = result(GAP, state)
    exact = limits.gap(r.student, r.teacher, SWEEP.grid)
    np.testing.assert_allclose(r.curves.to_limit, exact.relative, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(r.curves.to_lm, exact.relative_lm, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(r.curves.law, exact.first_order, rtol=1e-6)
    assert (r.curves.bound >= r.curves.to_limit * (1 - 1e-9)).all()
    assert r.curves.close_from == pytest.approx(float(limits.temperature_for(r.student, r.teacher, 0.01)), rel=1e-3)


def test_gap_sums_on_the_meters():
    r = result(GAP, "T=7&cs=2&ct=-1&printed=1")
    sums = {gauge.label: gauge for gauge in GAP.gauges(r)}
    assert sums["Σ KD"].text == "0"
    assert sums["Σ LM"].value == pytest.approx(3)
    assert sums["Σ as printed"].value == pytest.approx(6)
    assert sums["cosine of KD and LM"].value == pytest.approx(
        float(r.now.kd @ r.now.lm / np.linalg.norm(r.now.kd) / np.linalg.norm(r.now.lm))
    )


def test_gap_answers():
    by_t = {t: result(GAP, f"T={t}&cs=0&ct=0").now.relative for t in (30, 60)}
    assert by_t[30] / by_t[60] == pytest.approx(2, rel=0.05)
    assert all(numerals.percent(float(gap)) in GAP.tasks[0].answer for gap in by_t.values())
    five = float(re.search(r"T = (\d+\.?\d+)", GAP.tasks[1].answer)[1])
    assert result(GAP, f"T={five}&cs=0&ct=0").now.relative == pytest.approx(0.05, rel=0.01)
    two = [result(GAP, f"T={t}&cs=0&ct=0&K=2").now.relative for t in (30, 60)]
    assert two[0] / two[1] == pytest.approx(4, rel=0.02)
    now = result(GAP, GAP.presets["sign-test"].query).now
    assert (float(now.sum_lm), float(now.sum_printed)) == pytest.approx((2, 4))
    assert "2.00" in GAP.tasks[3].answer
    assert "4.00" in GAP.tasks[3].answer
    rough = result(GAP, GAP.presets["float32-floor"].query)
    assert rough.naive > 1000 * rough.now.relative
    assert numerals.percent(rough.naive) in GAP.tasks[4].answer
    assert numerals.percent(rough.naive) in GAP.verdict(rough)


def test_gap_of_equal_networks():
    verdict = GAP.verdict(result(GAP, "family=typed&zs=1 2 3&zt=1 2 3&cs=2&ct=0"))
    assert "zero in every class" in verdict
    assert "0.667" in verdict
