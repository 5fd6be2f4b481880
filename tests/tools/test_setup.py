"""Setting up: what pip is asked for and when, and that every failure ends in one readable line."""

import importlib.util
import json
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.support.pip import PLAIN, POSIX, TESTS
from tools import browser, environment
from tools.environment import Trouble


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


def test_a_python_without_venv_hears_the_package(tmp_path, monkeypatch):
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


def test_a_wrong_browser_is_reported(monkeypatch):
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
    stamp = json.loads((environment.VENV / "kdviz-stamp.json").read_text())
    assert set(stamp) == {"key", "test", "torch", "python", "place", "installed"}
