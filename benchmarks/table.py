"""A measured figure as a row, many rows as a table, and the line that says where they were measured."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import numpy as np

SIGN: dict[str, Callable[[float, float], bool]] = {"≤": float.__le__, "≥": float.__ge__, "=": float.__eq__}
SHOWN = ("numpy", "torch", "voila", "ipywidgets", "plotly", "playwright")


@dataclass
class Row:
    """One figure: `what` was measured, its `value` and `unit`, the goal as (sign, number), and raw `detail`.

    A `value` of None means that it was not measured; `note` says why, or what was counted.
    """

    what: str
    value: float | None
    unit: str = ""
    goal: tuple[str, float] | None = None
    note: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is no goal or no value."""
        if self.goal is None or self.value is None:
            return None
        return SIGN[self.goal[0]](float(self.value), float(self.goal[1]))

    def cells(self) -> tuple[str, str, str, str]:
        """The row as text: what, measured, goal, met?

        >>> Row("speed", 12.345, "×", ("≥", 8)).cells()
        ('speed', '12.3 ×', '≥ 8 ×', 'yes')
        """
        measured = "not measured" if self.value is None else f"{tidy(self.value)} {self.unit}".strip()
        goal = f"{self.goal[0]} {tidy(self.goal[1])} {self.unit}".strip() if self.goal else ""
        what = f"{self.what} ({self.note})" if self.note else self.what
        return what, measured, goal, {True: "yes", False: "NO", None: ""}[self.met]

    def as_json(self) -> dict[str, Any]:
        """The row as plain JSON."""
        return asdict(self) | {"met": self.met}


def tidy(value: float) -> str:
    """Three significant digits, without a power of ten below a million.

    >>> tidy(0.28312), tidy(1234.5), tidy(20)
    ('0.283', '1234', '20')
    """
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def quantiles(values: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return float(np.median(values)), float(np.percentile(values, 95))


def version(name: str) -> str:
    """`name version` of an installed distribution, or that it is missing."""
    try:
        return f"{name} {importlib.metadata.version(name)}"
    except importlib.metadata.PackageNotFoundError:
        return f"no {name}"


def processor() -> str:
    """The processor's name as the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            found = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    except OSError:
        found = []
    return found[0] if found else platform.processor() or platform.machine()


def machine() -> dict[str, Any]:
    """Where and when: processor, cores, load before the run, Python, versions, date."""
    return {
        "date": date.today().isoformat(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": [version(name) for name in SHOWN],
    }


def line(where: dict[str, Any]) -> str:
    """`machine()` as two lines of text."""
    first = f"{where['date']} · {where['processor']} · {where['cores']} cores · load {where['load']}"
    second = f"{where['system']} · Python {where['python']} · {' · '.join(where['versions'])}"
    return f"{first}\n{second}"


def show(title: str, rows: Sequence[Row]) -> None:
    """Print one block of the table: what | measured | goal | met?"""
    cells = [("what", "measured", "goal", "met?"), *(row.cells() for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(4)]
    print(f"\n{title}")
    for i, row in enumerate(cells):
        print("  " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
        if i == 0:
            print("  " + "-+-".join("-" * width for width in widths))
    sys.stdout.flush()
