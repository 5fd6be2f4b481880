"""What is on the screen is what the backend computes for the state on that screen."""

from __future__ import annotations

import numpy as np

from kdviz.app import frames
from kdviz.core.params import clean
from kdviz.pages.catalogue import load
from tests.support.tab import Tab


def backend(tab: Tab, slug: str):
    """Return (lesson, result) that the backend computes for the state on the screen."""
    lesson = load(slug)
    params, notes = clean(lesson.params, tab.state())
    assert not notes
    return lesson, lesson.compute(params)


def assert_same(shown: list, sent: object) -> None:
    """Compare what Plotly holds with what the backend sent: words to the letter, numbers to the last bit of float32."""
    if frames.is_text(sent):
        assert shown == list(map(str, sent))
        return
    numbers = np.array([np.nan if value is None else value for value in shown], "f4")
    np.testing.assert_array_equal(numbers, np.ravel(np.asarray(sent, "f4")))


def assert_same_numbers(tab: Tab, slug: str) -> None:
    """Compare every drawn array and the verdict with the backend; float32 is what travels."""
    lesson, result = backend(tab, slug)
    for chart, draw in enumerate(lesson.figures):
        drawn = tab.traces(chart)
        figure = draw(result)
        assert [trace["name"] for trace in drawn] == [trace["name"] for trace in figure["data"]]
        for shown, trace in zip(drawn, figure["data"], strict=True):
            for key in ("x", "y", "z", "text"):
                if key in trace:
                    assert_same(shown[key], trace[key])
    assert tab.page.locator(".kd-verdict").inner_text() == lesson.verdict(result)
    shown = [text for text in tab.page.locator(".kd-gauge output").all_inner_texts()]
    assert shown == [gauge.text for gauge in lesson.gauges(result)]
