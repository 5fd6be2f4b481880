"""What cannot be computed, drawn or exported is shown without a path, and the page goes on."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kdviz.core.check import BadInput
from kdviz.pages.catalogue import load
from tests.support.visitor import Visitor

HERO = load("02_gradient_gap")


def broken(error: Exception, **more: object) -> object:
    """Return the hero's page with a compute that fails above T = 100."""

    def compute(params):
        if params.temperature > 100:
            raise error
        return HERO.compute(params)

    return SimpleNamespace(**{**HERO.__dict__, "tasks": HERO.tasks, "compute": compute, **more})


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BadInput("got “1/2”; give the cure"), "give the cure"),
        (ValueError("/srv/secret.py"), "ValueError"),
        (OSError("/srv/secret.py"), "OSError"),
    ],
)
def test_an_error_is_shown_without_paths_and_the_next_step_works(error: Exception, words: str) -> None:
    visitor = Visitor(broken(error))
    frame = visitor.change(1, T=1000.0)
    assert words in frame["texts"]["alert"]
    assert "secret" not in frame["texts"]["alert"]
    # the controls keep what was asked for, the charts the last good state
    assert visitor.session.asked.temperature == 1000.0
    assert (visitor.params.temperature, frame["texts"]["state"]["T"]) == (HERO.params().temperature, 1000.0)
    assert visitor.change(2, T=50.0)["texts"]["alert"] == ""
    assert visitor.params.temperature == 50.0
    opened = Visitor(broken(error), "T=1000")  # from a link: said, and the defaults are shown
    assert words in opened.texts["alert"]
    assert (opened.params, opened.texts["state"]["T"]) == (HERO.params(), 1000.0)


def test_a_picture_of_another_form_is_refused_and_the_versions_go_on_without_a_gap() -> None:
    def draw(result):
        figure = HERO.figures[0](result)
        return figure | {"data": figure["data"][: 1 if result.params.temperature > 100 else None]}

    visitor = Visitor(broken(BadInput("no"), compute=HERO.compute, figures=(draw,)))
    frame = visitor.change(1, T=1000.0)
    assert "ValueError" in frame["texts"]["alert"]
    assert visitor.change(2, T=9.0)["version"] == frame["version"] + 1 == 2
    assert visitor.texts["alert"] == ""


def test_an_export_that_fails_is_shown_without_a_path() -> None:
    def table(result):
        raise OSError("/srv/secret.py")

    visitor = Visitor(broken(BadInput("no"), table=table))
    for what in ("table", "csv"):
        (reply,) = visitor.say({"kind": "want", "what": what})
        assert reply["kind"] == "failed"
        assert "OSError" in reply["text"]
        assert "secret" not in reply["text"]
