"""Setting up: what pip is asked for and when, and that every failure ends in one readable line."""

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tools import browser, environment
from tools.environment import Trouble

ROOT = Path(__file__).parents[1]
PIP, INSTALL_TORCH = environment.pip, environment.install_torch
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs shell scripts")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Give a small project folder of its own, whose pip is a list of what it was asked."""
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "page.js").write_text("1")
    (tmp_path / "pyproject.toml").write_text("a = 1")
    (tmp_path / "constraints.txt").write_text("numpy==2.0\ntorch==2.13.0\n")
    asked: list[str] = []
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "pip", lambda *words: asked.append(" ".join(words)))
    monkeypatch.setattr(environment, "answers", lambda url: True)
    for name in ("KDVIZ_NO_TORCH", "KDVIZ_NO_BROWSER", "KDVIZ_BROWSER"):
        monkeypatch.delenv(name, raising=False)

    def make_venv():
        python = environment.python_of(tmp_path / ".venv")
        python.parent.mkdir(parents=True, exist_ok=True)
        if not python.exists():
            python.symlink_to(sys.executable) if os.name == "posix" else python.write_bytes(b"")

    monkeypatch.setattr(environment, "make_venv", make_venv)
    monkeypatch.setattr(environment, "install_torch", lambda gpu: "gpu" if gpu else "cpu")
    return asked


PLAIN = "install --editable .[train] --constraint constraints.txt"
TESTS = "install --editable .[train,test] --constraint constraints.txt"


def test_a_second_call_runs_no_pip(project):
    environment.ensure(test=True)
    environment.ensure(test=True)
    environment.ensure(test=False)
    assert project == [TESTS]


def test_test_tools_are_added_when_tests_are_run_and_stay(project):
    environment.ensure(test=False)
    environment.ensure(test=True)
    environment.VENV.parent.joinpath("pyproject.toml").write_text("a = 2")
    environment.ensure(test=False)
    assert project == [PLAIN, TESTS, TESTS]


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt", "share/page.js"])
def test_a_change_of_what_it_is_made_from_renews_the_environment(project, name):
    environment.ensure(test=False)
    (environment.ROOT / name).write_text("changed\ntorch==2.13.0\n")
    environment.ensure(test=False)
    assert project == [PLAIN, PLAIN]


@pytest.mark.parametrize("stamp", ["", "{", "[]", '"key"', "{}"])
def test_a_damaged_stamp_counts_as_none(project, stamp):
    environment.ensure(test=False)
    (environment.VENV / "kdviz-stamp.json").write_text(stamp)
    environment.ensure(test=False)
    assert project == [PLAIN, PLAIN]


def test_a_failed_installation_leaves_no_stamp(project, monkeypatch):
    def fail(*words):
        raise Trouble("no network")

    environment.ensure(test=False)
    monkeypatch.setattr(environment, "pip", fail)
    with pytest.raises(Trouble, match="no network"):
        environment.ensure(test=True)
    assert environment.read_stamp() == {}


def test_without_torch_pages_are_served_and_tests_fail(project, monkeypatch, capsys):
    monkeypatch.setattr(environment, "install_torch", lambda gpu: None)
    for _ in range(2):
        environment.ensure(test=False)
        assert "without PyTorch: every analytic page works" in capsys.readouterr().out
    assert project == ["install --editable . --constraint constraints.txt"]
    with pytest.raises(Trouble, match=r"PyTorch is missing.*KDVIZ_NO_TORCH=1"):
        environment.ensure(test=True, torch_required=True)


def test_without_torch_on_request_tests_are_installed_all_the_same(project, monkeypatch):
    monkeypatch.setenv("KDVIZ_NO_TORCH", "1")
    monkeypatch.setattr(environment, "install_torch", lambda gpu: pytest.fail("torch was asked for"))
    for _ in range(2):
        environment.ensure(test=True, torch_required=True)
    assert project == ["install --editable .[test] --constraint constraints.txt"]


def test_a_python_without_venv_is_told_the_package(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "VENV", tmp_path / "none")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else name)
    with pytest.raises(Trouble, match="sudo apt install python3-venv"):
        environment.make_venv()


