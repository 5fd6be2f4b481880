"""The quick check: style, types, JavaScript, and the tests that need neither browser nor server, side by side.

Standard library only. `python3 run.py check` prints one line a part with its seconds, and what a failing part printed.
"""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=0", "--durations-min=5")
PYTEST += ("-m", "not (slow or browser or quiet or gpu)")


@dataclass(frozen=True)
class Part:
    """One part of the check: its name, and what Python runs."""

    name: str
    arguments: tuple[str, ...]


def tests(name: str, *paths: str) -> Part:
    """Return a part that runs the tests and examples of these paths."""
    return Part(name, (*PYTEST, *paths))


PARTS = (  # the longest first: the short ones fill the gaps
    tests("theorems", "tests/core", "tests/losses", "kdviz/core", "kdviz/losses"),
    tests("models", "tests/pages", "kdviz/pages", "kdviz/words"),
    tests("charts", "tests/charts", "kdviz/charts"),
    Part("mypy", ("-m", "mypy")),
    Part("JavaScript", ("tools/node.py", "types", "lint", "test")),
    Part("bundle", ("tools/bundle.py",)),
    Part("ruff", ("-m", "ruff", "check", "-q", ".")),
    Part("ruff format", ("-m", "ruff", "format", "-q", "--check", ".")),
)


@dataclass(frozen=True)
class Done:
    """What came of a part: exit status, seconds, everything that it printed."""

    part: Part
    status: int
    seconds: float
    output: str


def run(part: Part, python: Path, root: Path, surroundings: Mapping[str, str]) -> Done:
    """Run one part to its end."""
    began = time.monotonic()
    done = subprocess.run(
        [str(python), *part.arguments],
        cwd=root,
        env=surroundings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return Done(part, done.returncode, time.monotonic() - began, done.stdout)


def run_all(
    parts: Sequence[Part], python: Path, root: Path, surroundings: Mapping[str, str], workers: int = 0
) -> Iterator[Done]:
    """Yield what came of each part as it ends; `workers` run at once, by default one per processor."""
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        waiting = [pool.submit(run, part, python, root, surroundings) for part in parts]
        try:
            for future in as_completed(waiting):
                yield future.result()
        finally:
            for future in waiting:
                future.cancel()


def report(found: Iterator[Done]) -> int:
    """Print one line a part, then in full what the failing ones printed; returns 1 where one failed."""
    began, failed = time.monotonic(), []
    for done in found:
        print(f"{'FAILED' if done.status else 'ok':6}  {done.part.name:12} {done.seconds:5.1f} s", flush=True)
        failed += [done] * bool(done.status)
    for done in failed:
        print(f"\n--- {done.part.name}: python {' '.join(done.part.arguments)}\n{done.output.rstrip()}", flush=True)
    total = time.monotonic() - began
    print(f"\n{f'{len(failed)} failed' if failed else 'all is well'}, {total:.1f} s", flush=True)
    return int(bool(failed))
