"""Lessons: what they say is what the backend computes, at every state; answers are right; links are clean."""

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest

from kdviz import app
from kdviz.core.params import from_query, knobs
from kdviz.pages import controls
from kdviz.pages.catalogue import CATALOGUE, load, title
from kdviz.pages.mean_offset.charts import EDGE
from kdviz.pages.mean_offset.landscape import stretch
from tests.support.pages import LOGITS, result, states

SCRIPTS = Path(app.__file__).parent / "js"
T, GAP, OFFSET = (load(slug) for slug in LOGITS)
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
    r"\sqrt",
    r"\bar",
}
SPACES = {r"\,", r"\;", r"\quad", r"\qquad", r"\cdot"}


@pytest.fixture(params=CATALOGUE)
def lesson(request):
    """Each lesson in turn."""
    return load(request.param)


@pytest.fixture(params=LOGITS)
def logits_lesson(request):
    """Each lesson that draws logits in turn."""
    return load(request.param)


def test_records_are_complete(lesson):
    assert lesson.title == title(lesson.slug)
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
    for state in states(lesson):
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
        assert table.rows
        if lesson.slug in LOGITS:
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


def test_steps_send_little(logits_lesson):
    lesson = logits_lesson
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
    student, _ = controls.drawn(*controls.key(GAP.params()))
    with pytest.raises(ValueError, match="read-only"):
        student[0] = 1.0


def test_typed_nonsense_gives_a_readable_error(logits_lesson):
    lesson = logits_lesson
    with pytest.raises(ValueError, match="typed_student must be numbers, got “two”"):
        lesson.compute(replace(lesson.params(), family="typed", typed_student="1, two"))


def test_typed_logits_bring_their_own_number_spread_and_seed(logits_lesson):
    lesson = logits_lesson
    typed = replace(lesson.params(), family="typed")
    other = replace(typed, classes=77, spread=9.0, seed=5)
    for name in ("student", "teacher"):
        assert np.array_equal(getattr(lesson.compute(typed), name), getattr(lesson.compute(other), name))
    told = {k.name: k.help for k in knobs(lesson.params)}
    assert all("Typed logits" in told[name] for name in ("classes", "spread", "seed"))


def test_tasks_name_what_is_on_the_screen(lesson):
    screen = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS.glob("*.js"))
    labels = {k.label for k in knobs(lesson.params)} | {preset.title for preset in lesson.presets.values()}
    for task in lesson.tasks:
        for name in re.findall("“(.+?)”", task.question + task.answer):
            assert name in labels or f'"{name}"' in screen, name


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