@POSIX
def test_a_failing_pip_shows_its_last_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "VENV", tmp_path)
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.write_text("#!/bin/sh\nseq 1 40\necho ERROR: no such package >&2\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(Trouble, match=r"`pip install x` failed after") as trouble:
        environment.pip("install", "x")
    assert str(trouble.value).splitlines()[-1].strip() == "ERROR: no such package"
    assert len(str(trouble.value).splitlines()) == 16


def torch_commands(
    monkeypatch, *, gpu=False, platform="linux", reachable=True, broken=0
) -> tuple[str | None, list[str]]:
    """Return what install_torch gave and asked pip for, when the first `broken` commands fail."""
    asked: list[str] = []

    def pip(*words):
        asked.append(" ".join(words))
        if len(asked) <= broken:
            raise Trouble("refused")

    monkeypatch.setattr(environment, "pip", pip)
    monkeypatch.setattr(environment, "answers", lambda url: reachable)
    monkeypatch.setattr(sys, "platform", platform)
    nothing = subprocess.CompletedProcess([], 1, "", "")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: nothing)
    return environment.install_torch(gpu), asked


INDEX = "install --no-deps torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu --retries 1 --timeout 15"
LOCAL = "install --no-deps torch==2.13.0+cpu --retries 1 --timeout 15"


@pytest.mark.parametrize(
    ("case", "got", "asked"),
    [
        ({}, "cpu", [INDEX]),
        ({"broken": 1}, "cpu", [INDEX, LOCAL]),
        ({"reachable": False}, "cpu", [LOCAL]),
        ({"broken": 2}, None, [INDEX, LOCAL]),
        ({"gpu": True}, "gpu", ["install torch==2.13.0"]),
        ({"platform": "darwin"}, "cpu", ["install torch==2.13.0"]),
        ({"platform": "win32"}, "cpu", ["install torch==2.13.0"]),
    ],
)
def test_no_cuda_build_is_taken_unless_asked_for(monkeypatch, case, got, asked):
    assert torch_commands(monkeypatch, **case) == (got, asked)


def test_an_index_that_does_not_answer_costs_seconds():
    started = time.monotonic()
    with socket.socket() as silent:  # accepts, and never says a word
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert not environment.answers(f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.5)
    assert not environment.answers("http://127.0.0.1:9/", seconds=2)
    assert time.monotonic() - started < 4


def test_an_index_that_refuses_has_answered():
    class Refuse(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_error(403)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Refuse) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert environment.answers(f"http://127.0.0.1:{server.server_port}/")


def test_a_wrong_browser_is_said(monkeypatch):
    monkeypatch.setenv("KDVIZ_BROWSER", "/no/such/browser")
    with pytest.raises(Trouble, match="KDVIZ_BROWSER=/no/such/browser is no program"):
        browser.ensure(Path(sys.executable))


@POSIX
def test_a_browser_that_does_not_start_is_passed_over(tmp_path, monkeypatch):
    for name, status in (("chromium", 1), ("google-chrome", 0)):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {status}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.delenv("KDVIZ_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.ensure(Path(sys.executable)) == str(tmp_path / "google-chrome")


def test_no_browser_at_all_ends_in_one_line_with_the_ways_out(monkeypatch):
    monkeypatch.delenv("KDVIZ_BROWSER", raising=False)
    monkeypatch.setattr(browser, "find", lambda python: None)
    refused = subprocess.CompletedProcess([], 1, "", "refused")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: refused)
    with pytest.raises(Trouble, match=r"install Chromium .*KDVIZ_BROWSER.*KDVIZ_NO_BROWSER=1"):
        browser.ensure(Path(sys.executable))


def test_the_stamp_can_be_read_by_people(project):
    environment.ensure(test=True)
    said = json.loads((environment.VENV / "kdviz-stamp.json").read_text())
    assert set(said) == {"key", "test", "torch", "python", "place", "installed"}


def site_of(venv: Path) -> Path:
    """Make and return the folder of packages of a virtual environment."""
    found = venv / ("Lib/site-packages" if os.name == "nt" else "lib/python3.11/site-packages")
    found.mkdir(parents=True, exist_ok=True)
    return found


