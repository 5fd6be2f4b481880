"""The kernels of the visitors: when one ends, why it ended, and what it may use.

`Sessions` is Jupyter's own kernel manager with five differences: a kernel is ended at once (it holds nothing to save),
the clock of idle kernels starts when the visitor leaves, a kernel whose page never came alive goes too, a dead one is
tidied up after, and the last reasons are remembered, so that a page can say what happened to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sys
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_server._tz import utcnow
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.utils import ApiPath
from traitlets import Float, Integer

from kdviz.serve.reports import ARGUMENTS

BUFFERED = 2**22  # bytes that are kept for a page which has lost its line
REMEMBERED = 1000  # ends of sessions: enough to tell every page of a lecture why it ended
LONGEST_SOCKET = {"darwin": 103}.get(sys.platform, 107)  # bytes in the path of a unix socket
SOCKET = "kernel-01234567-0123-0123-0123-0123456789ab-ipc-5"  # what jupyter_client adds to the folder


class Sessions(AsyncMappingKernelManager):
    """The kernels of the visitors, one each."""

    memory_limit = Integer(0, help="MiB of data that one kernel may use, 0 for no limit (Linux only)").tag(config=True)
    connect_grace = Float(60.0, help="s that a page has to open its websocket").tag(config=True)
    crowded_grace = Float(120.0, help="s that a lost visitor keeps the place while others wait").tag(config=True)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.ends: OrderedDict[str, str] = (
            OrderedDict()
        )  # kernel -> "idle", "died", "failed" or "moved"; not of those that were left
        self.tidying: set[asyncio.Future[None]] = set()
        self.ending: dict[str, asyncio.Future[None]] = {}  # kernel -> done when its process is gone
        self.since: dict[str, float] = {}  # kernel -> monotonic s since when nobody is connected
        self.met: set[str] = set()  # kernels that a page has been connected to
        self.runs = ""  # path of the socket on which live runs are lent
        self.gone: dict[str, Callable[[], None]] = {}  # kernel -> what to do when it is gone

    def state(self, kernel_id: str) -> str:
        """Return "open", the reason why a session ended, or "unknown" (left, long ago, of an earlier server)."""
        lives = kernel_id in self and kernel_id not in self.ending
        return self.ends.get(kernel_id, "open" if lives else "unknown")

    async def begin(self, kernel_id: str, env: dict[str, str], gone: Callable[[], None]) -> Any:
        """Start a kernel and return its manager; `gone()` is called once, when its process is no more."""
        self.gone[kernel_id] = gone
        env = env | {"KDVIZ_RUNS": self.runs}
        try:
            await self.start_kernel(kernel_id=kernel_id, env=env, path=ApiPath(""), extra_arguments=ARGUMENTS)
        except BaseException:
            self._say_gone(kernel_id)
            raise
        self.since[kernel_id] = time.monotonic()
        manager: Any = self.get_kernel(kernel_id)
        # Jupyter's server looks for this text here, where it is not: the first error in a callback would end the
        # reading of the kernel's messages, and the page would stand still for ever
        manager.traceback_replacement_message = self.traceback_replacement_message
        limit(getattr(manager.provisioner, "pid", None), self.memory_limit)
        return manager

    async def end(self, kernel_id: str, why: str) -> None:
        """End a kernel now and remember why; nothing happens to one that is gone already."""
        self.remember(kernel_id, why)
        with contextlib.suppress(Exception):  # two ways to the same end may meet
            await self.shutdown_kernel(kernel_id)

    def end_soon(self, kernel_id: str, why: str) -> None:
        """End a kernel without waiting for it."""
        task = asyncio.ensure_future(self.end(kernel_id, why))
        self.tidying.add(task)
        task.add_done_callback(self.tidying.discard)

    def remember(self, kernel_id: str, why: str) -> None:
        """Keep why a session ended; the first reason counts, also that it was left, which is not kept."""
        if kernel_id not in self.ending:
            self.ends.setdefault(kernel_id, why)
        while len(self.ends) > REMEMBERED:
            self.ends.popitem(last=False)

    async def shutdown_kernel(self, kernel_id: str, now: bool = True, restart: bool = False) -> None:  # type: ignore[override]
        """End a kernel at once, and once however many ask; 404 for one that is not there."""
        self._check_kernel_id(kernel_id)
        if kernel_id not in self.ending:
            ending = asyncio.ensure_future(super()._async_shutdown_kernel(kernel_id, now=True, restart=restart))
            ending.add_done_callback(lambda _: self.ending.pop(kernel_id))
            self.ending[kernel_id] = ending
        await asyncio.shield(self.ending[kernel_id])

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End a kernel that nobody has been connected to for `cull_idle_timeout` s."""
        lived = self.state(kernel_id) == "open"
        await super().cull_kernel_if_idle(kernel_id)
        if lived and kernel_id not in self:
            self.ends[kernel_id] = "idle"

    async def sweep(self, crowded: bool) -> None:
        """End kernels whose page never came alive, and with `crowded` those whose visitor has been away for a while."""
        now = time.monotonic()
        for kernel_id, since in list(self.since.items()):
            grace = self.connect_grace if kernel_id not in self.met else self.crowded_grace if crowded else float("inf")
            if self._kernel_connections.get(kernel_id, 0) == 0 and now - since > grace:
                await self.end(kernel_id, "idle")

    def notify_connect(self, kernel_id: str) -> None:
        """Note that a page is connected."""
        super().notify_connect(kernel_id)
        if kernel_id in self._kernels:
            self.met.add(kernel_id)

    def notify_disconnect(self, kernel_id: str) -> None:
        """Start the clock of idle kernels now: the last move of a slider may be long ago."""
        super().notify_disconnect(kernel_id)
        if kernel_id in self._kernels:
            self._kernels[kernel_id].last_activity = utcnow()
            self.since[kernel_id] = time.monotonic()

    def _handle_kernel_died(self, kernel_id: str) -> None:
        self.end_soon(kernel_id, "died")

    def remove_kernel(self, kernel_id: str) -> Any:
        """Forget a kernel whose process is gone.

        Jupyter's server begins to keep messages for a visitor who may come back, sockets and all, also when the line
        closes while the kernel is ending, and then for ever.
        """
        if kernel_id in self:
            self.stop_buffering(kernel_id)
        found = super().remove_kernel(kernel_id)
        self._say_gone(kernel_id)
        return found

    def start_buffering(self, kernel_id: str, session_key: str, channels: dict[str, Any]) -> None:
        """Keep what the kernel says for a page that has lost its line, until that is too much."""
        super().start_buffering(kernel_id, session_key, channels)
        kept = self._kernel_buffers[kernel_id]["buffer"]
        size = 0

        def keep(channel: str, parts: list[bytes]) -> None:
            nonlocal size
            size += sum(map(len, parts))
            if size <= BUFFERED:
                kept.append((channel, parts))
            elif kernel_id in self:
                self.stop_buffering(kernel_id)

        for channel, stream in channels.items():
            stream.on_recv(functools.partial(keep, channel))

    def _say_gone(self, kernel_id: str) -> None:
        self.since.pop(kernel_id, None)
        self.met.discard(kernel_id)
        if gone := self.gone.pop(kernel_id, None):
            gone()


def limit(pid: int | None, mebibytes: int) -> None:
    """Bound the data of a process and let the system end it before the server when memory runs out (Linux)."""
    if not pid or sys.platform != "linux":
        return
    import resource

    with contextlib.suppress(OSError):
        if mebibytes:
            resource.prlimit(pid, resource.RLIMIT_DATA, (mebibytes << 20, mebibytes << 20))
        Path(f"/proc/{pid}/oom_score_adj").write_text("800")


def socket_folder() -> str | None:
    """Return a folder whose unix sockets have paths that are short enough, None where there are no unix sockets.

    Sockets in a folder of one's own cannot be taken by another program, as a TCP port can between its choice and its
    use, and no other user of the machine can connect to them.
    """
    if os.name != "posix":
        return None
    for folder in (tempfile.gettempdir(), "/tmp"):
        if len(os.fsencode(f"{folder}/voila_01234567/{SOCKET}")) <= LONGEST_SOCKET and os.access(folder, os.W_OK):
            return folder
    return None
