"""Make `.venv` and keep it in step with pyproject.toml, constraints.txt and share/ (standard library only).

A stamp file, written last, says what the environment was made from, where, and what lies in it; while it agrees, pip
is not run at all.
"""

import hashlib
import importlib.util
import json
import os
import platform
import re
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from tools import intact

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"  # PyPI's Linux build of torch brings gigabytes of CUDA
WITHOUT = "without PyTorch: every analytic page works, pages that train a network do not (delete .venv to try again)."


UNREACHABLE = re.compile(  # what pip writes when its index cannot be reached
    r"NewConnectionError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|ConnectionResetError"
    r"|Failed to establish a new connection|Network is unreachable|getaddrinfo failed|ConnectionError"
)
OFFLINE = (
    "no network: pip cannot reach its package index. Connect this machine and run the same command again; "
    "behind a proxy set HTTPS_PROXY, with a mirror PIP_INDEX_URL. What pip said: {}"
)


class Trouble(Exception):
    """What stops a command, as one sentence with its cure."""


class Offline(Trouble):
    """The package index cannot be reached."""


def say(text: str) -> None:
    """Print one line of progress at once."""
    print(f"kdviz: {text}", flush=True)


def on(variable: str) -> bool:
    """Return whether an environment variable is set to something other than empty, 0, no or false."""
    return os.environ.get(variable, "").strip().lower() not in ("", "0", "no", "false")


def python_of(venv: Path) -> Path:
    """Return where the interpreter of a virtual environment lies."""
    return venv / intact.python_folder() / ("python.exe" if os.name == "nt" else "python")


def surroundings(python: Path) -> dict[str, str]:
    """Return the environment variables with the virtual environment of `python` switched on."""
    held = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    path = os.pathsep.join([str(python.parent), held.get("PATH", os.defpath)])
    return held | {"PATH": path, "VIRTUAL_ENV": str(python.parents[1])}


