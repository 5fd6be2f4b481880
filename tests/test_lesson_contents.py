"""What pages 02 and 03 say and answer, checked against the backend and by hand."""

import re

import numpy as np
import pytest

from kdviz.core import kernel, limits, losses
from kdviz.pages.catalogue import load
from kdviz.pages.controls import SWEEP
from kdviz.words import numerals as say
from tests.support.pages import result

GAP, OFFSET = load("02_gradient_gap"), load("03_mean_offset")


# 02 gradient gap


def test_gap_predict_is_right():
    r = result(GAP, "T=1000000&cs=2&ct=0")
    away = r.now.kd - r.now.lm
    np.testing.assert_allclose(away, -2 / 10, atol=1e-5)
    assert GAP.predict.answer == 1


@pytest.mark.parametrize("state", ["", "T=4&cs=0&ct=0", "T=100&cs=2&ct=-1&K=1000&printed=1", "K=2&T=3", "T=0.05"])
def test_gap_says_what_it_computed(state):
    r = result(GAP, state)
    told, now = GAP.verdict(r), limits.gap(r.student, r.teacher, r.params.temperature)
    kd = kernel.kd_grad(r.student, r.teacher, r.params.temperature)
    limit = losses.CentredLM().grad(r.student, r.teacher)
    lm = losses.LM().grad(r.student, r.teacher)
    assert say.percent(np.linalg.norm(kd - limit) / np.linalg.norm(limit)) in told
    if r.params.student_mean != r.params.teacher_mean:
        assert say.percent(np.linalg.norm(kd - lm) / np.linalg.norm(lm)) in told
        assert say.share(float(now.mean_share)) in told
        assert f"{say.percent(np.linalg.norm(limit - lm) / np.linalg.norm(lm))} stay" in told
    assert say.number(float(limits.temperature_for(r.student, r.teacher, 0.01))) in told
    assert ("1/T²" in told) == (len(r.student) == 2)
    if r.params.printed:
        assert say.number(losses.PrintedLM().grad(r.student, r.teacher).sum()) in told


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
    assert all(say.percent(float(gap)) in GAP.tasks[0].answer for gap in by_t.values())
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
    assert say.percent(rough.naive) in GAP.tasks[4].answer
    assert say.percent(rough.naive) in GAP.verdict(rough)


def test_gap_of_equal_networks():
    told = GAP.verdict(result(GAP, "family=typed&zs=1 2 3&zt=1 2 3&cs=2&ct=0"))
    assert "zero in every class" in told
    assert "0.667" in told


# 03 mean offset


def test_offset_curve_has_the_slope_of_eq_7_and_of_eq_8_with_fixed_means():
    r = result(OFFSET, "cs=1.5&ct=-0.5&printed=1")
    named = {trace["name"]: trace for trace in OFFSET.figures[0](r)["data"]}
    drawn = named["LM + ½(c<sub>s</sub> − c<sub>t</sub>)² (from Eq. 7)"]
    np.testing.assert_allclose(drawn["y"], r.along.lm + (r.along.mean + 0.5) ** 2 / 2, rtol=1e-11)
    slope = losses.PrintedLM().grad(r.student, r.teacher)
    count = len(r.student)
    np.testing.assert_allclose(slope, (r.student - r.teacher + 2.0) / count, rtol=1e-12)  # Eq. 7
    eq_8 = losses.LM().grad(r.student, r.teacher) + 2.0 / count  # slope of (c_s - c_t)/K Σ z_s, c fixed
    np.testing.assert_allclose(slope, eq_8, rtol=1e-12)


def test_offset_quotes_nothing_that_the_paper_does_not_say():
    assert "“similar" not in OFFSET.tasks[4].question


def test_offset_predict_is_right():
    before, after = result(OFFSET, "cs=0&ct=0&T=3"), result(OFFSET, "cs=5&ct=0&T=3")
    assert after.kd == pytest.approx(before.kd, rel=1e-12)
    assert after.lm > before.lm + 10
    assert OFFSET.predict.answer == 2


