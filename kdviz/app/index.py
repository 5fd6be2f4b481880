"""The landing page: a card per dashboard, made from the catalogue, and a line about the environment."""

from __future__ import annotations

import importlib.metadata
import os
import platform

import anywidget
import traitlets

from kdviz import __version__
from kdviz.app.bundle import INDEX, javascript, stylesheet
from kdviz.app.closed import Closed, close_doors
from kdviz.core.params import pairs
from kdviz.lessons import CATALOGUE, load

SHOWN = ("numpy", "voila", "torch")


def installed(name: str) -> str:
    """Return `name version` of an installed distribution without importing it, or that it is missing."""
    try:
        return f"{name} {importlib.metadata.version(name)}"
    except importlib.metadata.PackageNotFoundError:
        return f"no {name}"


def environment() -> str:
    """Return the environment status line of the landing page."""
    parts = [f"kdviz {__version__}", f"Python {platform.python_version()}", *map(installed, SHOWN)]
    return " · ".join(parts) + ". The pages listed here need no torch and no network."


class Index(Closed, anywidget.AnyWidget):
    """The landing page as a widget; its cards come from `kdviz.lessons.CATALOGUE`."""

    _esm = javascript(INDEX, "render")
    _css = stylesheet()
    spec = traitlets.Dict().tag(sync=True)


def show_index(query: str | None = None) -> Index:
    """Make the landing page; `theme=light` or `theme=dark` in the address are honoured.

    >>> len(show_index("").spec["cards"]) == len(CATALOGUE)
    True
    """
    close_doors()
    theme = pairs(os.environ.get("QUERY_STRING", "") if query is None else query)[0].get("theme", "")
    cards = []
    for lesson in map(load, CATALOGUE):
        starts = [[name, preset.title, preset.why] for name, preset in lesson.presets.items()]
        card = {"slug": lesson.slug, "title": lesson.title, "goal": lesson.goal, "minutes": lesson.minutes}
        cards.append(card | {"presets": starts[:4]})
    return Index(
        spec={
            "title": "kdviz",
            "goal": "See how knowledge distillation and logits matching relate: move a slider, watch the gradients.",
            "cards": cards,
            "theme": theme if theme in ("light", "dark") else "",
            "environment": environment(),
        }
    )
