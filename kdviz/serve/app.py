"""The server: Voila over `dashboards/`, with a gate in front and every other door closed."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import secrets
import shutil
import signal
import sys
import threading
import time
import webbrowser
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
import tornado.ioloop
from jupyter_server.services.kernels.kernelmanager import EventLogger  # type: ignore[attr-defined]
from nbformat.sign import MemorySignatureStore
from traitlets.config import Config
from voila.app import Voila
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler
from voila.voila_identity_provider import VoilaLoginHandler

from kdviz.serve import address, folders, forkserver, logs, signals, tokens
from kdviz.serve.front import IDLE, Front
from kdviz.serve.gate import Gate
from kdviz.serve.handlers import (
    FrontHandler,
    HealthHandler,
    MetricsHandler,
    NothingHandler,
    QueueHandler,
    SessionHandler,
)
from kdviz.serve.metrics import Metrics
from kdviz.serve.opening import Openings
from kdviz.serve.options import PREPARED, Settings, session_cost
from kdviz.serve.packed import packed
from kdviz.serve.pages import PageHandler
from kdviz.serve.runs import Runs
from kdviz.serve.sessions import Sessions, socket_folder
from kdviz.serve.state import ServerState
from kdviz.serve.websocket import KernelHandler

INDEX = "voila/render/index.ipynb"
CLOSED = ("/voila/tree", "/voila/files/", "/voila/render/", "/voila/api/contents", "/logout")
OURS = {VoilaKernelWebsocketHandler: KernelHandler, VoilaLoginHandler: tokens.LoginHandler}
SENT_UP = ["comm_open", "comm_close", "comm_msg", "comm_info_request", "kernel_info_request"]  # all that a page sends
LARGEST_MESSAGE = 2**20  # bytes of one websocket message from a page; ours are some hundred bytes
TIDY = 5000  # ms between two looks at who left
KEPT = 3.0  # s that a place which is left is kept for its visitor: on the way to another page, or back
BACKLOG = 2048  # connections that wait to be taken: one that finds no room tries again after a second
PER_SEAT = 20  # connections that browsers may hold open for each seat, besides the websockets
HELD = IDLE + 15  # s after which nothing of a visit is held: the websocket's own timer takes a minute too


class OwnNotebooks(MemorySignatureStore):
    """Every notebook of the folder is the operator's own: none is signed, looked up or called untrusted."""

    def check_signature(self, digest: str, algorithm: str) -> bool:
        """Return True."""
        return True


