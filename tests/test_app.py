"""The page without a browser: values in, frames out, whatever is sent."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.live import other
from kdviz.app import Page, export, frames, link
from kdviz.core.check import BadInput
from kdviz.core.params import clean, knobs
from kdviz.pages.catalogue import CATALOGUE, load

HERO = load("02_gradient_gap")


def watched(lesson=HERO, query: str = "") -> tuple[Page, list[dict]]:
    """Return a page and the list of frames it sends from now on."""
    page = Page(lesson, query)
    sent: list[dict] = []
    page.send = lambda content, buffers=None: sent.append({**content, "buffers": buffers})
    return page, sent


def decode(frame: dict) -> dict[tuple[int, int, str], np.ndarray]:
    """Return {(chart, trace, key): numbers} of a frame, read as the browser does."""
    flat, found, at = np.frombuffer(frame["buffers"][0], "<f4"), {}, 0
    for chart, trace, key, shape in frame["arrays"]:
        size = math.prod(shape)
        found[chart, trace, key] = flat[at : at + size].reshape(shape)
        at += size
    assert at == len(flat)
    return found


def step(lesson) -> tuple[str, object]:
    """Return the key of a main control and a value that differs from its default."""
    knob = next(knob for knob in knobs(lesson.params) if knob.main)
    return knob.key, other(knob, knob.default)


@pytest.mark.parametrize("slug", CATALOGUE)
def test_a_step_sends_one_frame_with_just_what_changed(slug: str) -> None:
    lesson = load(slug)
    page, sent = watched(lesson)
    before, (key, value) = page.figures, step(lesson)
    page.values = {key: value, "seq": 1}
    assert len(sent) == 1
    assert sent[0]["version"] == 1
    result = lesson.compute(page.params)
    after = [draw(result) for draw in lesson.figures]
    arrived = decode(sent[0])
    for chart, trace, name, numbers in (entry for entry in frames.moving(after) if not frames.is_text(entry[3])):
        old = before[chart]["data"][trace][name]
        if frames.same(old, numbers):
            assert (chart, trace, name) not in arrived
        else:
            np.testing.assert_array_equal(arrived[chart, trace, name], np.asarray(numbers, "f4"))
    assert sent[0]["texts"]["verdict"] == lesson.verdict(result)
    assert sent[0]["texts"]["state"][key] == value
    page.values = {key: value, "seq": 2}
    assert decode(sent[1]) == {}  # nothing moved, only the number of the answer
    assert set(sent[1]["texts"]) == {"seq"}


HOSTILE = st.one_of(
    st.sampled_from(
        [None, "", "abc", "NaN", "-inf", "inf", "1e308", math.nan, math.inf, -math.inf, 10**21, -1, 0, 1e308]
    ),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.text(max_size=40),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.just("x" * 100_000),
)


@settings(max_examples=60)
@given(
    values=st.dictionaries(
        st.sampled_from(["T", "cs", "ct", "K", "sigma", "seed", "family", "zs", "zt", "printed", "nonsense"]), HOSTILE
    )
)
def test_whatever_comes_up_the_page_stays_right(values: dict) -> None:
    page, sent = watched()
    page.values = {**values, "seq": 7}
    assert sent[-1]["texts"]["seq"] == 7
    json.dumps({key: value for key, value in sent[-1].items() if key != "buffers"}, allow_nan=False)
    again, notes = clean(HERO.params, export.values(page.params))
    assert again == page.params
    assert not notes
    for note in page.texts["notes"]:
        assert len(note) <= 200
    assert page.texts["verdict"] == HERO.verdict(HERO.compute(page.params))


@pytest.mark.parametrize(
    "content", [None, [], "x", {}, {"kind": "want"}, {"kind": "want", "what": "../../etc/passwd"}, {"kind": 3}]
)
def test_messages_of_any_form_are_survived(content: object) -> None:
    page, sent = watched()
    page._asked(page, content, [])
    assert all(message["kind"] in ("failed", "frame") for message in sent)
    assert not any("Traceback" in str(message) or "kdviz/" in str(message) for message in sent)


@pytest.mark.parametrize("pick", [None, 3, [], [0], [0, "a", 1], [9, 1, 1], [-1, 1e308, math.nan], ["x"] * 3])
def test_a_click_of_any_form_is_survived(pick: object) -> None:
    for slug in CATALOGUE:
        page, sent = watched(load(slug))
        page.values = {"pick": pick, "seq": 1}
        assert sent[-1]["texts"]["seq"] == 1


def test_a_change_that_comes_as_a_message_is_answered_by_its_number_and_what_it_took() -> None:
    page, sent = watched()
    for seq, temperature in ((1, 9.0), (2, 12.0)):  # several may be under way: each is answered, in order
        page._asked(page, {"kind": "change", "values": {"T": temperature}, "seq": seq}, [])
    assert [frame["texts"]["seq"] for frame in sent] == [1, 2]
    assert [frame["version"] for frame in sent] == [1, 2]
    assert all(0 < frame["spent"] < 10_000 for frame in sent)
    assert page.params.temperature == 12.0
    for values in (None, 3, "T=4", [["T", 4]]):
        page._asked(page, {"kind": "change", "values": values, "seq": 3}, [])
    assert len(sent) == 2


def test_a_missed_frame_is_answered_with_everything() -> None:
    page, sent = watched()
    page.values = {"T": 9.0, "seq": 1}
    page._asked(page, {"kind": "hello", "version": 0}, [])
    assert sent[-1]["whole"]
    assert {entry[:3] for entry in map(tuple, (a[:3] for a in sent[-1]["arrays"] + sent[-1]["lists"]))} == {
        entry[:3] for entry in frames.moving(page.figures)
    }
    count = len(sent)
    page._asked(page, {"kind": "hello", "version": page.version}, [])
    assert len(sent) == count  # up to date: nothing to say


def broken_lesson(error: Exception) -> object:
    """Return the hero's lesson with a compute that fails above T = 100."""

    def compute(params):
        if params.temperature > 100:
            raise error
        return HERO.compute(params)

    return SimpleNamespace(**{**HERO.__dict__, "compute": compute})


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BadInput("got “1/2”; give the cure"), "give the cure"),
        (ValueError("/srv/secret.py"), "ValueError"),
        (OSError("/srv/secret.py"), "OSError"),
    ],
)
def test_an_error_is_said_without_paths_and_the_next_step_works(error: Exception, said: str) -> None:
    page, sent = watched(broken_lesson(error))
    page.values = {"T": 1000.0, "seq": 1}
    assert said in sent[-1]["texts"]["alert"]
    assert "secret" not in sent[-1]["texts"]["alert"]
    assert page.asked.temperature == 1000.0  # the controls keep what was asked for, the charts the last good state
    assert (page.params.temperature, sent[-1]["texts"]["state"]["T"]) == (HERO.params().temperature, 1000.0)
    page.values = {"T": 50.0, "seq": 2}
    assert sent[-1]["texts"]["alert"] == ""
    assert page.params.temperature == 50.0
    assert Page(broken_lesson(error), "T=1000").texts["alert"]  # from a link: said, and the defaults are shown


