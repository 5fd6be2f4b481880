"""Colours are written once, in `kdviz/charts/theme.py`; the stylesheets hold copies that this writes and compares.

`python tools/palette.py` prints what differs and exits 1; `--write` puts the palette into the stylesheets.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from kdviz.charts import theme

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "kdviz/app/page.css"
FRAME = ROOT / "share/jupyter/voila/templates/kdviz/static/frame.css"
OF_FRAME = {"bg": "paper", "fg": "ink", "accent": "accent", "warn": "warn", "warn-line": "warn-line"}
BLOCK = re.compile(r"(/\* palette: .*?\*/\n).*?(/\* end of the palette \*/\n)", re.DOTALL)


def frame() -> str:
    """The colours of the page around the widget: the same, under the names that its stylesheet uses."""
    pages = [
        " ".join(f"--kd-frame-{name}: {page[f'--kd-{colour}']};" for name, colour in OF_FRAME.items())
        for page in theme.variables()
    ]
    return f':root {{ {pages[0]} }}\n:root[data-kd-theme="dark"] {{ {pages[1]} }}\n'


def wanted(path: Path) -> str:
    """A stylesheet with the palette in its marked block; ValueError where it has none."""
    text = path.read_text(encoding="utf-8")
    css = theme.css() if path == PAGE else frame()
    made, count = BLOCK.subn(lambda found: found[1] + css + found[2], text)
    if count != 1:
        raise ValueError(f"{path.name} must hold one block between “/* palette: … */” and “/* end of the palette */”")
    return made


def main(argv: list[str] | None = None) -> int:
    """Compare, or write with `--write`."""
    write = "--write" in (sys.argv[1:] if argv is None else argv)
    stale = [path for path in (PAGE, FRAME) if path.read_text(encoding="utf-8") != wanted(path)]
    for path in stale:
        if write:
            path.write_text(wanted(path), encoding="utf-8")
        print(f"{path.relative_to(ROOT)} {'written' if write else 'differs from kdviz/charts/theme.py'}")
    return int(bool(stale) and not write)


if __name__ == "__main__":
    raise SystemExit(main())
