"""Knobs hold the bounds; links go out and come back; nothing a visitor sends can do harm."""

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdviz.core.params import LONGEST_QUERY, choice, clean, from_query, knob, knobs, to_query
from tests.support.knobs import Params


def test_knobs_describe_the_fields():
    found = {k.name: k for k in knobs(Params)}
    assert list(found) == ["temperature", "student_mean", "classes", "free", "family", "printed", "typed"]
    assert found["temperature"].kind == "number" and found["temperature"].infinite and found["temperature"].main
    assert found["classes"].kind == "integer" and found["classes"].default == 10 and found["classes"].step == 1
    assert found["family"].options == ("gaussian", "heavy tail") and not found["family"].main
    assert found["free"].key == "free" and found["free"].low is None
    assert found["typed"].kind == "text" and found["typed"].high == 60
    assert knobs(Params()) == knobs(Params)


instances = st.builds(
    Params,
    temperature=st.floats(0.05, 1e6) | st.just(math.inf),
    student_mean=st.floats(-10, 10),
    classes=st.integers(2, 1000),
    free=st.floats(allow_nan=False, allow_infinity=False),
    family=st.sampled_from(["gaussian", "heavy tail"]),
    printed=st.booleans(),
    typed=st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" &=+%#?;<>'\""), max_size=60),
)


@given(instances, st.booleans())
@settings(max_examples=300)
def test_a_link_brings_the_same_state_back(params, full):
    made, notes = from_query(Params, "?" + to_query(params, full=full))
    assert made == params and notes == ()
    assert clean(Params, {k.name: getattr(params, k.name) for k in knobs(Params)}) == (params, ())


def test_links_are_short_and_readable():
    assert to_query(Params()) == ""
    assert to_query(Params(temperature=20.0, student_mean=-1.0, typed="1, 2")) == "T=20&cs=-1&zs=1%2C+2"
    assert to_query(Params(temperature=math.inf, printed=True)) == "T=inf&printed=1"
    assert to_query(Params(), full=True).startswith("T=4&cs=0&K=10&free=1.5&family=gaussian&printed=0")
    assert from_query(Params, "T=20&cs=1&ct=-1&utm_source=x&plain=9&T2") == (Params(20.0, 1.0), ())
    assert from_query(Params, "temperature=∞")[0].temperature == math.inf  # field names work too
    assert from_query(Params, "cs=−2&printed=Yes")[0] == Params(student_mean=-2.0, printed=True)


NOTES = {
    "T=-3": "T = −3 is below 0.05; using 0.05",
    "T=1e9": "T = 1000000000 is above 1000000; using 1000000",
    "T=nan": "T = nan is not a number; using 4",
    "cs=inf": "cs = inf is above 10; using 10",
    "cs=1e400": "cs = inf is above 10; using 10",
    "K=10.4": "K = 10.4 is not a whole number; using 10",
    "K=0": "K = 0 is below 2; using 2",
    "T=": "T = “” is not a number; using 4",
    "T=hot": "T = “hot” is not a number; using 4",
    "T=<script>alert(1)</script>": "T = “<script>alert(1)</script>” is not a number; using 4",
    "free=-inf": "free = −inf is not finite; using 1.5",
    "family=cauchy": "family = “cauchy” is not one of gaussian, heavy tail; using gaussian",
    "printed=maybe": "printed = “maybe” is neither on nor off; using off",
    "zs=" + "1" * 61: "zs = “" + "1" * 40 + "…” is longer than 60 characters; the rest is left out",
}


@pytest.mark.parametrize(("query", "note"), NOTES.items())
def test_notes_say_what_was_wrong(query, note):
    assert from_query(Params, query)[1] == (note,)


class Nasty:
    def __str__(self):
        raise RuntimeError

    __repr__ = __eq__ = __bool__ = __len__ = __float__ = __str__
    __hash__ = None


