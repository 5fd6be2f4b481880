"""Lessons: what they say is what the backend computes, at every state; answers are right; links are clean."""

import re
from dataclasses import replace
from urllib.parse import parse_qsl

import numpy as np
import pytest
from test_figures import STATES, result

from kdviz.core import kernel, limits, losses
from kdviz.core.params import from_query, knobs
from kdviz.figures.offset import EDGE, stretch
from kdviz.lessons import CATALOGUE, load, pair, say

T, GAP, OFFSET = (load(slug) for slug in CATALOGUE)
LATEX = {
    r"\frac",
    r"\left",
    r"\right",
    r"\times",
    r"\to",
    r"\infty",
    r"\lim",
    r"\sum",
    r"\exp",
    r"\mathrm",
    r"\mathcal",
    r"\text",
}
SPACES = {r"\,", r"\;", r"\quad", r"\qquad", r"\cdot"}


@pytest.fixture(params=CATALOGUE)
def lesson(request):
    """Each lesson in turn."""
    return load(request.param)


def test_records_are_complete(lesson):
    assert lesson.title == CATALOGUE[lesson.slug]
    assert 3 <= len(lesson.tasks) <= 5
    assert 3 <= len(lesson.predict.options) <= 4
    assert 0 <= lesson.predict.answer < len(lesson.predict.options)
    assert 1 <= len(lesson.figures) <= 3
    assert len(lesson.goal) < 140
    assert len({term for term, _ in lesson.reading}) == len(lesson.reading)


def test_unknown_lesson_is_refused():
    with pytest.raises(ValueError, match="slug must be one of 01_temperature"):
        load("nonsense")


def test_every_state_is_told(lesson):
    for state in STATES:
        r = result(lesson, state)
        told = lesson.verdict(r)
        assert told, state
        assert "nan" not in told, state
        assert "undefined" not in told, state
        assert "<" not in told, state  # plain text
        assert not re.search(r"\d e|[\d ]-\d|e[+-]\d", told), told  # a real minus sign, no computer notation
        formula = lesson.formula(r)
        assert formula.count("{") == formula.count("}"), state
        assert set(re.findall(r"\\[a-z]+|\\.", formula)) <= LATEX | SPACES, formula
        assert "nan" not in formula, state
        for gauge in lesson.gauges(r):
            assert gauge.low < gauge.high, state
            assert np.isnan(gauge.value) or gauge.text, state
            if not np.isnan(gauge.value) and gauge.role != "limit":
                assert gauge.low <= gauge.value * (1 - 1e-9) <= gauge.high, (state, gauge)
        table = lesson.table(r)
        assert {len(row) for row in table.rows} == {len(table.header)}
        assert len(table.rows) == len(r.student) + 1


def test_presets_are_clean_links(lesson):
    known = {k.key for k in knobs(lesson.params)}
    for name, preset in lesson.presets.items():
        params, notes = from_query(lesson.params, preset.query)
        assert notes == (), name
        assert {key for key, _ in parse_qsl(preset.query, keep_blank_values=True)} <= known, name
        assert lesson.verdict(lesson.compute(params))
        assert re.fullmatch("[a-z0-9-]+", name)


def test_presets_of_the_plan_exist():
    wanted = {
        "01_temperature": {"classroom-default", "confident-teacher", "cold", "many-classes"},
        "02_gradient_gap": {
            "hinton-limit", "classroom-default", "mean-trap", "cold", "many-classes", "float32-floor", "sign-test",
        },
        "03_mean_offset": {"mean-trap", "sign-test", "many-classes"},
    }  # fmt: skip
    assert all(names <= load(slug).presets.keys() for slug, names in wanted.items())


def test_steps_send_little(lesson):
    pages = {"temperature": (20.0, 21.0, 1500), "student_mean": (0.5, 0.6, 4000), "classes": (999, 1000, 6500)}
    for name, (before, after, most) in pages.items():
        base = replace(lesson.params(), classes=1000)
        arrays = []
        for value in (before, after):
            r = lesson.compute(replace(base, **{name: value}))
            traces = [trace for draw in lesson.figures for trace in draw(r)["data"]]
            arrays.append([np.asarray(trace[key]) for trace in traces for key in ("x", "y", "z") if key in trace])
        changed = sum(b.size for a, b in zip(*arrays, strict=True) if not np.array_equal(a, b, equal_nan=True))
        assert 4 * changed <= most, (name, 4 * changed)


def test_results_do_not_share_arrays_that_can_be_changed():
    student, _ = pair.draw(*pair.key(GAP.params()))
    with pytest.raises(ValueError, match="read-only"):
        student[0] = 1.0


