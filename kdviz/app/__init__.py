"""What a notebook calls: `show(page)` makes a page live, `show_index()` the start page.

Each name is loaded when it is first used: a session (`kdviz.app.session`) needs no widgets.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdviz.app.index import show_index as show_index
    from kdviz.app.notebook import show as show
    from kdviz.app.widget import PageWidget as PageWidget

_HOME = {"show": "notebook", "show_index": "index", "PageWidget": "widget"}  # name -> module
__all__ = [*_HOME]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'kdviz.app' has no attribute {name!r}; it offers {', '.join(_HOME)}")
    return getattr(import_module(f"kdviz.app.{_HOME[name]}"), name)
