"""A server leaves nothing behind whatever ends it, and works where nothing may be written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from kdviz.serve import folders
from tests.support.serving import MARK, ROOT, end_all, eventually, folder, local_server, runs

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and locks")
DEAD = "import sys; from pathlib import Path; from kdviz.serve import folders; folders.claim(Path(sys.argv[1]))"


@pytest.fixture
def place():
    """Give a folder for temporary files whose name is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="k", dir="/tmp") as found:
        yield Path(found)


def claimed_by_the_dead(place: Path, name: str) -> Path:
    """Return a folder that a process claimed which has ended."""
    (place / name / "packed").mkdir(parents=True)
    subprocess.run([sys.executable, "-c", DEAD, place / name], cwd=ROOT, check=True)
    return place / name


def test_only_folders_whose_server_is_gone_are_removed(place):
    gone, held, stock = claimed_by_the_dead(place, "voila_gone"), place / "voila_held", place / "voila_stock"
    other = claimed_by_the_dead(place, "other_gone")
    held.mkdir()
    stock.mkdir()
    folders.claim(held)
    link = place / "voila_link"
    link.symlink_to(other, target_is_directory=True)
    folders.tidy(place, place)
    assert not gone.exists()
    assert held.exists() and stock.exists() and other.exists() and link.is_symlink()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files away")
def test_the_folders_of_another_user_are_untouched(place):
    gone = claimed_by_the_dead(place, "voila_gone")
    os.chown(gone, 12345, 12345)
    folders.tidy(place)
    assert gone.exists()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda how: how.name)
def test_a_server_that_is_asked_to_end_leaves_nothing_and_says_nothing(tmp_path, place, how):
    if signal.getsignal(how) is signal.SIG_IGN:  # these tests run under nohup, and a server there goes on
        signal.signal(how, signal.SIG_DFL)
    with (
        (tmp_path / "log").open("w+") as log,
        local_server(folder(tmp_path), log=log, env={"TMPDIR": str(place)}) as here,
    ):
        end_all(here, here.open()[1])
        here.get("/")
        page = here.open()[1]
        assert MARK in page
        assert list(place.iterdir())
        below = here.processes()
        here.process.send_signal(how)
        assert eventually(lambda: not here.process.is_running() or here.process.status() == "zombie", 20)
        assert not any(runs(pid) for pid in below)
        assert list(place.iterdir()) == []
        log.seek(0)
        assert log.read() == ""


def test_the_next_server_removes_what_a_killed_one_left_and_not_what_runs(tmp_path, place):
    pages, env = folder(tmp_path), {"TMPDIR": str(place)}
    with local_server(pages, env=env) as running:
        with local_server(pages, env=env) as killed:
            killed.open()
            assert len(list(place.iterdir())) == 2
            killed.process.kill()
            assert eventually(lambda: killed.process.status() == "zombie", 10)
        assert len(list(place.iterdir())) == 2
        with local_server(pages, env=env) as third:
            assert MARK in third.open()[1]
            assert len(list(place.iterdir())) == 2
            assert MARK in running.open()[1]


@pytest.mark.parametrize("early", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_a_server_that_is_stopped_while_it_starts_says_nothing_and_leaves_nothing(place, early):
    code = "import os, signal, threading; from kdviz.serve import launch, options; import argparse\n"
    code += f"threading.Timer(0.3, os.kill, (os.getpid(), {int(early)})).start()\n"
    code += "parser = argparse.ArgumentParser(); options.add_to(parser)\n"
    code += "launch.launch(options.settings(parser.parse_args(['--port', '0'])))"
    env = os.environ | {"TMPDIR": str(place), "PYTHONPATH": str(ROOT), "PYTHONMALLOC": "malloc"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60,
                          check=False)  # fmt: skip
    assert (done.returncode in (0, 128 + early), done.stderr) == (True, "")
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(("kind", "fork"), [("a file", False), ("a folder of the system", True)])
def test_pages_open_where_the_home_cannot_be_written(tmp_path, place, kind, fork):
    (tmp_path / "file").write_text("")
    home = str(tmp_path / "file") if kind == "a file" else "/proc/nobody" if sys.platform == "linux" else "/dev/nobody"
    env = {"HOME": home, "TMPDIR": str(place)}
    with (tmp_path / "log").open("w+") as log, local_server(folder(tmp_path), log=log, env=env, fork=fork) as here:
        assert MARK in here.open()[1]
        log.seek(0)
        assert log.read() == ""
    assert list(place.iterdir()) == []


def test_a_home_that_can_be_written_is_used_as_it_is(tmp_path, monkeypatch):
    assert folders.home({"HOME": str(tmp_path)}) == ({}, None)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".ipython").write_text("in the way")  # as left there by a program that ran as another user
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    added, made = folders.home({"HOME": str(tmp_path)})
    assert set(added) == {"IPYTHONDIR"}
    assert Path(added["IPYTHONDIR"]).parent == made


def test_another_kdviz_than_the_one_that_serves_is_refused_in_one_line(tmp_path):
    code = "from kdviz.serve.launch import refuse_another_package; refuse_another_package()"
    for there in (tmp_path, tmp_path / "copy"):
        (there / "kdviz").mkdir(parents=True)
        (there / "kdviz" / "__init__.py").write_text("")
        env = {"PYTHONPATH": str(there), "PATH": os.environ["PATH"]}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert f"its pages would load {there}" in done.stderr and "python3 run.py serve" in done.stderr
        assert done.stderr.count("\n") == 1