def test_typed_nonsense_gives_a_readable_error(lesson):
    with pytest.raises(ValueError, match="typed_student must be numbers, got “two”"):
        lesson.compute(replace(lesson.params(), family="typed", typed_student="1, two"))


# 01 temperature


def test_temperature_predict_is_right():
    cold, warm = (result(T, f"T={t}") for t in (1, 4))
    assert np.array_equal(cold.teacher, warm.teacher)
    assert np.array_equal(np.argsort(cold.p_teacher), np.argsort(warm.p_teacher))
    assert warm.entropy_teacher > cold.entropy_teacher
    assert T.predict.answer == 2


def test_temperature_says_what_it_computed():
    for state in ("", "T=10&t2=0", "K=1000&T=0.5"):
        r = result(T, state)
        p = np.exp(r.teacher / r.params.temperature)
        p /= p.sum()
        size = np.linalg.norm(kernel.kd_grad(r.student, r.teacher, r.params.temperature))
        entropy = -(p * np.log(p)).sum() / np.log(len(p))
        told = T.verdict(r)
        for number in (
            say.share(p.max()),
            say.share(entropy),
            say.number(size),
            say.number(size / r.params.temperature**2),
        ):
            assert number in told, (state, number)


def test_temperature_curves_pass_through_the_marked_state():
    grid = load("01_temperature").compute(T.params()).curves
    from kdviz.figures.temperature_axis import GRID

    at = 30
    r = T.compute(replace(T.params(), temperature=float(GRID[at])))
    assert r.entropy_teacher == pytest.approx(grid.entropy_teacher[at], rel=1e-12)
    assert r.p_student.max() == pytest.approx(grid.top_student[at], rel=1e-12)
    assert r.scaled == pytest.approx(grid.scaled[at], rel=1e-12)
    assert r.plain == pytest.approx(grid.plain[at], rel=1e-12)


def test_temperature_at_infinity_is_uniform():
    r = result(T, "T=inf&K=7")
    np.testing.assert_allclose(r.p_teacher, 1 / 7, rtol=1e-15)
    assert r.plain == 0
    assert r.scaled == pytest.approx(r.limit_size)


def test_temperature_answers():
    eighty = float(re.search(r"T ≈ (\d+\.?\d+)", T.tasks[0].answer)[1])
    assert result(T, f"T={eighty}").entropy_teacher == pytest.approx(0.8, abs=0.005)
    bare = result(T, "T=10&t2=0")
    assert say.number(bare.plain) in T.tasks[1].answer
    assert bare.scaled / bare.plain == pytest.approx(100)
    far = result(T, "T=1000")
    top = far.teacher.argmax()
    assert say.number(1000 * (10 * far.p_teacher[top] - 1)) in T.tasks[2].answer
    for value in ("−0.454", "−0.486", "−0.474", "−0.458", "−0.446"):  # K = 3, z_t = (2, 0, 0), z_s = 0
        assert value in T.tasks[3].answer
    one, other = result(T, "cs=0"), result(T, "cs=3")
    np.testing.assert_allclose(one.p_student, other.p_student, rtol=1e-12)


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
    from kdviz.figures.temperature_axis import GRID

    r = result(GAP, state)
    exact = limits.gap(r.student, r.teacher, GRID)
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
        moved = centred + r.teacher.mean() + r.map.offset[row]
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


# clicks


def test_a_click_sets_the_temperature():
    for lesson, charts in ((T, (1, 2)), (GAP, (1,))):
        for chart in charts:
            assert lesson.pick(lesson.params(), chart, 123.456, 0.1).temperature == 123.0
            assert lesson.pick(lesson.params(), chart, 1e7, 0.1).temperature == np.inf
        assert lesson.pick(lesson.params(), 0, 3.0, 0.1) is None


def test_a_click_on_the_map_sets_temperature_and_mean():
    params = replace(OFFSET.params(), teacher_mean=-1.0)
    picked = OFFSET.pick(params, 1, 1.0, float(stretch(2.0)))
    assert picked.temperature == pytest.approx(10 * OFFSET.compute(params).sigma, rel=5e-3)
    assert picked.student_mean == pytest.approx(1.0)
    assert picked.teacher_mean == -1.0
    assert OFFSET.pick(params, 1, EDGE, 0.0).temperature == np.inf
    assert OFFSET.pick(params, 1, 0.0, 10.0).student_mean == 5.0
    assert OFFSET.pick(params, 0, 1.0, 1.0) is None
    assert OFFSET.compute(picked).now.relative_lm > 0
