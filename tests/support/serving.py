"""A server over a folder of small test pages, as a process of its own, for the tests of `kdviz.serve`."""

from __future__ import annotations

import dataclasses
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import psutil

from kdviz.serve.address import free_port
from kdviz.serve.zygote import OPENER
from tools.browsing import ROOT, Server

MARK = "this page is there"
PAGES = {
    "index": f'"{MARK}"',
    "plain": f'"{MARK}"',
    "endless": "while True: pass",
    "dies": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "raises": 'raise RuntimeError("a secret in a message")',
    "prints": """
import ipywidgets
out = ipywidgets.Output()
with out:
    for i in range(40): print(i)
out""",
    "draws": "import numpy, random; print('drawn', numpy.random.rand(), random.random())",
    "hungry": """
try: x = bytearray(3 << 30)
except MemoryError: print("refused, and still here")""",
    "slider": """
import ipywidgets
slider, box = ipywidgets.IntSlider(description="n"), ipywidgets.Label()
def step(change):
    if change["new"] == 13: raise RuntimeError("a secret in a callback")
    box.value = str(change["new"])
slider.observe(step, "value")
ipywidgets.VBox([slider, box])""",
    "talks": """
import ipywidgets
slider, box = ipywidgets.IntSlider(description="n"), ipywidgets.Label()
def talk(change):
    for i in range(400): box.value = f"{i}" + "x" * 60_000
slider.observe(talk, "value")
slider""",
    ".hidden": '"hidden"',
    "below/inner": '"inner"',
}


