"""The browser's part of a page: the small module and the style that a widget carries, and the libraries behind them."""

from __future__ import annotations

import functools
import gzip
import importlib.metadata
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BUILT = HERE / "built"  # made by tools/bundle.py
STATIC = "share/jupyter/labextensions/kdviz/static"


@functools.cache
def libraries() -> dict[str, dict[str, str]]:
    """Return {name: {file, hash}} of the libraries that a page needs.

    >>> sorted(libraries())
    ['app', 'plotly', 'temml']
    """
    found: dict[str, dict[str, str]] = json.loads((BUILT / "libraries.json").read_text(encoding="utf-8"))
    return found


@functools.cache
def widget(view: str) -> str:
    """Return the ES module of a widget: it gets the program from the server, or from the kernel, and starts `view`.

    >>> len(widget("page").encode()) < 6000
    True
    """
    text = (BUILT / "widget.js").read_text(encoding="utf-8")
    return f"{text}export default kdviz.widget({json.dumps(view)}, {json.dumps(libraries())});\n"


@functools.cache
def stylesheet() -> str:
    """Return the style of all kdviz widgets."""
    return (HERE / "page.css").read_text(encoding="utf-8")


def folder() -> Path:
    """Return where the browser's libraries lie: in the checkout, or where the wheel put them.

    Raises FileNotFoundError when they are in neither place.
    """
    checkout = HERE.parents[1] / STATIC
    if checkout.is_dir():
        return checkout
    for path in importlib.metadata.files("kdviz") or ():
        if str(path).endswith(f"{STATIC}/VENDORED.json"):
            return Path(str(path.locate())).resolve().parent
    raise FileNotFoundError(f"{STATIC} belongs to kdviz and is not there; install kdviz anew")


@functools.cache
def library(name: str) -> tuple[dict[str, Any], bytes] | None:
    """Return the message that carries a library to a browser, and the file, gzipped; None for an unknown name.

    >>> library("torch") is None
    True
    """
    entry = libraries().get(name)
    if entry is None:
        return None
    data = (folder() / entry["file"]).read_bytes()
    return {"kind": "library", "name": name, "hash": entry["hash"]}, gzip.compress(data, 6, mtime=0)
