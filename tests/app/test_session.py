"""A page without a widget: values in, frames out, whatever is sent."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.live import other
from kdviz.app import frames, link
from kdviz.app.protocol import Whole
from kdviz.app.session import Session
from kdviz.core.params import knobs
from kdviz.pages.catalogue import CATALOGUE, load
from tests.support.forms import wrong
from tests.support.visitor import Visitor, decode, deep

HERO = load("02_gradient_gap")


def moved(page) -> tuple[str, object]:
    """Return the key of a main control and a value that differs from its default."""
    knob = next(knob for knob in knobs(page.params) if knob.main)
    return knob.key, other(knob, knob.default)


@pytest.mark.parametrize("slug", CATALOGUE)
def test_a_step_sends_one_frame_with_just_what_changed(slug: str) -> None:
    page = load(slug)
    visitor = Visitor(page)
    before, (key, value) = visitor.session.screen.figures, moved(page)
    frame = visitor.change(1, **{key: value})
    assert frame["version"] == 1
    result = page.compute(visitor.params)
    after = [draw(result) for draw in page.figures]
    arrived = decode(frame)
    for chart, trace, name, numbers in (entry for entry in frames.moving(after) if not frames.is_text(entry[3])):
        old = before[chart]["data"][trace][name]
        if frames.same(old, numbers):
            assert (chart, trace, name) not in arrived
        else:
            np.testing.assert_array_equal(arrived[chart, trace, name], np.asarray(numbers, "f4"))
    assert frame["texts"]["verdict"] == page.verdict(result)
    assert frame["texts"]["state"][key] == value
    again = visitor.change(2, **{key: value})
    assert decode(again) == {}  # nothing moved, only the number of the answer
    assert set(again["texts"]) == {"seq"}


@pytest.mark.parametrize("slug", CATALOGUE)
def test_what_a_page_begins_with_has_its_form_and_shows_what_the_link_says(slug: str) -> None:
    page = load(slug)
    query = "&".join(f"{key}={value}" for key, value in [moved(page)])
    whole = Session.open(page, query).whole()
    params = link.read(page, query)[0]
    text = json.dumps(whole | {"start": {**whole["start"], "buffer": None}}, allow_nan=False)
    arrived = json.loads(text)
    arrived["start"]["buffer"] = whole["start"]["buffer"]
    assert not wrong(arrived, Whole)
    assert whole["start"]["texts"]["verdict"] == page.verdict(page.compute(params))
    assert whole["start"]["texts"]["link"] == query
    assert whole["start"]["version"] == 0


@pytest.mark.parametrize("content", [None, [], "x", 3, {}, {"kind": 3}, {"kind": ["want"]}, {"kind": "frame"}])
def test_what_is_no_message_is_not_answered(content: object) -> None:
    assert Visitor(HERO).say(content) == []


@pytest.mark.parametrize("what", [None, "", 3, [], "../../etc/passwd", "x" * 1000])
def test_what_cannot_be_exported_is_refused_in_words(what: object) -> None:
    (reply,) = Visitor(HERO).say({"kind": "want", "what": what})
    assert reply["kind"] == "failed"
    assert "choose csv, json or latex" in reply["text"]


def test_a_message_deeper_than_python_recurses_is_survived_wherever_it_is_deep(caplog) -> None:
    visitor = Visitor(HERO)
    for kind in ("change", "hello", "run", "want"):
        for place in ("kind", "values", "seq", "version", "do", "what"):
            visitor.say({"kind": kind, "values": {"T": 9.0}, place: deep()})
    for place in ("T", "zs", "family", "printed", "preset", "pick"):
        visitor.change(7, **{place: deep()})
    assert all(answer["kind"] in ("frame", "failed") for answer in visitor.heard)
    assert visitor.change(8, T=5.0)["texts"]["seq"] == 8
    assert caplog.records == []  # it is refused, it does not fail


@pytest.mark.parametrize("pick", [None, 3, [], [0], [0, "a", 1], [9, 1, 1], [-1, 1e308, float("nan")], ["x"] * 3])
def test_a_click_of_any_form_is_survived(pick: object) -> None:
    for slug in CATALOGUE:
        assert Visitor(load(slug)).change(1, pick=pick)["texts"]["seq"] == 1


def test_each_of_several_changes_is_answered_by_its_number_in_order() -> None:
    visitor = Visitor(HERO)
    for seq, temperature in ((1, 9.0), (2, 12.0)):
        visitor.change(seq, T=temperature)
    assert [frame["texts"]["seq"] for frame in visitor.heard] == [1, 2]
    assert [frame["version"] for frame in visitor.heard] == [1, 2]
    assert visitor.params.temperature == 12.0
    for values in (None, 3, "T=4", [["T", 4]]):
        assert visitor.say({"kind": "change", "values": values, "seq": 3}) == []


@pytest.mark.parametrize("number", [0, 1, 2**53 - 1])
def test_a_change_is_answered_by_its_number_as_far_as_javascript_counts(number: int) -> None:
    assert Visitor(HERO).change(number, T=9.0)["texts"].get("seq", 0) == number


@pytest.mark.parametrize("number", [-1, 2**53, 10**400, True, 1.0, "1", None, [1], float("nan")])
def test_what_is_no_number_of_a_change_is_answered_by_0(number: object) -> None:
    visitor = Visitor(HERO)
    visitor.change(5)
    frame = visitor.change(number, T=9.0)  # type: ignore[arg-type]
    assert frame["texts"]["seq"] == 0
    assert visitor.params.temperature == 9.0


def test_a_missed_frame_is_answered_with_everything() -> None:
    visitor = Visitor(HERO)
    visitor.change(1, T=9.0)
    (frame,) = visitor.say({"kind": "hello", "version": 0})
    assert frame["whole"]
    assert frame["version"] == 1
    assert frame["texts"] == visitor.texts
    assert {tuple(entry[:3]) for entry in frame["arrays"] + frame["lists"]} == {
        entry[:3] for entry in frames.moving(visitor.session.screen.figures)
    }
    assert visitor.say({"kind": "hello", "version": visitor.session.version}) == []  # up to date: nothing to say


def test_typed_logits_grow_one_list_after_the_other() -> None:
    visitor = Visitor(HERO, "family=typed&zs=1,2,3&zt=3,2,2&T=50")
    frame = visitor.change(1, zs="1, 2, 3, 4")
    assert "student" in frame["texts"]["alert"] or "teacher" in frame["texts"]["alert"]
    assert frame["texts"]["state"]["zs"] == "1, 2, 3, 4"
    visitor.change(2, zt="3, 2, 2, 0")
    assert visitor.texts["alert"] == ""
    assert len(visitor.session.screen.result.student) == 4
    opened = Visitor(HERO, "family=typed&zs=1,2,3&zt=1,2&T=50")
    assert opened.texts["alert"]
    assert (opened.texts["state"]["T"], opened.texts["state"]["zt"]) == (50.0, "1,2")


def test_locked_knobs_stay_where_they_are() -> None:
    visitor = Visitor(HERO, "lock=T,cs&T=7&cs=2")
    visitor.change(1, pick=[1, 500.0, 0.1])
    assert visitor.params.temperature == 7.0
    for seq, name in enumerate(HERO.presets, start=2):
        visitor.change(seq, preset=name)
        assert (visitor.params.temperature, visitor.params.student_mean) == (7.0, 2.0)
    visitor.change(
        9, T=50, temperature=50, student_mean=3
    )  # no control sends this; by key or by name, it moves nothing
    assert (visitor.params.temperature, visitor.params.student_mean) == (7.0, 2.0)
    free = Visitor(HERO)
    free.change(1, pick=[1, 500.0, 0.1])
    assert free.params.temperature == 500.0


def test_a_preset_and_what_was_moved_after_it_both_count() -> None:
    visitor = Visitor(HERO)
    name = next(name for name, preset in HERO.presets.items() if "K=" not in preset.query)
    visitor.change(2, preset=name, K=7)
    assert visitor.params == link.read(HERO, HERO.presets[name].query + "&K=7")[0]


def test_a_preset_starts_from_the_defaults_and_an_unknown_one_moves_nothing() -> None:
    visitor = Visitor(HERO, "sigma=7&seed=5")
    before = visitor.params
    for nonsense in ("nope", 3, ["x"], {"x": 1}):
        visitor.change(1, preset=nonsense)
        assert visitor.params == before
    name, preset = next(iter(HERO.presets.items()))
    visitor.change(1, preset=name)
    assert visitor.params == link.read(HERO, preset.query)[0]


def test_python_moves_a_control_by_its_field_name_also_a_locked_one() -> None:
    visitor = Visitor(HERO, "lock=T")
    (frame,) = visitor.hear(visitor.session.set(temperature=33.0))
    assert visitor.params.temperature == 33.0
    assert frame["texts"]["state"]["T"] == 33.0
    with pytest.raises(ValueError, match="temprature"):
        visitor.session.set(temprature=1)
