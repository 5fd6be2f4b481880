"""run.py itself: what it says to people, and that Ctrl-C stops all it started."""

import ast
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

import run as run_py
from tests.support.serving import runs
from tools import environment

ROOT = Path(__file__).parents[2]
AGREES = environment.read_stamp().get("key") == environment.fingerprint()


def run(*arguments: str, **extra: str) -> subprocess.CompletedProcess:
    """Run run.py from another folder."""
    return subprocess.run([sys.executable, str(ROOT / "run.py"), *arguments], cwd=ROOT.anchor, env=os.environ | extra,
                          capture_output=True, text=True, timeout=60, check=False)  # fmt: skip


def test_help_names_every_command_and_every_variable():
    done = run("--help")
    assert done.returncode == 0
    for command in run_py.COMMANDS:
        assert re.search(rf"^ +{command}\b", done.stdout, re.MULTILINE), command
    sources = [
        ROOT / "run.py",
        *(ROOT / "tools").glob("*.py"),
        *(ROOT / "kdviz").rglob("*.py"),
        *(ROOT / "tests").rglob("*.py"),
    ]
    used = set().union(*(re.findall(r"KDVIZ_[A-Z_]+[A-Z]", path.read_text(encoding="utf-8")) for path in sources))
    assert used <= set(re.findall(r"KDVIZ_\w+", done.stdout))


@pytest.mark.parametrize(("word", "hint"), [("srve", "did you mean `serve`?"), ("xyzzy", "there are serve, lab, test")])
def test_an_unknown_command_is_answered_with_a_known_one(word, hint):
    done = run(word)
    assert done.returncode == 2
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_reported_with_a_free_one_before_anything_is_installed():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = run("serve", "--port", str(port))
    assert done.returncode == 1
    offered = re.search(rf"port {port} is in use; .* take --port (\d+)\.", done.stdout)
    assert offered, done.stdout + done.stderr
    assert int(offered[1]) not in (0, port)


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (["--port", "70000"], "--port must be between 0 and 65535"),
        (["--host", "no.such.host.invalid"], "is no address of this machine"),
        (["--host", "192.0.2.99"], "cannot listen on --host 192.0.2.99"),
        (["--host", "127.0.0.1:80"], "it takes no scheme, port or path, --port does"),
    ],
)
def test_an_address_that_cannot_be_had_is_refused_in_one_line(arguments, lines):
    done = run("serve", *arguments)
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (1, 1, "")
    assert lines in done.stdout


def test_an_older_python_can_read_the_file_and_hears_what_is_missing():
    ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 7))
    code = (
        "import runpy, sys; sys.version_info = (3, 9, 2, 'final', 0); runpy.run_path(sys.argv[1], run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT / "run.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("kdviz needs Python 3.11 or newer, and this is 3.9;")


def test_it_needs_nothing_but_the_standard_library():
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "run.py"), "--help"], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def children(pid: int) -> list[int]:
    """Return the ids of the processes that a process started and that still run."""
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.skipif(not AGREES, reason="the environment is not the one run.py made: python3 run.py test")
def test_serving_says_its_address_and_ctrl_c_stops_everything(tmp_path):
    command = [sys.executable, str(ROOT / "run.py"), "serve", "--port", "0"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        lines = [process.stdout.readline()]
        while lines[-1] and "http://" not in lines[-1]:
            lines.append(process.stdout.readline())
        url = re.search(r"http://\S+/", lines[-1])
        assert url, "".join(lines)
        with urllib.request.urlopen(url[0] + "voila/render/index.ipynb", timeout=60) as answer:
            assert answer.status == 200
        kernels = children(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) in (0, 130, -signal.SIGINT)
        process.stdout.close()
    assert [pid for pid in kernels if runs(pid)] == []
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url[0], timeout=2)
