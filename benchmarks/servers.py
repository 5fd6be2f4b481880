"""The pages under test as running servers, each on a free port and stopped by the end of its `with` block."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from kdviz.serve.address import free_port
from tools.browsing import ROOT, is_kernel

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Site:
    """A page under test: its name, the address of page 02, the selector of the T slider's handle, and its server."""

    name: str
    address: str
    slider: str
    process: psutil.Process

    def at(self, query: str = "") -> str:
        """The address with a state in it."""
        return f"{self.address}?{query}" if query else self.address

    def kernel(self, name: str) -> psutil.Process | None:
        """The process of a kernel, by its id, or the youngest: forks do not show theirs; None where there is none."""
        kernels = [child for child in self.process.children(recursive=True) if is_kernel(child)] if name else []
        own = (child for child in kernels if name in " ".join(child.cmdline()))
        return next(own, max(kernels, key=psutil.Process.create_time, default=None))


@contextmanager
def running(command: Sequence[str | Path], *, cwd: Path, ready: str | None = None, **extra: str) -> Iterator[tuple]:
    """Start a server; yields (process, match of `ready` in its first lines of output, None without `ready`)."""
    environment = {name: value for name, value in os.environ.items() if name != "JUPYTER_PATH"}
    environment |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **extra}
    pipe = subprocess.PIPE if ready else subprocess.DEVNULL
    process = subprocess.Popen(
        [str(part) for part in command], cwd=cwd, env=environment, stdout=pipe, stderr=subprocess.DEVNULL, text=True
    )
    try:
        match = None
        while ready and not match:
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"{' '.join(map(str, command))} ended before it was ready")
            match = re.search(ready, line)
        yield process, match
    finally:
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        for child in (*children, process):
            with suppress(psutil.NoSuchProcess):
                child.kill()
        if process.stdout:
            process.stdout.close()


def end(kernel: str, address: str) -> None:
    """End a kernel as a closed tab does: a browser driven by a program sends no farewell when a context is closed."""
    farewell = urllib.request.Request(f"{address}voila/api/shutdown/{kernel}", data=b"", method="POST")
    with suppress(OSError):
        urllib.request.urlopen(farewell, timeout=10).close()


def wait_for(address: str, seconds: float = 60) -> None:
    """Wait until `address` answers at all; RuntimeError when it does not."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=30):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"{address} did not answer within {seconds:.0f} s")


@contextmanager
def ours(slug: str = "02_gradient_gap") -> Iterator[Site]:
    """Our page: `python -m kdviz serve`."""
    command = [sys.executable, "-m", "kdviz", "serve", "--port", "0"]
    with running(command, cwd=ROOT, ready=r"http://\S+/") as (process, match):
        address = f"{match.group()}voila/render/{slug}.ipynb"
        yield Site("kdviz", address, '[data-key="T"] .kd-range', psutil.Process(process.pid))


@contextmanager
def usual() -> Iterator[Site]:
    """The same page written the usual way, in stock Voila; closed tabs leave no kernels that would disturb the rest."""
    port = free_port()
    command = [sys.executable, "-m", "voila", ".", "--no-browser", f"--port={port}", "--template=lab"]
    command.append("--Voila.tornado_settings={'disable_check_xsrf': True}")
    with running(command, cwd=HERE / "usual") as (process, _):
        address = f"http://127.0.0.1:{port}/voila/render/gradient_gap.ipynb"
        wait_for(f"http://127.0.0.1:{port}/")
        yield Site("usual", address, ".noUi-handle >> nth=0", psutil.Process(process.pid))