HOSTILE = [
    None, math.nan, math.inf, -math.inf, 1e308, -1e308, 10**21, -(10**400), 10**400, 5e-324, True, 1j, b"4", [4], (),
    {}, {"a": 1}, object(), Nasty(), np.float32(3), np.int64(5), np.bool_(True), np.array([1.0, 2.0]), np.array(3.0),
    "", " ", "4 4", "0x10", "1_0", "NaN", "-Infinity", "1e999", "<script>", "'\"><img src=x onerror=alert(1)>",
    "\x00\n\r\u202e", "\ud800", "9" * 5000, "x" * 1_000_000, "1" * 1_000_000, "٣", "🙂" * 100,
]  # fmt: skip


def is_good(made, notes):
    for k in knobs(Params):
        value = getattr(made, k.name)
        if k.kind in ("number", "integer"):
            assert type(value) is (int if k.kind == "integer" else float)
            assert not math.isnan(value) and (k.infinite or math.isfinite(value))
            assert k.low is None or value >= k.low
            assert k.high is None or value <= k.high or (k.infinite and value == math.inf)
        elif k.kind == "choice":
            assert value in k.options
        elif k.kind == "toggle":
            assert type(value) is bool
        else:
            assert type(value) is str and len(value) <= k.high and (value.isprintable() or not value)
    assert all(type(note) is str and len(note) <= 200 and note.isprintable() for note in notes)


@pytest.mark.parametrize("field", [k.name for k in knobs(Params)])
def test_hostile_values_do_no_harm(field):
    for thing in HOSTILE:
        made, notes = clean(Params, {field: thing})
        is_good(made, notes)
        others = {f.name: f.default for f in dataclasses.fields(Params) if f.name != field}
        assert all(getattr(made, name) == default for name, default in others.items()) and len(notes) <= 1


@given(
    st.dictionaries(
        st.sampled_from(["T", "cs", "K", "free", "family", "printed", "zs", "x"]),
        st.text() | st.floats() | st.integers() | st.none() | st.binary() | st.lists(st.integers()),
    )
)
@settings(max_examples=200)
def test_whatever_is_sent_the_state_is_good(mapping):
    is_good(*clean(Params, mapping))


@given(st.text() | st.binary())
@settings(max_examples=200)
def test_whatever_the_link_the_state_is_good(query):
    is_good(*from_query(Params, query))


@pytest.mark.parametrize(
    "query", [None, 7, [], b"T=20", "T=20&" * 300_000, "zs=" + "%" * 1_000_000, "&" * 10_000_000, "T" * 10_000_000]
)
def test_long_and_odd_links(query):
    is_good(*from_query(Params, query))


@pytest.mark.parametrize("form", [str, str.encode])
def test_the_longest_link_is_read_whole_and_one_letter_more_is_noted(form):
    link = "cs=1&free=".ljust(LONGEST_QUERY - len("&T=20"), "x") + "&T=20"
    assert len(link) == LONGEST_QUERY
    made, notes = from_query(Params, form(link))
    assert (made.temperature, [note for note in notes if "longer than" in note]) == (20, [])
    made, notes = from_query(Params, form(link + "0"))
    assert made.temperature == 20  # the last letter is not read
    assert [note for note in notes if "longer than" in note] == [notes[0]]


def test_odd_mappings():
    assert clean(Params, None) == from_query(Params, None) == (Params(), ())
    assert from_query(Params, 7) == (Params(), ("the link is not text; using the defaults",))
    made, notes = clean(Params, [("T", 1)])
    assert made == Params() and notes == ("a value of type list is no set of values; using the defaults",)


def test_definitions_that_contradict_themselves_are_refused():
    for make in (
        lambda: knob(1.0, "T", 0, 10, log=True),
        lambda: knob(11.0, "T", 0, 10),
        lambda: knob(math.inf, "T", 0, 10),
        lambda: choice("c", "letter", ["a", "b"]),
    ):
        with pytest.raises(ValueError, match=r"(low|default) must .*, got .*; "):
            make()

    @dataclass(frozen=True)
    class Twice:
        one: float = knob(1.0, "1", key="a")
        two: float = knob(1.0, "2", key="a")

    with pytest.raises(ValueError, match="key must differ"):
        knobs(Twice)
