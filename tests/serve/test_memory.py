"""How much memory there is: the tightest of all limits counts."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from kdviz.serve import memory
from kdviz.serve.options import default_sessions, session_cost

MIB = 2**20


def group(folder: Path, names: tuple[str, str, str], most: str, taken: int, cache: int) -> None:
    """Write what the kernel says of one control group."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / names[0]).write_text(f"{most}\n", encoding="ascii")
    (folder / names[1]).write_text(f"{taken * MIB}\n", encoding="ascii")
    (folder / "memory.stat").write_text(f"anon 5\n{names[2]} {cache * MIB}\n", encoding="ascii")


@pytest.mark.parametrize(
    ("lines", "base", "names"),
    [("0::/outer/inner\n", "", memory.V2), ("9:cpu,cpuacct:/other\n4:memory:/outer/inner\n", "memory", memory.V1)],
    ids=["version 2", "version 1"],
)
def test_the_tightest_control_group_on_the_way_up_counts_and_dropped_files_are_free(tmp_path, lines, base, names):
    groups, mount = tmp_path / "cgroup", tmp_path / "fs"
    groups.write_text(lines, encoding="utf-8")
    group(mount / base / "outer" / "inner", names, str(4096 * MIB), 1000, 0)
    group(mount / base / "outer", names, str(2048 * MIB), 1500, 300)
    group(mount / base, names, "max" if not base else str(2**63 - 4096), 9000, 0)
    assert memory.contained(groups, mount) == 2048 - 1500 + 300


def test_inside_a_container_its_root_is_what_counts(tmp_path):
    (tmp_path / "cgroup").write_text("0::/docker/that/is/not/seen/from/here\n", encoding="utf-8")
    group(tmp_path / "fs", memory.V2, str(512 * MIB), 100, 10)
    assert memory.contained(tmp_path / "cgroup", tmp_path / "fs") == 422


def test_without_control_groups_or_with_odd_ones_there_is_no_limit_from_them(tmp_path):
    assert memory.contained(tmp_path / "nothing", tmp_path) == math.inf
    (tmp_path / "cgroup").write_text("0::/\nnonsense\n", encoding="utf-8")
    group(tmp_path, memory.V2, "many", 1, 1)
    assert memory.contained(tmp_path / "cgroup", tmp_path) == math.inf


def test_the_limit_of_the_environment_counts_what_our_processes_take(monkeypatch):
    monkeypatch.setenv(memory.LIMIT, "1024")
    before = memory.free()
    assert before == pytest.approx(1024 - memory.proportional(os.getpid()), abs=30)
    code = "import time; held = b'x' * (200 << 20); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        assert memory.free() == pytest.approx(before - 208, abs=30)
        child.kill()
        child.wait()
        assert memory.proportional(child.pid) == 0  # gone: it takes nothing
    monkeypatch.setenv(memory.LIMIT, "10000000000")
    assert memory.free() <= psutil.virtual_memory().total / MIB
    monkeypatch.setenv(memory.LIMIT, "half")
    assert memory.free() == pytest.approx(psutil.virtual_memory().available / MIB, rel=0.2)


@pytest.mark.skipif(sys.platform != "linux", reason="shared pages are told apart on Linux")
def test_what_a_fork_shares_is_not_counted_as_its_own():
    code = """
import os, time
held = b'x' * (100 << 20)
if os.fork() == 0:
    own = b'y' * (30 << 20)
    print(os.getpid(), flush=True); time.sleep(60)
os.wait()"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        time.sleep(0.1)
        assert 25 < memory.private(child) < 60
        assert 70 < memory.proportional(child) < 110
        psutil.Process(child).kill()


def test_seats_are_counted_by_what_a_page_takes_and_two_runs_always_fit_beside_them():
    for fork in (False, True):
        for free in (1024, 2048, 4096, 8192):
            seats = default_sessions(free, fork)
            assert seats == 2 or seats * session_cost(fork) + 2 * 260 <= 0.75 * free
    assert default_sessions(8192, fork=True) == 60
