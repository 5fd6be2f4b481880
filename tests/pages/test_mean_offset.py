"""What page 03 says and answers, checked against the backend and by hand."""

import numpy as np
import pytest

from kdviz import losses
from kdviz.core import kernel, limits
from kdviz.pages.catalogue import load
from kdviz.words import numerals
from tests.support.pages import result

OFFSET = load("03_mean_offset")


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
    verdict, d = OFFSET.verdict(r), r.params.student_mean - r.params.teacher_mean
    lm, centred = (float(loss.value(r.student, r.teacher)) for loss in (losses.LM(), losses.CentredLM()))
    assert lm - centred == pytest.approx(d * d / 2)
    assert numerals.number(centred) in verdict
    assert numerals.number(float(kernel.kd_value(r.student, r.teacher, r.params.temperature))) in verdict
    assert numerals.number(-d / len(r.student)) in verdict
    assert numerals.percent(float(limits.gap(r.student, r.teacher, r.params.temperature).relative_lm)) in verdict


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
    assert numerals.percent(float(trap.now.relative_lm)) in OFFSET.tasks[0].answer
    assert equal.now.relative_lm == pytest.approx(equal.now.relative, rel=1e-9)
    assert numerals.percent(float(equal.now.relative_lm)) in OFFSET.tasks[1].answer
    assert "1.125" in OFFSET.tasks[2].answer
    assert "0.300" in OFFSET.tasks[2].answer
    sign = result(OFFSET, OFFSET.presets["sign-test"].query)
    assert f"= {numerals.number(float(sign.now.sum_lm))}" in OFFSET.tasks[3].answer
    assert f"sum is {numerals.number(float(sign.now.sum_printed))}" in OFFSET.tasks[3].answer
    assert f"{sign.term.pulls['printed']} of 10" in OFFSET.tasks[4].answer
