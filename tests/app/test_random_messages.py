"""Whatever a visitor sends, in whatever order: the session stays right, and every answer has its form."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kdviz.app import export, frames, link
from kdviz.app.runner import ACTS, Runner
from kdviz.core.params import clean, knobs
from kdviz.pages.catalogue import CATALOGUE, load
from tests.support import toy_page
from tests.support.visitor import Visitor

NUMBERS = st.floats() | st.integers() | st.sampled_from([10**400, -(10**400), 2**53, 1e308, -1e308, math.nan, math.inf])
NESTED = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
WORDS = st.sampled_from(["", "abc", "NaN", "-inf", "inf", "1e308", "1e999", "1 2 3", "−3", "true", "typed", "<b>"])
HUGE = st.sampled_from("x9[").map(lambda letter: letter * 100_000)
HOSTILE = WORDS | NESTED | HUGE
PICKS = st.lists(NUMBERS, max_size=4)
PAGES = {
    **{slug: load(slug) for slug in CATALOGUE},
    "toy": toy_page.page(),
}  # the last one has a run that costs nothing
ACTS = st.sampled_from([*ACTS, "seed"])
KEYS = sorted({name for page in PAGES.values() for k in knobs(page.params) for name in (k.key, k.name)})
NAMES = st.sampled_from([*KEYS, "nonsense", "seq", "lock", "__class__", ""])
KINDS = st.sampled_from(["hello", "change", "want", "run", "library", "frame", "", "x"]) | NESTED
MESSAGES = NESTED | st.fixed_dictionaries(
    {"kind": KINDS}, optional={key: HOSTILE for key in ("values", "seq", "version", "do", "what", "name")}
)


def good(knob) -> st.SearchStrategy:
    """Return values of a knob as a browser sends them."""
    if knob.kind == "toggle":
        return st.booleans()
    if knob.kind in ("choice", "text"):
        return st.sampled_from(knob.options or ["1 2 3", "3, 2, 1", ""])
    whole = st.integers(int(knob.low), int(knob.high)) if knob.kind == "integer" else st.floats(knob.low, knob.high)
    return whole | st.just("inf") if knob.infinite else whole


class Messages(RuleBasedStateMachine):
    """A visitor who sends anything."""

    @initialize(name=st.sampled_from(list(PAGES)), data=st.data())
    def open(self, name: str, data: st.DataObject) -> None:
        self.page = PAGES[name]
        self.runner = Runner(self.page.train) if name == "toy" else None
        self.knobs = knobs(self.page.params)
        lock = data.draw(st.lists(st.sampled_from([knob.key for knob in self.knobs]), max_size=2, unique=True))
        self.visitor = Visitor(self.page, f"lock={','.join(lock)}", self.runner)
        self.session = self.visitor.session
        self.locked = {key: export.values(self.session.asked)[key] for key in lock}
        self.version = 0

    def send(self, message: object) -> list[dict]:
        """Send a message; versions rise by one with every frame that is a difference."""
        return self.took(self.visitor.say(message))

    def took(self, answers: list[dict]) -> list[dict]:
        """Look at the versions of answers."""
        for frame in answers:
            if frame["kind"] == "frame":
                self.version += not frame["whole"]
                assert frame["version"] == self.version
        return answers

    @rule(message=MESSAGES)
    def say_anything(self, message: object) -> None:
        assert all(answer["kind"] in ("frame", "failed", "table", "file") for answer in self.send(message))

    @rule(values=st.dictionaries(NAMES, HOSTILE, max_size=4), preset=HOSTILE, pick=HOSTILE | PICKS)
    def change_to_anything(self, values: dict, preset: object, pick: object) -> None:
        (frame,) = self.send({"kind": "change", "values": values | {"preset": preset, "pick": pick}, "seq": 7})
        assert frame["texts"].get("seq", 7) == 7

    @rule(data=st.data(), seq=st.integers(0, 2**53 - 1))
    def change_as_a_browser_does(self, data: st.DataObject, seq: int) -> None:
        moved = data.draw(st.lists(st.sampled_from(self.knobs), max_size=3, unique=True))
        values = {knob.key: data.draw(good(knob)) for knob in moved}
        stood = export.values(self.session.asked)
        self.send({"kind": "change", "values": values, "seq": seq})
        assert self.visitor.texts["seq"] == seq
        expected, notes = clean(self.page.params, stood | values | self.locked)
        assert self.session.asked == expected  # the newest values win, and nothing else moves
        assert self.visitor.texts["notes"] == list(notes)

    @precondition(lambda self: self.runner)
    @rule(what=ACTS, moments=st.integers(0, 7))
    def press_a_button_of_the_run(self, what: str, moments: int) -> None:
        self.send({"kind": "run", "do": what})
        for _ in range(moments):
            self.runner.work(1e-9)  # one value
            self.took(self.visitor.tick())
        assert self.visitor.tick() == []

    @precondition(lambda self: self.page.presets)
    @rule(data=st.data())
    def start_from_a_preset(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(list(self.page.presets)))
        self.send({"kind": "change", "values": {"preset": name}, "seq": 1})
        wanted = export.values(link.read(self.page, self.page.presets[name].query)[0]) | self.locked
        assert export.values(self.session.asked) == wanted

    @rule(version=st.integers(-1, 50) | NESTED)
    def say_hello(self, version: object) -> None:
        answers = self.send({"kind": "hello", "version": version})
        assert bool(answers) == (version != self.version)
        for frame in answers:
            assert frame["texts"] == self.visitor.texts
            places = [tuple(entry[:3]) for entry in frame["arrays"] + frame["lists"]]
            assert sorted(places) == sorted(entry[:3] for entry in frames.moving(self.session.screen.figures))

    @rule(what=st.sampled_from(["table", "csv", "json", "latex"]))
    def want(self, what: str) -> None:
        (reply,) = self.send({"kind": "want", "what": what})
        assert reply["kind"] == ("table" if what == "table" else "file")

    @invariant()
    def the_state_is_within_bounds(self) -> None:
        for params in (self.session.asked, self.visitor.params):
            assert clean(self.page.params, export.values(params)) == (params, ())

    @invariant()
    def locked_knobs_never_move(self) -> None:
        values = export.values(self.session.asked)
        assert {key: values[key] for key in self.locked} == self.locked

    @invariant()
    def the_status_of_a_run_is_that_of_the_charts(self) -> None:
        if self.runner:
            run, result = self.visitor.texts["run"], self.session.screen.result
            assert run["done"] == len(result.done) <= run["total"]
            assert (run["state"] in ("idle", "starting")) == (run["done"] == 0)

    @invariant()
    def the_texts_are_those_of_the_charts(self) -> None:
        texts, result = self.session.screen.texts, self.session.screen.result
        assert texts["verdict"] == self.page.verdict(result)
        assert texts["alert"] or self.session.asked == self.visitor.params
        assert all(len(note) <= 200 for note in texts["notes"])
        assert self.session.version == self.version


def test_whatever_is_sent_a_session_stays_right() -> None:
    run_state_machine_as_test(Messages, settings=settings(max_examples=40, stateful_step_count=15, deadline=None))


@settings(max_examples=60)
@given(values=st.dictionaries(NAMES, HOSTILE), query=st.text(max_size=60) | st.dictionaries(NAMES, WORDS).map(str))
def test_whatever_the_link_the_first_state_is_right(values: dict, query: str) -> None:
    page = load("02_gradient_gap")
    visitor = Visitor(page, query)
    visitor.change(7, **{key: value for key, value in values.items() if key != "seq"})
    assert visitor.texts["seq"] == 7
    assert visitor.texts["verdict"] == page.verdict(page.compute(visitor.params))
