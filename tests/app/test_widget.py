"""A page as a widget: it carries the messages of a session and adds what a session cannot know, the time."""

from __future__ import annotations

import gc
from dataclasses import replace

import pytest

from kdviz.app import PageWidget, show
from kdviz.pages.catalogue import load

HERO = load("02_gradient_gap")


def carried(page: PageWidget, content: object) -> list[tuple]:
    """Return what a widget sends for a message of a browser."""
    sent: list[tuple] = []
    page.send = lambda content, buffers=None: sent.append((content, buffers))
    page._handle_custom_msg(content, [])
    return sent


def test_a_change_is_carried_to_the_session_and_its_frame_back_with_the_time_it_took() -> None:
    page = show("02_gradient_gap", "K=10")
    ((frame, buffers),) = carried(page, {"kind": "change", "values": {"T": 9.0}, "seq": 4})
    assert (frame["kind"], frame["texts"]["seq"]) == ("frame", 4)
    assert 0 < frame["spent"] < 10_000  # ms
    assert sum(4 * shape[0] for *_, shape in frame["arrays"]) <= len(buffers[0])
    ((reply, none),) = carried(page, {"kind": "want", "what": "csv"})
    assert (reply["kind"], none) == ("file", None)
    assert carried(page, "nonsense") == []


def test_a_widget_begins_with_all_of_its_session() -> None:
    page = PageWidget(HERO, "T=11&theme=dark")
    whole = page.session.whole()
    assert (page.spec, page.start) == (whole["spec"], whole["start"])
    assert page.spec["theme"] == "dark"
    assert page.token != PageWidget(HERO).token


def test_a_notebook_reads_and_moves_a_page() -> None:
    page = show("02_gradient_gap", "T=20&K=10")
    assert page.params.temperature == page.asked.temperature == 20.0
    sent: list[dict] = []
    page.send = lambda content, buffers=None: sent.append(content)
    page.set(temperature=33.0)
    assert page.params.temperature == page.asked.temperature == 33.0
    assert sent[-1]["texts"]["state"]["T"] == 33.0
    assert len(page.result.student) == 10
    with pytest.raises(ValueError, match="temprature"):
        page.set(temprature=1)
    page.close()


def test_a_page_that_cannot_be_made_can_still_be_closed() -> None:
    def compute(params):
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        PageWidget(replace(HERO, compute=compute))
    gc.collect()  # closes what there is of it; a complaint would fail this test
