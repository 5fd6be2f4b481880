"""The state in which a link opens, before any kernel: what the page's widget will begin with, as JSON."""

from __future__ import annotations

import base64
from typing import Any

from kdviz.app.session import Session
from kdviz.pages.catalogue import load


def opening(slug: str, query: str) -> dict[str, Any]:
    """Return {spec, start} of a link as JSON; the float32 buffer of `start` is written in base64.

    Raises ValueError for an unknown slug, and what went wrong where the page would show its defaults for a reason that
    is not in the link: that may pass, and a kernel is to try again.

    >>> opening("02_gradient_gap", "T=20&K=10")["start"]["texts"]["state"]["T"]
    20.0
    """
    session = Session.open(load(slug), query)
    if session.fault:
        raise session.fault
    whole = session.whole()
    return {**whole, "start": {**whole["start"], "buffer": base64.b64encode(whole["start"]["buffer"]).decode()}}
