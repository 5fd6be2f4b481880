"""What a visitor reads, and what the log keeps, when something could not be done."""

from __future__ import annotations

import logging

from kdviz.core.check import BadInput
from kdviz.pages import Page
from kdviz.words import W

log = logging.getLogger("kdviz")


def message_for(error: Exception) -> str:
    """Return what a visitor reads of an error: our own refusals in full, of others the kind, never a path."""
    kind = getattr(error, "kind", type(error).__name__)  # of an error in another process
    return str(error)[:300] if isinstance(error, BadInput) else W.NOT_COMPUTED.format(kind=kind)


def report(what: str, page: Page, error: Exception) -> None:
    """Write into the log what went wrong; what we refuse is said to whoever asked, and is no fault."""
    if not isinstance(error, BadInput):
        log.error("%s of %s: %s", what, page.slug, type(error).__name__, exc_info=error)