class Dashboards(Voila):
    """Voila over one folder of dashboards, with a front page, a gate and nothing else."""

    options: Settings
    returns: tuple[float, ...] = ()  # monotonic s at which memory goes back to the system, once all have left

    def prepare(self, settings: Settings) -> Dashboards:
        """Read `voila.json` of the working directory and add what the command line says."""
        self.options = settings
        self.event_logger = EventLogger(parent=self)  # one for all kernels: each would make its own, schemas and all
        self.initialize([str(settings.folder)])
        self.ip, self.port, self.port_retries, self.open_browser = settings.host, settings.port, 0, False
        self.token = settings.token
        self.voila_configuration.multi_kernel_manager_class = Sessions
        idle = {"cull_idle_timeout": settings.idle, "cull_interval": max(1, min(30, settings.idle // 2))}
        sessions = {"memory_limit": settings.memory_per_session, **idle}
        signatures = {"store_factory": OwnNotebooks, "secret": secrets.token_bytes(32)}  # neither is a file in a home
        self.update_config(Config({"Sessions": sessions, "NotebookNotary": signatures}))
        self.identity_provider_class = tokens.Doorkeeper
        if folder := socket_folder():
            self.connection_dir_root = folder
            self.update_config(Config({"KernelManager": {"transport": "ipc"}}))
        if settings.fork and forkserver.available():
            self.update_config(Config({"KernelProvisionerFactory": {"default_provisioner_name": forkserver.NAME}}))
        return self

    def init_settings(self) -> dict[str, Any]:
        """Return Voila's settings, stricter: a list of hosts, small messages, compressed answers, our error pages."""
        settings = super().init_settings()
        self.sessions: Sessions = self.kernel_manager
        self.sessions.allowed_message_types = SENT_UP
        later = tornado.ioloop.IOLoop.current().call_later
        self.gate = Gate(self.options.max_sessions, self.options.max_starting, keep=KEPT, later=later)
        self.runs = Runs(self.begin_run, keep=self.kept)
        self.openings = Openings(self.begin_opening, {path.stem for path in self.options.folder.glob("*.ipynb")})
        self.metrics = Metrics(self.gate, self.sessions, self.runs)
        policy: Any = settings["voila_jinja2_env"].get_template("policy.html.j2").module
        return settings | {
            "headers": {
                "Content-Security-Policy": f"{policy.content}; frame-ancestors 'self'",
                "Referrer-Policy": policy.referrer,
            },
            "allow_remote_access": not address.is_loopback(self.ip),  # else a foreign name in Host is refused
            "local_hostnames": address.Names(["localhost", *self.options.names]),
            "log_function": logs.answered,
            "websocket_max_message_size": LARGEST_MESSAGE,
            "compress_response": True,
            "jinja2_env": settings["voila_jinja2_env"],
            "default_handler_class": NothingHandler,
        }

    def init_handlers(self) -> list:
        """Return Voila's handlers but for those that show files or lists, and ours."""
        base, own = self.server_url, {"state": self.state()}
        folders.claim(Path(self.connection_dir))
        packs = Path(self.connection_dir) / "packed"
        packs.mkdir(exist_ok=True)
        kept = [
            (pattern, OURS.get(handler) or packed(handler, packs), *rest)
            for pattern, handler, *rest in super().init_handlers()
            if pattern != base and not any(closed in pattern for closed in CLOSED)
        ]
        index = {"url": f"{base}{INDEX}", "permanent": False}
        return [
            (base, FrontHandler, index),
            (f"{base}voila/tree.*", FrontHandler, index),
            (rf"{base}voila/render/([^/]+)", PageHandler, own),
            (rf"{base}voila/queue", QueueHandler, own),
            (rf"{base}voila/session/([\w-]+)", SessionHandler, own),
            (rf"{base}healthz", HealthHandler, own),
            (rf"{base}metrics", MetricsHandler, own),
            *kept,
        ]

    def state(self) -> ServerState:
        """Return what the handlers share."""
        return ServerState(
            settings=self.options,
            server=secrets.token_hex(4),
            gate=self.gate,
            sessions=self.sessions,
            runs=self.runs,
            openings=self.openings,
            metrics=self.metrics,
            voila=self.voila_configuration,
            config=self.config,
            template_paths=self.template_paths,
        )

    def listen(self) -> None:
        """Bind the port, say so as the first act of the event loop, and run until stopped."""
        behind_proxy = bool(self.options.names) and address.is_loopback(self.ip)  # then it tells who comes
        front = Front(self.app, most=PER_SEAT * self.options.max_sessions + 200, xheaders=behind_proxy)
        self.app.settings["front"] = front  # lines and pages ask it for descriptors
        front.listen(self.port, self.ip, backlog=BACKLOG)
        self.ioloop = tornado.ioloop.IOLoop.current()
        signals.on_ending(self._handle_signal_stop)
        self.ioloop.add_callback(self.announce)
        if self.options.fork and forkserver.available():
            threading.Thread(target=forkserver.warm, daemon=True).start()
        self.ioloop.add_callback(self.openings.warm)
        if self.connection_dir_root == socket_folder():
            self.runs.start(Path(self.connection_dir) / "runs")
            self.sessions.runs = self.runs.address
        tidying = tornado.ioloop.PeriodicCallback(self.tidy, TIDY)
        tidying.start()
        try:
            self.ioloop.start()
        except KeyboardInterrupt:
            pass
        finally:
            tidying.stop()
            self.stop()

    async def tidy(self) -> None:
        """Take back what nobody came for."""
        self.gate.sweep()
        self.app.settings["front"].close_unread()
        await self.sessions.sweep(crowded=bool(self.gate.waiting))
        now = time.monotonic()
        if self.gate.seats:
            self.returns = (now, now + HELD)
        elif self.returns and now >= self.returns[0]:
            self.returns = self.returns[1:]
            give_back()

    def begin_run(self, line: Connection, asked: dict[str, str]) -> Any:
        """Start the process of a live run on the connection of a kernel."""
        return forkserver.train(line, asked, self.options.memory_per_session, self.options.fork)

    def begin_opening(self, line: Connection) -> Any:
        """Start the process that computes with what pages open."""
        return forkserver.opener(line, self.options.fork)

    def kept(self) -> float:
        """Return the MiB that live runs must leave: for the sessions that may still come, and for what runs share."""
        preparing = self.options.fork and not forkserver.Trainers.one
        return session_cost(self.options.fork) * (self.gate.places - len(self.gate.seats)) + PREPARED * preparing

    def stop(self) -> None:
        """End every kernel, then remove the folder of their sockets."""
        for number in (signal.SIGINT, *signals.ENDINGS):
            signal.signal(number, signal.SIG_IGN)  # it is ending
        with contextlib.suppress(Exception):
            self.ioloop.run_sync(lambda: asyncio.wait_for(self.sessions.shutdown_all(now=True), 20))
        self.runs.close()
        self.openings.close()
        for prepared in (forkserver.Zygote.one, forkserver.Trainers.one):
            if prepared:
                prepared.close()
        left = psutil.Process().children(recursive=True)  # kernels whose visitor hung up a moment ago
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=5)
        shutil.rmtree(self.connection_dir, ignore_errors=True)

    def announce(self) -> None:
        """Print where the pages are in one line, with `--lab` a QR code too, and open them where that was asked for."""
        url = address.of(self.ip, self.port, self.server_url, self.options.token)
        print(f"kdviz is ready: {url}  (Ctrl+C stops it)", flush=True)
        if self.options.lab:
            with contextlib.suppress(UnicodeEncodeError):  # a console without block characters
                print(address.picture(url) if sys.stdout.isatty() or self.options.verbose else "", end="", flush=True)
            print(f"up to {self.options.max_sessions} sessions; health: {address.of(self.ip, self.port, '/healthz')}")
        if self.options.open:
            webbrowser.open(url)


def give_back() -> None:
    """Return the memory of a crowd that has left to the system (the C library keeps it otherwise; glibc only)."""
    gc.collect()
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).malloc_trim(0)
