"""`python -m benchmarks`: measure, print one table, exit with 0 (a measurement is not a test)."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")


def main(argv: list[str] | None = None) -> int:
    """Run the parts that were asked for; returns 0, whatever was measured."""
    parser = argparse.ArgumentParser(
        prog="benchmarks", description="Every performance figure, against a peer, in one run."
    )
    parser.add_argument("--quick", action="store_true", help="few repeats and small shapes: to see that it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE too")
    parser.add_argument(
        "--only",
        choices=("kernels", "browser", "training", "table1", "live", "storm", "peers"),
        help="one part of the table",
    )
    parser.add_argument(
        "--peers",
        action="store_true",
        help="the same page in Dash, marimo, Panel, Solara and stock Voila too (own environment)",
    )
    options = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends the servers and their kernels too
    from benchmarks import table

    where = table.machine()
    print(table.line(where), flush=True)
    begin, parts = time.monotonic(), {}
    for name, title in chosen(options):
        module = __import__(f"benchmarks.{name}", fromlist=["rows"])
        try:
            parts[name] = module.rows(quick=options.quick)
        except Exception as error:  # one part that cannot run must not cost the others
            parts[name] = [table.Row(title, None, note=f"{type(error).__name__}: {str(error).splitlines()[0][:160]}")]
        table.show(title, parts[name])
    goals = [row.met for rows in parts.values() for row in rows if row.goal]
    measured = [met for met in goals if met is not None]
    print(f"\n{sum(measured)} of {len(goals)} goals met, {len(goals) - len(measured)} not measured, ", end="")
    print(f"{time.monotonic() - begin:.0f} s; load now {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "")
    if options.json:
        content = {"machine": where, "parts": {name: [row.as_json() for row in rows] for name, rows in parts.items()}}
        options.json.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def chosen(options: argparse.Namespace) -> list[tuple[str, str]]:
    """Return (module, title) of the parts to run."""
    parts = {"kernels": "Kernels, float32, T = 4, one thread", "browser": "Pages in Chromium"}
    parts["training"] = "Training, float32, one thread"
    parts["table1"] = "Table 1 of the paper, one thread"
    parts["live"] = "Pages that train while they answer"
    if options.only == "storm":  # minutes of both processors: not for every run
        parts["storm"] = "Thirty visitors at once"
    if options.peers or options.only == "peers":
        parts["peers"] = "The same page in Dash, marimo, Panel, Solara and stock Voila"
    return [(name, title) for name, title in parts.items() if options.only in (None, name)]


if __name__ == "__main__":
    sys.exit(main())
