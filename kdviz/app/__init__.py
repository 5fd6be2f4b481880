"""The only part of kdviz that knows widgets: `show(lesson)` makes a page, `show_index()` the landing page."""

from __future__ import annotations

from kdviz.app.index import show_index
from kdviz.app.page import Page
from kdviz.app.show import show

__all__ = ["Page", "show", "show_index"]
