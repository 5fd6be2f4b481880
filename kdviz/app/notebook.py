"""`show(page)`: the last line of every dashboard notebook."""

from __future__ import annotations

import logging
import os

import ipywidgets

from kdviz.app.closed import close_doors, deafen
from kdviz.app.errors import message_for
from kdviz.app.widget import PageWidget
from kdviz.pages import Page
from kdviz.pages.catalogue import load
from kdviz.words import W

log = logging.getLogger("kdviz")


def show(page: Page | str, query: str | None = None) -> ipywidgets.Widget:
    """Make a page live, given as a value or by its slug, such as `"02_gradient_gap"`.

    `query` is the state in the form of a link, `"T=20&cs=1&ct=-1&K=10&seed=3"`; by default the one of the address that
    Voila was asked for. A page that cannot be made becomes a readable message with a way back.
    Raises ValueError for an unknown slug.

    >>> show("02_gradient_gap", "T=20&K=10").params.temperature
    20.0
    """
    close_doors()
    chosen = load(page) if isinstance(page, str) else page
    asked = os.environ.get("QUERY_STRING", "") if query is None else query
    try:
        return PageWidget(chosen, asked)
    except Exception as error:
        log.exception("page %s", chosen.slug)
        text = W.NOT_MADE.format(title=chosen.title, message=message_for(error))
        box = ipywidgets.VBox([ipywidgets.Label(text), ipywidgets.Label(W.RELOAD)])
        deafen(box)
        return box
