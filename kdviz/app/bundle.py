"""Join the JavaScript modules of `app/js` into the one module that a widget carries.

The modules import each other for readers and tools; in a widget they travel as one text, so that a page needs no second
round trip and works under every base URL. Order matters: a module comes after what it uses.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = (
    "dom",
    "assets",
    "look",
    "legend",
    "slide",
    "themed",
    "chart",
    "frames",
    "controls",
    "menu",
    "panels",
    "run",
    "page",
)
INDEX = ("dom", "assets", "look", "index")


@functools.cache
def javascript(modules: tuple[str, ...], exports: str) -> str:
    """Return the source of `modules` as one ES module whose default export is `{exports}`.

    >>> "import " in javascript(("dom",), "h")
    False
    """
    text = "".join((HERE / "js" / f"{name}.js").read_text(encoding="utf-8") for name in modules)
    text = re.sub(r"^import\s[^;]*;\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^export (?=async |function|class|const)", "", text, flags=re.MULTILINE)
    text = re.sub(r"^//.*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\s+", "", text, flags=re.MULTILINE)  # no string of ours runs over a line
    return f"{text}export default {{ {exports} }};\n"


@functools.cache
def stylesheet() -> str:
    """Return the style of all kdviz widgets."""
    return (HERE / "page.css").read_text(encoding="utf-8")
