"""Kernels as forks of one prepared process, for Linux: they start sooner and share most of their memory.

`ForkProvisioner` is a kernel provisioner (entry point `kdviz-fork`) which asks `kdviz.serve.zygote` for a process.
Where that cannot be had, for whatever reason, the kernel is started the usual way. A lost zygote is made anew.
Live runs are forks of a second one, which has torch: kernels never load it.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Sequence
from importlib.metadata import entry_points
from multiprocessing.connection import Connection
from typing import Any, ClassVar

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

NAME = "kdviz-fork"
LAUNCHER = ["-m", "ipykernel_launcher"]
PREPARED = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.debugger",
    "ipykernel.subshell_manager",
    "IPython.core.completerlib",
    "IPython.extensions.storemagic",
    "ipywidgets",
    "anywidget",
    "numpy",
    "numpy.random",
    "kdviz.app.index",
    "kdviz.app.notebook",
    "kdviz.app.remote",
    "kdviz.app.threaded",
    "kdviz.serve.reports",
    "kdviz.pages.prepared",
)
TRAINING = (
    "numpy",
    "numpy.random",
    "kdviz.serve.trainer",
    "torch",
    "kdviz.pages.training_race.run",
    "kdviz.pages.prepared",
)
PATIENCE = 60.0  # s for the imports of a zygote that nobody waits for
ANSWER = 4.0  # s for a fork, which takes some milliseconds; then the zygote is woken up, then given up
IN_ALL = 16.0  # s of a page's start that forking may take: the usual way must fit into the rest of its 45 s
log = logging.getLogger("kdviz")


@functools.cache
def available() -> bool:
    """Tell whether kernels can be forked here: Linux with process handles, and the entry point is installed."""
    there = entry_points(group="jupyter_client.kernel_provisioners", name=NAME)
    return sys.platform == "linux" and hasattr(os, "pidfd_open") and bool(there)


class Forked:
    """A kernel that is not our child, with as much of `subprocess.Popen` as a provisioner needs."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.handle = os.pidfd_open(pid)  # unlike a number it can never mean another process
        self.close = weakref.finalize(self, os.close, self.handle)  # once: when it is seen to end, or is let go
        self.ended = select.poll()
        self.ended.register(self.handle, select.POLLIN)

    def poll(self) -> int | None:
        """Return None while it runs, then −1: only its parent learns the true status."""
        if self.returncode is None and self.ended.poll(0):
            self.close()
            self.returncode = -1
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end."""
        if self.poll() is None and not self.ended.poll(None if timeout is None else timeout * 1000):
            raise subprocess.TimeoutExpired("kernel", timeout or 0)
        return self.poll() or -1

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            signal.pidfd_send_signal(self.handle, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class Zygote:
    """The prepared process of this server, made when it is first needed, and anew when it was lost."""

    one: ClassVar[Zygote | None] = None
    lock: ClassVar[threading.Lock] = threading.Lock()
    modules: ClassVar[tuple[str, ...]] = PREPARED

    def __init__(self, patience: float = PATIENCE) -> None:
        self.line, theirs = socket.socketpair()
        command = [sys.executable, "-m", "kdviz.serve.zygote", str(theirs.fileno()), *self.modules]
        quiet = {"stdin": subprocess.DEVNULL, "start_new_session": True}
        self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], **quiet)  # type: ignore[call-overload]
        theirs.close()
        self.line.setblocking(False)
        self.heard = b""
        try:
            self.read(patience)
        except OSError:
            self.close()
            raise

    def read(self, patience: float) -> dict[str, Any]:
        """Return its next line; OSError where none comes in time, TimeoutError if it may still come."""
        until, waiting = time.monotonic() + patience, select.poll()
        waiting.register(self.line, select.POLLIN)
        while b"\n" not in self.heard:
            if not waiting.poll(max(0.0, until - time.monotonic()) * 1000):
                raise TimeoutError(f"the prepared process did not answer within {patience:.0f} s")
            if not (more := self.line.recv(4096)):
                raise OSError("the prepared process is gone")
            self.heard += more
        line, _, self.heard = self.heard.partition(b"\n")
        return dict(json.loads(line))

    def ask(self, request: dict[str, Any], descriptors: Sequence[int] = ()) -> int:
        """Return the process id of a new kernel or run; one that was stopped is woken up: its forks live in it."""
        text = json.dumps(request).encode() + b"\n"
        sent = socket.send_fds(self.line, [text], descriptors) if descriptors else 0
        self.line.sendall(text[sent:])
        try:
            answer = self.read(ANSWER)
        except TimeoutError:
            self.process.send_signal(signal.SIGCONT)
            answer = self.read(ANSWER)
        return int(answer["pid"])

    def close(self) -> None:
        """End it and all its kernels."""
        self.line.close()
        self.process.kill()
        self.process.wait()

    @classmethod
    def fork(cls, request: dict[str, Any] | None = None, descriptors: Sequence[int] = ()) -> int:
        """Return the process id of a new kernel (without a request 0: only make the zygote); may raise OSError."""
        until = time.monotonic() + (IN_ALL if request else PATIENCE)
        if not cls.lock.acquire(timeout=IN_ALL if request else -1):
            raise OSError("others wait for the prepared process")
        try:
            for last in (False, True):
                if cls.one is None:
                    cls.one = cls(max(0.1, until - time.monotonic()))
                if request is None:
                    return 0
                try:
                    return cls.one.ask(request, descriptors)
                except (OSError, ValueError, KeyError) as error:
                    lost, cls.one = cls.one, None
                    lost.close()
                    if last or time.monotonic() > until:
                        raise OSError(str(error)) from error
        finally:
            cls.lock.release()
        return 0


class Trainers(Zygote):
    """The prepared process with torch, made when the first run is wanted."""

    one: ClassVar[Zygote | None] = None
    lock: ClassVar[threading.Lock] = threading.Lock()
    modules: ClassVar[tuple[str, ...]] = TRAINING


def train(line: Connection, asked: dict[str, str], memory: int, fork: bool) -> Forked | subprocess.Popen[bytes]:
    """Start the process of a live run on a connection: forked with `fork`, where that can be; may raise OSError."""
    if fork and available():
        try:
            return Forked(Trainers.fork({"asked": asked, "memory": memory}, [line.fileno()]))
        except (OSError, ValueError) as error:
            log.warning("a live run starts the usual way: %s", error)
    return of_its_own("kdviz.serve.trainer", line, json.dumps(asked), str(memory))


def opener(line: Connection, fork: bool) -> Forked | subprocess.Popen[bytes]:
    """Start the process that computes with what pages open, on a connection; may raise OSError."""
    if fork and available():
        with contextlib.suppress(OSError, ValueError):
            return Forked(Zygote.fork({"opener": True}, [line.fileno()]))
    return of_its_own("kdviz.serve.opener", line)


def of_its_own(module: str, line: Connection, *words: str) -> subprocess.Popen[bytes]:
    """Start a module as a process of its own, with one end of a connection."""
    command = [sys.executable, "-m", module, str(line.fileno()), *words]
    return subprocess.Popen(command, pass_fds=[line.fileno()], stdin=subprocess.DEVNULL, start_new_session=True)


class ForkProvisioner(LocalProvisioner):
    """Starts a kernel as a fork of the prepared process, or as a process of its own where that cannot be."""

    refused_until: ClassVar[float] = 0.0  # monotonic s until which forking is not tried again

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel."""
        if cmd[1:3] != LAUNCHER or not available() or time.monotonic() < self.refused_until:
            return await super().launch_kernel(cmd, **kwargs)
        request = {"argv": cmd[3:], "env": dict(kwargs.get("env") or os.environ), "cwd": str(kwargs.get("cwd") or "")}
        try:
            pid = await asyncio.to_thread(Zygote.fork, request)
            self.process = Forked(pid)  # type: ignore[assignment]
        except (OSError, ValueError) as error:
            log.warning("kernels start the usual way for a minute: %s", error)
            ForkProvisioner.refused_until = time.monotonic() + 60
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = pid
        self.cwd = kwargs.get("cwd")
        return self.connection_info


def warm() -> None:
    """Make the zygote before the first visitor comes; call it in a thread."""
    try:
        Zygote.fork()
    except OSError as error:
        log.warning("no prepared process: %s", error)
