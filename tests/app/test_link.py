"""The address of a page and its first message: state, shell keys, calls from Python."""

from __future__ import annotations

import json

import pytest

from kdviz.app import PageWidget, link, show, show_index
from kdviz.core.params import knobs, to_query
from kdviz.pages.catalogue import CATALOGUE, load

HERO = load("02_gradient_gap")


@pytest.mark.parametrize("slug", CATALOGUE)
def test_the_link_of_a_state_gives_the_state_back(slug: str) -> None:
    lesson = load(slug)
    for query in ("", "T=inf&K=1000", "T=0.05&K=2&seed=17&sigma=3.25", "family=typed&zs=2,0,-1,3&zt=3,1,-2,6"):
        params, _, notes = link.read(lesson, query)
        assert not notes
        assert link.read(lesson, to_query(params)) == (params, link.Shell(), ())


def test_shell_keys_take_only_what_they_know() -> None:
    _, shell, notes = link.read(HERO, "hide=ct,<b>,K&lock=T&theme=hotdog&mode=projector&preset=nope")
    assert shell == link.Shell(hide=("ct", "K"), lock=("T",), mode="projector")
    assert len(notes) == 3


def test_show_takes_a_lesson_or_its_name_and_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUERY_STRING", "T=11&theme=dark")
    page = show(HERO)
    assert (page.params.temperature, page.spec["theme"]) == (11.0, "dark")
    assert show("01_temperature", "T=3").params.temperature == 3.0
    with pytest.raises(ValueError, match="05_nothing"):
        show("05_nothing")
    assert show_index("theme=<b>").spec["theme"] == ""


@pytest.mark.parametrize("slug", CATALOGUE)
def test_what_is_sent_first_is_small_and_holds_every_knob(slug: str) -> None:
    lesson = load(slug)
    page = PageWidget(lesson)
    assert [knob["key"] for knob in page.spec["knobs"]] == [knob.key for knob in knobs(lesson.params)]
    text = json.dumps(
        {"spec": page.spec, "start": {k: v for k, v in page.start.items() if k != "buffer"}}, allow_nan=False
    )
    total = len(text) + len(page.start["buffer"]) + len(page._esm) + len(page._css)
    assert total < 100_000, f"{total} bytes"
