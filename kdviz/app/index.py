"""The landing page: a card per dashboard, made from the catalogue, and a line about the environment."""

from __future__ import annotations

import importlib.metadata
import os
import platform

import traitlets

from kdviz import __version__
from kdviz.app.bundle import widget
from kdviz.app.closed import close_doors
from kdviz.app.lending import Lending
from kdviz.core.params import pairs
from kdviz.pages.catalogue import CATALOGUE, load
from kdviz.words import W

SHOWN = ("numpy", "voila", "torch")


def installed(name: str) -> str:
    """Return `name version` of an installed distribution without importing it, or that it is missing."""
    try:
        return f"{name} {importlib.metadata.version(name)}"
    except importlib.metadata.PackageNotFoundError:
        return W.NOT_INSTALLED.format(name=name)


def environment() -> str:
    """Return the environment status line of the landing page."""
    parts = [f"kdviz {__version__}", f"Python {platform.python_version()}", *map(installed, SHOWN)]
    return W.INSTALLED.format(parts=" · ".join(parts))


class Index(Lending):
    """The landing page as a widget; its cards come from `kdviz.pages.catalogue`."""

    _esm = widget("index")
    spec = traitlets.Dict().tag(sync=True)


def show_index(query: str | None = None) -> Index:
    """Make the landing page; `theme=light` or `theme=dark` in the address are honoured.

    >>> len(show_index("").spec["cards"]) == len(CATALOGUE)
    True
    """
    close_doors()
    theme = pairs(os.environ.get("QUERY_STRING", "") if query is None else query)[0].get("theme", "")
    cards = []
    for slug, entry in CATALOGUE.items():
        page = load(slug)
        starts = [[name, preset.title, preset.why] for name, preset in page.presets.items()]
        card = {"slug": slug, "title": page.title, "goal": page.goal, "minutes": page.minutes}
        cards.append(card | {"presets": starts[:4], "chapter": W.CHAPTERS[entry.chapter]})
    return Index(
        spec={
            "title": "kdviz",
            "goal": W.INDEX_GOAL,
            "cards": cards,
            "theme": theme if theme in ("light", "dark") else "",
            "environment": environment(),
            "labels": W.LABELS["index"],
        }
    )