@pytest.mark.parametrize("way", ["moved", "copied", "moved öne"])
def test_a_folder_that_was_moved_or_copied_is_put_right_without_pip(project, tmp_path, monkeypatch, capsys, way):
    old, new = tmp_path / "old", tmp_path / way
    for name in ("pyproject.toml", "constraints.txt", "share"):
        (old / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).rename(old / name)
    monkeypatch.setattr(environment, "ROOT", old)
    monkeypatch.setattr(environment, "VENV", old / ".venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", old / ".venv"], check=True)
    lies = Path(environment.intact.site(old / ".venv"))
    (lies / "_editable.pth").write_text(str(old), encoding="utf-8")
    (old / "here.py").write_text("")
    neighbour = lies / "neighbour.pth"
    neighbour.write_text(f"{old}-too\n")
    script = old / ".venv" / "bin" / "tool"
    if os.name == "posix":
        script.write_text(f"#!{old}/.venv/bin/python\nimport here\nprint(here.__file__)\n")
        script.chmod(0o755)
    environment.ensure(test=False)
    shutil.copytree(old, new, symlinks=True) if way == "copied" else old.rename(new)
    monkeypatch.setattr(environment, "ROOT", new)
    monkeypatch.setattr(environment, "VENV", new / ".venv")
    python = environment.ensure(test=False)
    assert project == [PLAIN]
    assert f"moved or copied from {old}" in capsys.readouterr().out
    (tmp_path / "elsewhere").mkdir()
    tool = [[new / ".venv" / "bin" / "tool"]] if os.name == "posix" else []
    for command in ([python, "-c", "import here; print(here.__file__)"], *tool):
        done = subprocess.run(command, cwd=tmp_path / "elsewhere", capture_output=True, check=False)
        assert done.stdout.decode().strip() == str(new / "here.py"), done.stderr
    assert neighbour.name and f"{old}-too" in (Path(str(lies).replace(str(old), str(new))) / neighbour.name).read_text()
    environment.ensure(test=False)
    assert "moved" not in capsys.readouterr().out


def test_a_symlinked_folder_is_the_same_folder(tmp_path):
    (tmp_path / "link").symlink_to(ROOT, target_is_directory=True)
    code = "import sys; sys.path.insert(0, '.'); from tools import environment; print(environment.ROOT)"
    for folder in (ROOT, tmp_path / "link"):
        done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
        assert Path(done.stdout.strip()) == ROOT.resolve()


@pytest.mark.parametrize(
    "gone", ["numpy", "numpy-2.0.dist-info", "_editable_impl_kdviz.pth", "../../../share/jupyter/nbconvert/templates"]
)
def test_what_is_missing_in_the_environment_is_installed_anew(project, capsys, gone):
    site = site_of(environment.VENV)
    for name, files in {
        "numpy-2.0": ("numpy/a.py",),
        "nbconvert-7.0": ("../../../share/jupyter/nbconvert/templates/x",),
    }.items():
        (site / f"{name}.dist-info").mkdir()
        (site / f"{name}.dist-info" / "RECORD").write_text("".join(f"{file},,\n" for file in files))
        for file in files:
            (site / file).parent.mkdir(parents=True)
            (site / file).write_text("")
    (site / "_editable_impl_kdviz.pth").write_text("")
    environment.ensure(test=True)
    environment.ensure(test=False)
    assert project == [TESTS]
    path = site / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    began = time.monotonic()
    environment.ensure(test=False)
    assert time.monotonic() - began < 0.2
    assert project == [TESTS, TESTS]  # the tools for tests stay
    assert "missing in .venv: " in capsys.readouterr().out
    left = {path.name for path in site.glob("*.dist-info")}  # pip believes a record, so that of a broken package goes
    assert left == {"numpy-2.0.dist-info", "nbconvert-7.0.dist-info"} - {
        {"numpy": "numpy-2.0.dist-info", "numpy-2.0.dist-info": "numpy-2.0.dist-info"}.get(
            gone, "nbconvert-7.0.dist-info" if "nbconvert" in gone else ""
        )
    }


def test_a_newer_version_that_somebody_installed_is_not_called_missing(project):
    site = site_of(environment.VENV)
    (site / "numpy-2.0.dist-info").mkdir()
    environment.ensure(test=False)
    (site / "numpy-2.0.dist-info").rename(site / "numpy-2.1.dist-info")
    (site / "more").mkdir()
    environment.ensure(test=False)
    assert project == [PLAIN]


@POSIX
def test_without_a_network_one_line_says_so_and_what_to_do(project, monkeypatch, capsys):
    environment.make_venv()
    python = environment.python_of(environment.VENV)
    python.unlink()
    python.write_text(
        "#!/bin/sh\nseq 1 40\necho \"WARNING: Retrying after connection broken by 'NewConnectionError(Failed to "
        "establish a new connection: [Errno -3] Temporary failure in name resolution)'\" >&2\n"
        "echo 'ERROR: No matching distribution found for hatchling' >&2\nexit 1\n"
    )
    python.chmod(0o755)
    monkeypatch.setattr(environment, "pip", PIP)
    monkeypatch.setattr(environment, "install_torch", INSTALL_TORCH)
    monkeypatch.setattr(environment, "answers", lambda url: False)
    with pytest.raises(Trouble, match=r"^no network: .* run the same command again.* PIP_INDEX_URL") as trouble:
        environment.ensure(test=False)
    assert "\n" not in str(trouble.value)
    assert capsys.readouterr().out.count("\n") == 3  # what is done, one line each; nothing of pip's
