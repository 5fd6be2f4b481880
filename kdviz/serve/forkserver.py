"""Kernels as forks of one prepared process, for Linux: they start sooner and share most of their memory.

`ForkProvisioner` is a kernel provisioner (entry point `kdviz-fork`) which asks `kdviz.serve.zygote` for a process.
Where that cannot be had, for whatever reason, the kernel is started the usual way. A lost zygote is made anew.
"""

from __future__ import annotations

import asyncio
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
from importlib.metadata import entry_points
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
    "kdviz.app",
    "kdviz.pages.prepared",
)
PATIENCE = 60.0  # s for the imports of a zygote
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
        self.ended = select.poll()
        self.ended.register(self.handle, select.POLLIN)

    def poll(self) -> int | None:
        """Return None while it runs, then −1: only its parent learns the true status."""
        if self.returncode is None and self.ended.poll(0):
            os.close(self.handle)
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

    def __init__(self) -> None:
        self.line, theirs = socket.socketpair()
        command = [sys.executable, "-m", "kdviz.serve.zygote", str(theirs.fileno()), *PREPARED]
        quiet = {"stdin": subprocess.DEVNULL, "start_new_session": True}
        self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], **quiet)  # type: ignore[call-overload]
        theirs.close()
        self.line.settimeout(PATIENCE)
        self.answers = self.line.makefile("r", encoding="utf-8")
        if not self.answers.readline():
            self.close()
            raise OSError("the prepared process ended while it was made")

    def ask(self, request: dict[str, Any]) -> int:
        """Return the process id of a new kernel."""
        self.line.sendall(json.dumps(request).encode() + b"\n")
        return int(json.loads(self.answers.readline() or "{}").get("pid") or 0)

    def close(self) -> None:
        """End it and all its kernels."""
        self.answers.close()
        self.line.close()
        self.process.kill()
        self.process.wait()

    @classmethod
    def fork(cls, request: dict[str, Any] | None = None) -> int:
        """Return the process id of a new kernel (without a request 0: only make the zygote); may raise OSError."""
        with cls.lock:
            for last in (False, True):
                if cls.one is None:
                    cls.one = Zygote()
                if request is None:
                    return 0
                try:
                    if pid := cls.one.ask(request):
                        return pid
                    raise OSError("the prepared process is gone")
                except (OSError, ValueError):
                    lost, cls.one = cls.one, None
                    lost.close()
                    if last:
                        raise
        return 0


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