def notebook(code: str) -> str:
    """Return a notebook with one cell."""
    cell = {"cell_type": "code", "execution_count": None, "id": "a", "metadata": {}, "outputs": [], "source": code}
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps({"cells": [cell], "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5})


def folder(place: Path) -> Path:
    """Write the test pages, and some files that nobody may see, into a folder; returns it."""
    pages = place / "pages"
    for name, code in PAGES.items():
        path = pages / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(notebook(code), encoding="utf-8")
    for secret in ("solution.py", "notes.txt", ".env", "picture.png"):
        (pages / secret).write_text("a secret file", encoding="utf-8")
    (place / "outside.ipynb").write_text(notebook('"outside"'), encoding="utf-8")
    return pages


class LocalServer(Server):
    """A running server with the means to look into it."""

    written: IO[str] | None = None  # its log

    def log(self) -> str:
        """Return what the server has written into its log."""
        assert self.written is not None
        return os.pread(self.written.fileno(), 2**24, 0).decode("utf-8", "replace")

    def health(self) -> dict:
        """Return what /healthz says."""
        return json.loads(self.get("/healthz")[1])

    def get(self, path: str, method: str = "GET", timeout: float = 60, **headers: str) -> tuple[int, str, dict]:
        """Ask for a path exactly as it is written; returns (status, text, headers with small names)."""
        host = urlsplit(self.url)
        line = http.client.HTTPConnection(host.hostname, host.port, timeout=timeout)
        try:
            line.putrequest(method, path, skip_host="Host" in headers)
            for name, value in headers.items():
                line.putheader(name.replace("_", "-"), value)
            line.endheaders(b"" if method == "GET" else None)
            answer = line.getresponse()
            text = answer.read().decode("utf-8", "replace")
            cookies = "; ".join(answer.headers.get_all("Set-Cookie", []))
            return (
                answer.status,
                text,
                {name.lower(): wanted for name, wanted in answer.getheaders()} | {"set-cookie": cookies},
            )
        finally:
            line.close()

    def open(self, name: str = "plain", **keys) -> tuple[int, str, dict]:
        """Open a page."""
        return self.get(f"/voila/render/{name}.ipynb", **keys)

    def processes(self) -> list[int]:
        """Return the ids of all processes below the server, but for the one that computes with what pages open."""
        found = []
        with suppress(psutil.NoSuchProcess):
            for child in self.process.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    opener = child.name() == OPENER or "kdviz.serve.opener" in child.cmdline()
                    found += [] if opener or child.status() == "zombie" else [child.pid]
        return found

    def clean(self, seconds: float = 10) -> bool:
        """Tell whether no session and no process is left within some seconds."""
        return eventually(lambda: not self.health()["sessions"] and not self.processes(), seconds)


def kernel_of(page: str) -> str:
    """Return the id of the kernel in a page."""
    return re.search(r'"kernelId": "([\w-]+)"', page)[1]


def zygote(here: LocalServer) -> int:
    """Return the process id of the prepared process, 0 while there is none."""
    mine = here.process.children()
    return next((child.pid for child in mine if "kdviz.serve.zygote" in " ".join(child.cmdline())), 0)


def forks(here: LocalServer) -> list[int]:
    """Return the process ids of the kernels."""
    return [child.pid for child in psutil.Process(zygote(here)).children()]


def end_all(here: LocalServer, *pages: str) -> None:
    """End the kernels of these pages."""
    for page in pages:
        if "kernelId" in page:
            here.get(f"/voila/api/shutdown/{kernel_of(page)}", method="POST")


def runs(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and waits for its new parent to take note does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def eventually(condition, seconds: float = 10) -> bool:
    """Tell whether `condition()` became true within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


@contextmanager
def local_server(
    pages: Path, *, log: IO[str] | None = None, env: dict | None = None, descriptors: int = 0, **settings
) -> Iterator[LocalServer]:
    """Run a server on a folder with these settings (see `kdviz.serve.options.Settings`).

    Its stderr goes to `log`; it may have `descriptors` files and connections open, if that is said.
    """
    narrow = ["prlimit", f"--nofile={descriptors}:{descriptors}"] if descriptors else []
    wanted = json.dumps({"folder": str(pages), "port": 0, "max_starting": 4, "memory_per_session": 1024} | settings)
    with (
        nullcontext(log) if log else tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(
            [*narrow, sys.executable, "-m", "tests.support.serving", wanted],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | (env or {}),
        ) as process,
    ):
        try:
            lines = iter(process.stdout.readline, "")
            match = next(filter(None, (re.search(r"http://\S+?/", line) for line in lines)), None)
            assert match, log.seek(0) or log.read()
            here = LocalServer(match.group(), psutil.Process(process.pid))
            here.written = log
            yield here
        finally:
            process.terminate()


TOKEN = "a-token-of-binder"


@contextmanager
def binder(*options: str) -> Iterator[LocalServer]:
    """Run a Jupyter server as Binder does: its own settings, the repository as its folder, `TOKEN` as its token."""
    port = free_port()
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root", f"--port={port}", *options]
    command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={ROOT}", "--ServerApp.port_retries=0"]
    with tempfile.TemporaryDirectory() as empty:
        places = {"JUPYTER_CONFIG_PATH": str(ROOT / "binder"), "JUPYTER_CONFIG_DIR": empty}
        places |= {"JUPYTER_PATH": str(ROOT / "share/jupyter"), "JUPYTER_RUNTIME_DIR": empty}
        with subprocess.Popen(
            command, cwd=ROOT, env=os.environ | places, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            here = LocalServer(f"http://127.0.0.1:{port}/", psutil.Process(process.pid))
            try:
                assert eventually(lambda: answers(here), 120)  # no claim: how long a busy machine may take
                yield here
            finally:
                process.terminate()


def answers(here: LocalServer) -> bool:
    """Tell whether the server is there."""
    try:
        return here.get("/login", timeout=5)[0] == 200
    except OSError:
        return False


if __name__ == "__main__":
    from kdviz.serve import address
    from kdviz.serve.launch import launch
    from kdviz.serve.options import Settings

    wanted = json.loads(sys.argv[1])
    wanted = Settings(**wanted | {"folder": Path(wanted["folder"])})
    sys.exit(launch(dataclasses.replace(wanted, port=address.listenable(wanted.host, wanted.port)[1])))
