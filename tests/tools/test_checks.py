"""`run.py check`: one line a part, a failing part's output in full, and nothing that needs a browser or a server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import run
from tools import checks

ROOT = Path(__file__).parents[2]
PYTHON = Path(sys.executable)
FINE = checks.Part("fine", ("-c", "print('unseen')"))
BROKEN = checks.Part("broken", ("-c", "print('first line'); print('last line'); raise SystemExit(3)"))


def checked(*parts: checks.Part, capsys) -> tuple[int, str]:
    """Run these parts; returns the exit status and what was printed."""
    status = checks.report(checks.run_all(parts, PYTHON, ROOT, os.environ))
    return status, capsys.readouterr().out


def test_a_part_that_is_fine_is_one_line_with_its_seconds(capsys):
    status, printed = checked(FINE, capsys=capsys)
    assert status == 0
    assert re.fullmatch(r"ok +fine +\d+\.\d s\n\nall is well, \d+\.\d s\n", printed)


def test_a_failing_part_fails_the_check_and_is_printed_in_full(capsys):
    status, printed = checked(FINE, BROKEN, FINE, capsys=capsys)
    assert status == 1
    assert len(re.findall(r"^ok +fine ", printed, re.MULTILINE)) == 2
    assert re.search(r"^FAILED +broken ", printed, re.MULTILINE)
    assert "first line\nlast line\n" in printed
    assert "unseen" not in printed
    assert printed.endswith(" s\n") and "\n1 failed, " in printed


def test_parts_run_side_by_side(tmp_path):
    meet = "import sys, time; from pathlib import Path; here, there = map(Path, sys.argv[1:]); here.touch()\n"
    meet += "until = time.monotonic() + 30\nwhile not there.exists():\n    assert time.monotonic() < until"
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    parts = [checks.Part("a", ("-c", meet, one, two)), checks.Part("b", ("-c", meet, two, one))]
    assert [done.status for done in checks.run_all(parts, PYTHON, ROOT, os.environ, workers=2)] == [0, 0]


@pytest.mark.parametrize("part", checks.PARTS, ids=lambda part: part.name)
def test_a_part_names_what_is_there(part):
    module = part.arguments[1] if part.arguments[0] == "-m" else None
    assert module in (None, "pytest", "mypy", "ruff")
    paths = [word for word in part.arguments if "/" in word or word.endswith(".py")]
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert not {"tests/browser", "tests/serve"} & set(paths)


def test_the_tests_of_the_check_need_neither_browser_nor_quiet():
    for part in checks.PARTS:
        if "pytest" in part.arguments:
            assert "not (slow or browser or quiet or gpu)" in part.arguments


def test_check_takes_no_options():
    done = subprocess.run(
        [sys.executable, ROOT / "run.py", "check", "-k", "x"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "check takes no options" in done.stdout


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("browsers", [False, True])
def test_every_test_runs_in_exactly_one_part_of_the_whole_command(slow, browsers):
    marks = ("browser", "quiet", "gpu", "slow")
    expressions = [part[part.index("-m") + 1] for part in run.division(slow=slow, browsers=browsers)]
    for chosen in range(2 ** len(marks)):
        names = {name: bool(chosen >> place & 1) for place, name in enumerate(marks)}
        parts = sum(eval(expression, {}, names) for expression in expressions)
        assert parts == (0 if names["slow"] and not slow else 1), names


def test_files_that_hold_a_mark_are_found(tmp_path, monkeypatch):
    (tmp_path / "tests" / "below").mkdir(parents=True)
    (tmp_path / "tests" / "below" / "test_a.py").write_text("pytestmark = pytest.mark.quiet", encoding="utf-8")
    (tmp_path / "tests" / "test_b.py").write_text("quiet = 1", encoding="utf-8")
    monkeypatch.setattr(run, "ROOT", tmp_path)
    assert run.marked("quiet", "gpu") == ["tests/below/test_a.py"]