@pytest.mark.parametrize("state", ["", "T=inf&cs=3", "K=1000&T=50", "K=2&cs=-5&ct=5"])
def test_offset_says_what_it_computed(state):
    r = result(OFFSET, state)
    told, d = OFFSET.verdict(r), r.params.student_mean - r.params.teacher_mean
    lm, centred = (float(loss.value(r.student, r.teacher)) for loss in (losses.LM(), losses.CentredLM()))
    assert lm - centred == pytest.approx(d * d / 2)
    assert say.number(centred) in told
    assert say.number(float(kernel.kd_value(r.student, r.teacher, r.params.temperature))) in told
    assert say.number(-d / len(r.student)) in told
    assert say.percent(float(limits.gap(r.student, r.teacher, r.params.temperature).relative_lm)) in told


def test_offset_losses_along_the_ones():
    r = result(OFFSET, "T=3&ct=1.5")
    moved = r.student - r.student.mean() + r.along.mean[:, None]
    np.testing.assert_allclose(r.kd_along, kernel.kd_value(moved, r.teacher, 3.0), rtol=1e-11)
    np.testing.assert_allclose(r.along.centred, r.centred, rtol=1e-11)
    np.testing.assert_allclose(r.along.lm, r.centred + (r.along.mean - 1.5) ** 2 / 2, rtol=1e-11)
    np.testing.assert_allclose(r.along.printed, r.centred + (r.along.mean - 1.5) ** 2, rtol=1e-11)


@pytest.mark.parametrize("state", ["", "K=2", "K=100&sigma=7"])
def test_offset_map_is_the_backends(state):
    r = result(OFFSET, state)
    centred = r.student - r.student.mean()
    for row in (0, 7, 10, 15):
        moved = centred + r.teacher.mean() + r.map.mean_gap[row]
        exact = limits.gap(moved, r.teacher, r.sigma * 10**r.map.place).relative_lm
        np.testing.assert_allclose(r.map.gap[row], exact, rtol=1e-6, atol=1e-12)


def test_offset_lines_lie_at_their_level():
    r = result(OFFSET, "")
    for level, line in zip((0.01, 0.1, 0.5), r.map.levels, strict=True):
        shown = np.isfinite(line)
        assert shown.any()
        for place, d in list(zip(r.map.level_place[shown], line[shown], strict=True))[::9]:
            moved = r.student - r.student.mean() + r.teacher.mean() + d
            exact = float(limits.gap(moved, r.teacher, r.sigma * 10**place).relative_lm)
            assert exact == pytest.approx(level, rel=1e-5)


def test_offset_term_is_a_shift_and_no_l1():
    r = result(OFFSET, "K=30")
    slope = 2 / 30
    np.testing.assert_allclose(r.term.derived, -slope)
    np.testing.assert_allclose(r.term.printed, slope)
    np.testing.assert_allclose(r.term.l1, slope * np.sign(r.term.logit))
    kd, lm = losses.KD(np.inf).grad(r.student, r.teacher), losses.LM().grad(r.student, r.teacher)
    np.testing.assert_allclose(kd - lm, -slope, atol=1e-14)
    nearer = np.abs(r.student + 1e-6) < np.abs(r.student)  # descent on the derived term moves every logit up
    assert r.term.pulls["derived"] == nearer.sum()
    assert r.term.pulls["derived"] + r.term.pulls["printed"] == r.term.pulls["l1"] == 30


def test_offset_answers():
    trap, equal = (result(OFFSET, OFFSET.presets[name].query) for name in ("mean-trap", "equal-means"))
    assert trap.now.relative_lm > 0.5
    assert trap.now.mean_share > 0.99
    assert say.percent(float(trap.now.relative_lm)) in OFFSET.tasks[0].answer
    assert equal.now.relative_lm == pytest.approx(equal.now.relative, rel=1e-9)
    assert say.percent(float(equal.now.relative_lm)) in OFFSET.tasks[1].answer
    assert "1.125" in OFFSET.tasks[2].answer
    assert "0.300" in OFFSET.tasks[2].answer
    sign = result(OFFSET, OFFSET.presets["sign-test"].query)
    assert f"= {say.number(float(sign.now.sum_lm))}" in OFFSET.tasks[3].answer
    assert f"sum is {say.number(float(sign.now.sum_printed))}" in OFFSET.tasks[3].answer
    assert f"{sign.term.pulls['printed']} of 10" in OFFSET.tasks[4].answer
