"""The state in which a link opens, before any kernel: what the page's widget will begin with, as JSON."""

from __future__ import annotations

import base64
from typing import Any

from kdviz.app.page import Page
from kdviz.pages.catalogue import load


def opening(slug: str, query: str) -> dict[str, Any]:
    """Return {spec, start} of a link as JSON; the float32 buffer of `start` is written in base64.

    Raises ValueError for an unknown slug.

    >>> opening("02_gradient_gap", "T=20&K=10")["start"]["texts"]["state"]["T"]
    20.0
    """
    page = Page(load(slug), query)
    found = {"spec": page.spec, "start": page.start | {"buffer": base64.b64encode(page.start["buffer"]).decode()}}
    page.close()
    return found
