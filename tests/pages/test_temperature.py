"""What page 01 says and answers, checked against the backend and by hand."""

import re
from dataclasses import replace

import numpy as np
import pytest

from kdviz.core import kernel
from kdviz.pages.catalogue import load
from kdviz.pages.controls import SWEEP
from kdviz.words import numerals
from tests.support.pages import result

T = load("01_temperature")


def test_temperature_predict_is_right():
    cold, warm = (result(T, f"T={t}") for t in (1, 4))
    assert np.array_equal(cold.teacher, warm.teacher)
    assert np.array_equal(np.argsort(cold.p_teacher), np.argsort(warm.p_teacher))
    assert warm.entropy_teacher > cold.entropy_teacher
    assert T.predict.answer == 2


def test_the_means_move_no_probability_and_no_gradient():
    for state in ("T=4", "T=0.7&K=100"):
        still, moved = result(T, f"{state}&cs=0&ct=0"), result(T, f"{state}&cs=-2&ct=3")
        np.testing.assert_allclose(moved.p_teacher, still.p_teacher, rtol=1e-12)
        np.testing.assert_allclose(moved.p_student, still.p_student, rtol=1e-12)
        np.testing.assert_allclose(moved.gradient, still.gradient, rtol=0, atol=1e-12)
        assert abs(moved.teacher - still.teacher).min() > 1


def test_the_gradient_settles_at_zero_only_where_both_models_agree():
    apart, agreeing = (result(T, f"family=typed&zs={zs}&zt=1,2,4&cs=0&ct=1") for zs in ("1,2,3", "1,2,4"))
    assert apart.limit_size > 0.1 and agreeing.limit_size < 1e-12


def test_temperature_says_what_it_computed():
    for state in ("", "T=10&t2=0", "K=1000&T=0.5"):
        r = result(T, state)
        p = np.exp(r.teacher / r.params.temperature)
        p /= p.sum()
        size = np.linalg.norm(kernel.kd_grad(r.student, r.teacher, r.params.temperature))
        entropy = -(p * np.log(p)).sum() / np.log(len(p))
        verdict = T.verdict(r)
        for number in (
            numerals.share(p.max()),
            numerals.share(entropy),
            numerals.number(size),
            numerals.number(size / r.params.temperature**2),
        ):
            assert number in verdict, (state, number)


def test_temperature_curves_pass_through_the_marked_state():
    grid = T.compute(T.params()).curves
    at = 30
    r = T.compute(replace(T.params(), temperature=float(SWEEP.grid[at])))
    assert r.entropy_teacher == pytest.approx(grid.entropy_teacher[at], rel=1e-12)
    assert r.p_student.max() == pytest.approx(grid.top_student[at], rel=1e-12)
    assert r.scaled == pytest.approx(grid.scaled[at], rel=1e-12)
    assert r.plain == pytest.approx(grid.plain[at], rel=1e-12)


def test_temperature_at_infinity_is_uniform():
    r = result(T, "T=inf&K=7")
    np.testing.assert_allclose(r.p_teacher, 1 / 7, rtol=1e-15)
    assert r.plain == 0
    assert r.scaled == pytest.approx(r.limit_size)


def test_temperature_at_infinity_keeps_logits_and_no_order():
    r = result(T, "T=inf&K=10")
    verdict = T.verdict(r)
    assert r.entropy_teacher == r.entropy_student == 1
    assert f"1/K, {numerals.share(0.1)}" in verdict
    assert f"entropy is {numerals.share(1.0)}" in verdict
    assert "order of the classes are what they were" not in verdict
    assert "no longer order the classes" in verdict


def test_temperature_reads_all_or_nothing_only_where_it_is():
    for state in ("T=0.05&K=2", "T=0.05&K=2&sigma=20", "family=typed&zs=-1000 1000&zt=1000 -1000&T=0.05"):
        r = result(T, state)
        assert 0 < r.entropy_teacher < 1, state
        assert r.p_teacher.max() < 1, state
        assert numerals.share(1.0) not in re.split(";|Its", T.verdict(r))[0], state
    assert result(T, "T=1000000").entropy_teacher < 1
    assert result(T, "family=typed&zs=0 0 0&zt=2 2 2&T=3").entropy_teacher == 1


def test_temperature_one_is_named_once_and_so_is_agreement():
    assert T.verdict(result(T, "T=1")).count("T = 1") == 1
    assert "the factor T² is 1 here" in T.verdict(result(T, "T=1&t2=0"))
    same = "family=typed&zs=1 2 3&zt=1 2 3"
    assert "agree up to a constant," in T.verdict(result(T, f"{same}&cs=2&ct=0"))
    assert "agree, so" in T.verdict(result(T, f"{same}&cs=2&ct=2"))


def test_temperature_gradient_falls_by_a_hundred_per_decade_only_at_high_temperature():
    at = {t: result(T, f"T={t}").plain for t in (0.1, 1, 1000, 10000)}
    assert at[1000] / at[10000] == pytest.approx(100, rel=0.01)
    assert at[0.1] / at[1] != pytest.approx(100, rel=0.5)


def test_temperature_answers():
    eighty = float(re.search(r"T ≈ (\d+\.?\d+)", T.tasks[0].answer)[1])
    assert result(T, f"T={eighty}").entropy_teacher == pytest.approx(0.8, abs=0.005)
    bare = result(T, "T=10&t2=0")
    assert numerals.number(bare.plain) in T.tasks[1].answer
    assert bare.scaled / bare.plain == pytest.approx(100)
    far = result(T, "T=1000")
    top = far.teacher.argmax()
    assert numerals.number(1000 * (10 * far.p_teacher[top] - 1)) in T.tasks[2].answer
    for value in ("−0.454", "−0.486", "−0.474", "−0.458", "−0.446"):  # K = 3, z_t = (2, 0, 0), z_s = 0
        assert value in T.tasks[3].answer
    one, other = result(T, "cs=0"), result(T, "cs=3")
    np.testing.assert_allclose(one.p_student, other.p_student, rtol=1e-12)