def test_typed_logits_grow_one_list_after_the_other() -> None:
    page, sent = watched(HERO, "family=typed&zs=1,2,3&zt=3,2,2&T=50")
    page.values = {"zs": "1, 2, 3, 4", "seq": 1}
    assert "student" in sent[-1]["texts"]["alert"] or "teacher" in sent[-1]["texts"]["alert"]
    assert sent[-1]["texts"]["state"]["zs"] == "1, 2, 3, 4"
    page.values = {"zt": "3, 2, 2, 0", "seq": 2}
    assert page.texts["alert"] == ""
    assert len(page.result.student) == 4
    broken = Page(HERO, "family=typed&zs=1,2,3&zt=1,2&T=50")
    assert broken.texts["alert"]
    assert (broken.texts["state"]["T"], broken.texts["state"]["zt"]) == (50.0, "1,2")


def test_locked_knobs_stay_where_they_are() -> None:
    page, _ = watched(HERO, "lock=T,cs&T=7&cs=2")
    page.values = {"pick": [1, 500.0, 0.1], "seq": 1}
    assert page.params.temperature == 7.0
    for seq, name in enumerate(HERO.presets, start=2):
        page.values = {"preset": name, "seq": seq}
        assert (page.params.temperature, page.params.student_mean) == (7.0, 2.0)
    free, _ = watched(HERO)
    free.values = {"pick": [1, 500.0, 0.1], "seq": 1}
    assert free.params.temperature == 500.0


def test_a_preset_and_what_was_moved_after_it_both_count() -> None:
    page, _ = watched()
    name = next(name for name, preset in HERO.presets.items() if "K=" not in preset.query)
    page.values = {"preset": name, "K": 7, "seq": 2}
    assert page.params == link.read(HERO, HERO.presets[name].query + "&K=7")[0]


def test_a_preset_starts_from_the_defaults() -> None:
    page, _ = watched(HERO, "sigma=7&seed=5")
    name, preset = next(iter(HERO.presets.items()))
    page.values = {"preset": name, "seq": 1}
    assert page.params == link.read(HERO, preset.query)[0]


def test_python_moves_a_control_by_its_field_name() -> None:
    page, sent = watched()
    page.set(temperature=33.0)
    assert page.params.temperature == 33.0
    assert sent[-1]["texts"]["state"]["T"] == 33.0
    with pytest.raises(ValueError, match="temprature"):
        page.set(temprature=1)
