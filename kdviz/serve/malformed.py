"""Requests that cannot be read: a body, a path, a method, an origin. Each is refused in one line, like any other.

Tornado refuses some before `prepare()`, and Jupyter's error page asks who the visitor is, which only `prepare()` finds
out: the error page fails, and its traceback goes to the log. Until then the visitor is nobody. An `Origin` that is no
address is that of another page.
"""

from __future__ import annotations

from jupyter_server.base.handlers import JupyterHandler


def patch() -> None:
    """Let Jupyter's handlers take what cannot be read; once."""
    original = JupyterHandler.check_origin
    if getattr(original, "takes_all", False):
        return

    def check_origin(self: JupyterHandler, origin_to_satisfy_tornado: str = "") -> bool:
        try:
            return original(self, origin_to_satisfy_tornado)
        except ValueError:
            return False

    check_origin.takes_all = True  # type: ignore[attr-defined]
    JupyterHandler.check_origin = check_origin  # type: ignore[method-assign]
    JupyterHandler._current_user = None
