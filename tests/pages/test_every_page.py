"""Pages: what they say is what the backend computes, at every state; answers are right; links are clean."""

import re
from dataclasses import replace
from urllib.parse import parse_qsl

import numpy as np
import pytest

from kdviz.core.params import from_query, knobs
from kdviz.pages import controls
from kdviz.pages.catalogue import CATALOGUE, load, title
from kdviz.pages.mean_offset.charts import EDGE
from kdviz.pages.mean_offset.landscape import stretch
from kdviz.words import W
from tests.support.pages import LOGITS, result, states

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
def page(request):
    """Each page in turn."""
    return load(request.param)


@pytest.fixture(params=LOGITS)
def logits_page(request):
    """Each page that draws logits in turn."""
    return load(request.param)


def test_records_are_complete(page):
    assert page.title == title(page.slug)
    assert 3 <= len(page.tasks) <= 5
    assert 3 <= len(page.predict.options) <= 4
    assert 0 <= page.predict.answer < len(page.predict.options)
    assert 1 <= len(page.figures) <= 3
    assert len(page.goal) < 140
    assert len({term for term, _ in page.reading}) == len(page.reading)


def test_an_unknown_page_is_refused():
    with pytest.raises(ValueError, match="slug must be one of 01_temperature"):
        load("nonsense")


def test_every_state_has_a_verdict(page):
    for state in states(page):
        r = result(page, state)
        verdict = page.verdict(r)
        assert verdict, state
        assert "nan" not in verdict, state
        assert "undefined" not in verdict, state
        assert "<" not in verdict, state  # plain text
        assert not re.search(r"\d e|[\d ]-\d|e[+-]\d", verdict), verdict  # a real minus sign, no computer notation
        formula = page.formula(r)
        assert formula.count("{") == formula.count("}"), state
        assert set(re.findall(r"\\[a-z]+|\\.", formula)) <= LATEX | SPACES, formula
        assert "nan" not in formula, state
        for gauge in page.gauges(r):
            assert gauge.low < gauge.high, state
            assert np.isnan(gauge.value) or gauge.text, state
            if not np.isnan(gauge.value) and gauge.role != "limit":
                assert gauge.low <= gauge.value * (1 - 1e-9) <= gauge.high, (state, gauge)
        table = page.table(r)
        assert {len(row) for row in table.rows} == {len(table.header)}
        assert table.rows
        if page.slug in LOGITS:
            assert len(table.rows) == len(r.student) + 1


def test_presets_are_clean_links(page):
    known = {k.key for k in knobs(page.params)}
    for name, preset in page.presets.items():
        params, notes = from_query(page.params, preset.query)
        assert notes == (), name
        assert {key for key, _ in parse_qsl(preset.query, keep_blank_values=True)} <= known, name
        assert page.verdict(page.compute(params))
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


def test_steps_send_little(logits_page):
    page = logits_page
    pages = {"temperature": (20.0, 21.0, 1500), "student_mean": (0.5, 0.6, 4000), "classes": (999, 1000, 6500)}
    for name, (before, after, most) in pages.items():
        base = replace(page.params(), classes=1000)
        arrays = []
        for value in (before, after):
            r = page.compute(replace(base, **{name: value}))
            traces = [trace for draw in page.figures for trace in draw(r)["data"]]
            arrays.append([np.asarray(trace[key]) for trace in traces for key in ("x", "y", "z") if key in trace])
        changed = sum(b.size for a, b in zip(*arrays, strict=True) if not np.array_equal(a, b, equal_nan=True))
        assert 4 * changed <= most, (name, 4 * changed)


def test_results_do_not_share_arrays_that_can_be_changed():
    student, _ = controls.drawn(*controls.key(GAP.params()))
    with pytest.raises(ValueError, match="read-only"):
        student[0] = 1.0


def test_typed_nonsense_gives_a_readable_error(logits_page):
    page = logits_page
    with pytest.raises(ValueError, match="typed_student must be numbers, got “two”"):
        page.compute(replace(page.params(), family="typed", typed_student="1, two"))


def test_typed_logits_bring_their_own_number_spread_and_seed(logits_page):
    page = logits_page
    typed = replace(page.params(), family="typed")
    other = replace(typed, classes=77, spread=9.0, seed=5)
    for name in ("student", "teacher"):
        assert np.array_equal(getattr(page.compute(typed), name), getattr(page.compute(other), name))
    verdict = {k.name: k.help for k in knobs(page.params)}
    assert all("Typed logits" in verdict[name] for name in ("classes", "spread", "seed"))


def test_tasks_name_what_is_on_the_screen(page):
    labels = {*W.LABELS["page"].values(), *(k.label for k in knobs(page.params))}
    labels |= {preset.title for preset in page.presets.values()}
    for task in page.tasks:
        for name in re.findall("“(.+?)”", task.question + task.answer):
            assert name in labels, name


def test_a_click_sets_the_temperature():
    for page, charts in ((T, (1, 2)), (GAP, (1,))):
        for chart in charts:
            assert page.pick(page.params(), chart, 123.456, 0.1).temperature == 123.0
            assert page.pick(page.params(), chart, 1e7, 0.1).temperature == np.inf
        assert page.pick(page.params(), 0, 3.0, 0.1) is None


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
