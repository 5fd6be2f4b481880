"""What lies on a bound, and next to it: of knobs, links, and whatever a visitor sends."""

import math
from dataclasses import dataclass

import pytest

from kdviz.core.params import choice, clean, from_query, knob, text, toggle
from kdviz.core.untrusted import plain, shown
from tests.support.knobs import Params


def test_a_bound_belongs_to_what_it_bounds():
    """What lies on a bound is kept without a note, what lies next to it is not."""
    for key, name, low, high in (("T", "temperature", 0.05, 1e6), ("cs", "student_mean", -10.0, 10.0)):
        for bound, beyond, why in ((low, -math.inf, "below"), (high, math.inf, "above")):
            made, notes = clean(Params, {key: bound})
            assert (getattr(made, name), notes) == (bound, ())
            made, (note,) = clean(Params, {key: math.nextafter(bound, beyond)})
            assert getattr(made, name) == bound and why in note
    assert [clean(Params, {"cs": sign * 10**400})[0].student_mean for sign in (-1, 1)] == [-10.0, 10.0]
    assert [clean(Params, {"K": k})[0].classes for k in (1, 2, 3, 999, 1000, 1001)] == [2, 2, 3, 999, 1000, 1000]


def test_a_default_may_lie_on_a_bound_and_at_infinity_where_that_is_admitted():
    for default, low, high in ((0.0, 0.0, 10.0), (10.0, 0.0, 10.0), (5.0, None, 5.0), (5.0, 5.0, None)):
        assert knob(default, "x", low, high).default == default
    assert knob(math.inf, "T", 1.0, 10.0, log=True, infinite=True).default == math.inf
    assert knob(5e-324, "x", 5e-324, 1.0, log=True).metadata["knob"].log
    for wrong in (
        lambda: knob(11.0, "T", 1.0, 10.0, infinite=True),
        lambda: knob(-math.inf, "T", 1.0, 10.0, infinite=True),
        lambda: knob(1.0, "T", None, 10.0, log=True),
        lambda: knob(-1.0, "T", -2.0, 10.0, log=True),
    ):
        with pytest.raises(ValueError, match=r"(low|default) must .*, got .*; "):
            wrong()


def test_what_is_left_out_of_a_knob():
    made = [made.metadata["knob"] for made in (knob(1, "x"), choice("a", "x", "ab"), toggle(0, "x"), text("", "x"))]
    assert [k.main for k in made] == [True, False, False, False]
    assert [(k.log, k.infinite, k.help, k.key) for k in made] == [(False, False, "", "")] * 4
    assert [k.step for k in made] == [None] * 4 and made[3].high == 400 and made[2].default is False
    keys = {"key": "k", "main": True, "help": "h"}
    given = (knob(1, "x", **keys), choice("a", "x", "ab", **keys), toggle(0, "x", **keys), text("", "x", **keys))
    assert {(k.key, k.main, k.help) for k in (made.metadata["knob"] for made in given)} == {("k", True, "h")}
    steps = [
        knob(2, "x", integer=whole, step=step).metadata["knob"].step for whole in (False, True) for step in (None, 3)
    ]
    assert steps == [None, 3, 1, 3] and type(knob(2, "x", integer=True).default) is int


def test_the_longest_of_everything_is_read_whole():
    assert from_query(Params, "free=" + "0" * 62 + "12") == (Params(free=12.0), ())
    assert from_query(Params, "free=" + "0" * 63 + "12")[0] == Params()
    assert from_query(Params, "zs=" + "1" * 60) == (Params(typed="1" * 60), ())
    assert shown("a" * 40) == "“" + "a" * 40 + "”" and shown("a" * 41) == "“" + "a" * 40 + "…”"
    assert (
        clean(Params, {"printed": " " * 16 + "on "})[0].printed
        and not clean(Params, {"printed": " " * 18 + "on"})[0].printed
    )
    assert (plain(1e16), plain(1e16 - 2), plain(-1e15)) == ("1e+16", "9999999999999998", "−1000000000000000")


def test_a_note_on_a_wrong_choice_names_so_many_options_as_fit():
    @dataclass(frozen=True)
    class Many:
        letter: str = choice("a" * 30, "letter", ["a" * 30, "b" * 100, "c" * 100], key="x")

    (note,) = clean(Many, {"x": "d"})[1]
    assert (
        note
        == "x = " + ("“d” is not one of " + ", ".join(["a" * 30, "b" * 100, "c" * 100]))[:140] + f"; using {'a' * 30}"
    )
