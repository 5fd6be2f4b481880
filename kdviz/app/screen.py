"""What is on the screen of a page at one moment: a value, drawn whole from a state or left as it was."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kdviz.app import export, frames
from kdviz.app.protocol import Frame, RunStatus, Start, Texts
from kdviz.core.params import to_query
from kdviz.pages import Page


@dataclass(frozen=True)
class Screen:
    """The parameters and the result that the charts show, and all that is read beside them."""

    params: Any
    result: Any
    figures: Sequence[frames.Figure]
    texts: Texts

    def saying(self, **texts: Any) -> Screen:
        """Return the same charts beside other texts."""
        return replace(self, texts={**self.texts, **texts})  # type: ignore[typeddict-item]


def draw(page: Page, params: Any, result: Any, *, seq: int, notes: Sequence[str], run: RunStatus | None) -> Screen:
    """Return the screen of a result; `run` is None on a page that trains nothing."""
    figures = [figure(result) for figure in page.figures]
    texts: Texts = {
        "seq": seq,
        **asked(params),  # type: ignore[typeddict-item]
        "verdict": page.verdict(result),
        "formula": page.formula(result),
        "gauges": [frames.plain(tuple(gauge._replace(value=finite(gauge.value)))) for gauge in page.gauges(result)],
        "notes": list(notes),
        "alert": "",
    }
    if run is not None:
        texts["run"] = run
    return Screen(params, result, figures, texts)


def asked(params: Any) -> dict[str, Any]:
    """Return the texts that tell where the controls stand."""
    return {"state": export.values(params), "link": to_query(params)}


def whole(screen: Screen, version: int) -> Start:
    """Return everything on a screen, as a page begins with it."""
    arrays, lists, buffer = frames.pack(list(frames.moving(screen.figures)))
    figures = frames.furniture(screen.figures)
    for chart, trace, key, items in lists:
        figures[chart]["data"][trace][key] = items
    return {"version": version, "texts": screen.texts, "figures": figures, "arrays": arrays, "buffer": buffer}  # type: ignore[typeddict-item]


def frame(before: Screen | None, screen: Screen, version: int) -> tuple[Frame, bytes]:
    """Return the message that turns one screen into another (None: whatever a browser shows) and its buffer."""
    entries = list(frames.moving(screen.figures)) if before is None else frames.changed(before.figures, screen.figures)
    arrays, lists, buffer = frames.pack(entries)
    known: Mapping[str, object] = {} if before is None else before.texts
    texts = {key: text for key, text in screen.texts.items() if key not in known or known[key] != text}
    message: Frame = {
        "kind": "frame",
        "whole": before is None,
        "version": version,
        "texts": texts,
        "arrays": arrays,  # type: ignore[typeddict-item]
        "lists": lists,  # type: ignore[typeddict-item]
    }
    return message, buffer


def table(page: Page, result: Any) -> tuple[list[str], list[list[Any]]]:
    """Return the header and the rows of the numbers behind the charts, ready for JSON."""
    header, rows = page.table(result)
    return list(header), [[cell(item) for item in row] for row in rows]


def cell(value: Any) -> Any:
    """Return a table cell as JSON: NaN as a dash, infinity as ∞, other numbers as they are."""
    item = frames.plain(value)
    if isinstance(item, float) and not math.isfinite(item):
        return "–" if math.isnan(item) else "∞" if item > 0 else "−∞"
    return item


def finite(value: float) -> float | None:
    """Return `value` as a float, None where it is not finite (JSON has no such numbers)."""
    number = float(value)
    return number if math.isfinite(number) else None