def fingerprint() -> str:
    """Return a hash of all that the environment is made from: the two files, share/, and the Python version."""
    digest = hashlib.sha256(platform.python_version().encode())
    shared = sorted(path for path in (ROOT / "share").rglob("*") if path.is_file())
    for path in (ROOT / "pyproject.toml", ROOT / "constraints.txt", *shared):
        digest.update(f"\0{path.relative_to(ROOT).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def read_stamp() -> dict:
    """Return what the stamp says, {} when there is none or it cannot be read."""
    try:
        stamp = json.loads((VENV / "kdviz-stamp.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and python_of(VENV).exists() else {}


def write_stamp(stamp: dict) -> None:
    """Write what the environment is, whole or not at all."""
    (VENV / "kdviz-stamp.new").write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    (VENV / "kdviz-stamp.new").replace(VENV / "kdviz-stamp.json")


def checked_stamp() -> dict:
    """Return what the stamp says, after a look at the environment; without its key where that has to be mended.

    A folder that was moved or copied is put right here, without pip and without a network.
    """
    stamp = read_stamp()
    if stamp.get("place", str(ROOT)) != str(ROOT):
        say(f"this folder was moved or copied from {stamp['place']}; putting .venv right ...")
        intact.relocate(VENV, stamp["place"], str(ROOT))
        stamp["place"] = str(ROOT)
        write_stamp(stamp)
    if missing := sorted(set(stamp.get("installed", [])) - set(intact.contents(VENV))):
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        say(f"missing in .venv: {', '.join(missing[:3])}{more}; installing it anew ...")
        intact.forget(VENV, missing)
        stamp["key"] = ""
    return stamp if {"place", "installed"} <= stamp.keys() else stamp | {"key": ""}


def ensure(*, test: bool, gpu: bool = False, torch_required: bool = False) -> Path:
    """Return the interpreter of an environment that has what is asked for, installing only what is missing.

    Raises Trouble when that cannot be had; a missing PyTorch is trouble only when it is required.
    """
    stamp, key, started = checked_stamp(), fingerprint(), time.monotonic()
    test = test or (stamp.get("key") != key and bool(stamp.get("test")))  # renewing does not take test tools away
    wants_torch = not on("KDVIZ_NO_TORCH")
    torch_ok = stamp.get("torch") == "gpu" if gpu else bool(stamp.get("torch")) or not (torch_required and wants_torch)
    if stamp.get("key") == key and stamp.get("test", False) >= test and torch_ok:
        if not stamp.get("torch"):
            say(WITHOUT)
        return python_of(VENV)
    make_venv()
    (VENV / "kdviz-stamp.json").unlink(missing_ok=True)
    torch = install_torch(gpu) if wants_torch else None
    if torch is None and torch_required and wants_torch:
        raise Trouble("PyTorch is missing; mend the connection, or set KDVIZ_NO_TORCH=1 to do without it.")
    extras = ",".join(["train"] * (torch is not None) + ["test"] * test)
    say(f"installing kdviz{f'[{extras}]' if extras else ''}; the first time takes a minute or two ...")
    pip("install", "--editable", f".[{extras}]" if extras else ".", "--constraint", "constraints.txt")
    stamp = {"key": key, "test": test, "torch": torch, "python": platform.python_version(), "place": str(ROOT)}
    write_stamp(stamp | {"installed": intact.contents(VENV)})
    say(f"ready after {time.monotonic() - started:.0f} s; the next call skips all this.")
    if torch is None:
        say(WITHOUT)
    return python_of(VENV)


def make_venv() -> None:
    """Make `.venv`, or make it anew when it belongs to another Python; one of the same Python is kept as it is."""
    try:
        done = subprocess.run([python_of(VENV), "-c", "import pip, platform; print(platform.python_version())"],
                              capture_output=True, text=True, check=False)  # fmt: skip
        if done.stdout.strip() == platform.python_version():
            return
    except OSError:
        pass
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise Trouble(
            "this Python cannot make virtual environments; on Debian or Ubuntu: sudo apt install python3-venv"
        )
    say(f"making .venv with Python {platform.python_version()} ...")
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Trouble(
            f"`python3 -m venv` failed; on Debian or Ubuntu: sudo apt install python3-venv\n{done.stdout}{done.stderr}"
        )


def install_torch(gpu: bool) -> str | None:
    """Install the PyTorch that constraints.txt pins, in a step of its own; return "cpu" or "gpu", None when it failed.

    On Linux only a CPU build is taken unless `gpu`: from PyTorch's own index when that answers, else from whatever
    pip is set up with, under the local version `+cpu`, which no CUDA build carries.
    """
    pin = re.search(r"^torch==([\w.]+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    if pin is None:
        raise Trouble("constraints.txt pins no torch; add a line such as torch==2.13.0")
    ask = "import importlib.metadata as m; print(m.version('torch'))"
    here = subprocess.run([python_of(VENV), "-c", ask], capture_output=True, text=True, check=False).stdout.strip()
    if here.partition("+")[0] == pin[1] and not (gpu and here.endswith("+cpu")):
        return "gpu" if gpu else "cpu"
    version = pin[1]
    say(f"installing torch {version} ({'the default build' if gpu else 'CPU'}) ...")
    if gpu and here:
        pip("uninstall", "--yes", "torch")
    once = ("--retries", "1", "--timeout", "15")
    ways: list[tuple[str, ...]] = [("install", f"torch=={version}")]
    if sys.platform == "linux" and not gpu:
        ways = [("install", "--no-deps", f"torch=={version}+cpu", *once)]
        if answers(f"{CPU_INDEX}/torch/"):
            ways.insert(0, ("install", "--no-deps", f"torch=={version}", "--index-url", CPU_INDEX, *once))
    for number, way in enumerate(ways, start=1):
        try:
            pip(*way)
        except Trouble as trouble:
            if number == len(ways):
                say("PyTorch cannot be reached." if isinstance(trouble, Offline) else str(trouble))
                if isinstance(trouble, Offline):
                    return None
        else:
            return "gpu" if gpu else "cpu"
    say("PyTorch could not be installed" + ("." if gpu else "; --gpu takes its default build from PyPI (gigabytes)."))
    return None


def answers(url: str, seconds: float = 4.0) -> bool:
    """Return whether anything answers at `url` within `seconds`, looking its name up included."""
    heard = threading.Event()

    def ask() -> None:
        try:
            urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=seconds).close()
        except urllib.error.HTTPError:
            pass  # a refusal is an answer
        except (OSError, ValueError) as error:
            if not isinstance(
                getattr(error, "reason", error), ssl.SSLError
            ):  # pip may know the certificate that we do not
                return
        heard.set()

    threading.Thread(target=ask, daemon=True).start()
    return heard.wait(seconds)


def pip(*arguments: str) -> None:
    """Run the environment's pip quietly in the project's folder; raise Trouble with its last lines when it fails."""
    started, log = time.monotonic(), VENV / "kdviz-pip.log"
    command: Sequence[str] = [
        str(python_of(VENV)),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
        *arguments,
    ]
    with log.open("w", encoding="utf-8", errors="replace") as to:
        status = subprocess.run(command, cwd=ROOT, stdout=to, stderr=subprocess.STDOUT, check=False).returncode
    if status:
        text = log.read_text(encoding="utf-8", errors="replace")
        if UNREACHABLE.search(text):
            raise Offline(OFFLINE.format(log.relative_to(ROOT)))
        last = "\n".join("    " + line for line in text.splitlines()[-15:])
        raise Trouble(f"`pip {' '.join(arguments)}` failed after {time.monotonic() - started:.0f} s; its last lines "
                      f"(all of them: {log.relative_to(ROOT)}):\n{last}")  # fmt: skip
    say(f"    done in {time.monotonic() - started:.0f} s")
