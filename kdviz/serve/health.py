"""How the server is: `/healthz` for people and service managers (JSON), `/metrics` for Prometheus."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any

import psutil
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from tornado import web

import kdviz
from kdviz.serve.memory import proportional

if TYPE_CHECKING:
    from kdviz.serve.app import Dashboards

MEASURED_EVERY = 2.0  # s: reading the memory of sixty processes takes some milliseconds


class Metrics:
    """What is counted, in a registry of its own."""

    def __init__(self, app: Dashboards) -> None:
        self.app, self.measured, self.memory = app, 0.0, (0.0, 0.0)
        self.measuring = threading.Lock()  # one look at a time, beside the event loop
        self.born = time.monotonic()
        self.registry = registry = CollectorRegistry()
        self.start = Histogram(
            "kdviz_start_seconds", "From the seat to the whole page.", registry=registry,
            buckets=(0.25, 0.5, 1, 2, 4, 8, 15, 30, 60),
        )  # fmt: skip
        self.waited = Counter("kdviz_waiting_pages", "Waiting pages shown.", registry=registry)
        self.failed = Counter("kdviz_failed_starts", "Pages that could not be started in time.", registry=registry)
        self.hung_up = Counter("kdviz_hung_up_starts", "Visitors who left while a page started.", registry=registry)
        gate, numbers = app.gate, {
            "sessions": ("Sessions, reserved ones included.", lambda: len(gate.seats)),
            "max_sessions": ("The cap on sessions.", lambda: gate.places),
            "starting": ("Sessions that are starting.", lambda: len(gate.starting)),
            "waiting": ("People in the queue.", lambda: len(gate.waiting)),
            "server_memory_bytes": ("Memory of the server (RSS).", lambda: self.mebibytes()[0] * 2**20),
            "sessions_memory_bytes": ("Memory of all kernels (PSS or RSS).", lambda: self.mebibytes()[1] * 2**20),
            "live_runs": ("Live runs that compute.", lambda: len(app.runs.live)),
            "waiting_runs": ("Live runs that wait for memory.", lambda: len(app.runs.waiting)),
            "run_memory_bytes": ("Memory of all live runs (USS).", lambda: app.runs.mebibytes * 2**20),
            "uptime_seconds": ("Since the start of the server.", lambda: time.monotonic() - self.born),
        }  # fmt: skip
        for name, (text, read) in numbers.items():
            Gauge(f"kdviz_{name}", text, registry=registry).set_function(read)

    def mebibytes(self) -> tuple[float, float]:
        """Return (server, all kernels) in MiB, at most two seconds old."""
        if self.measured and time.monotonic() - self.measured < MEASURED_EVERY:
            return self.memory
        with self.measuring:
            managers = [self.app.sessions.get_kernel(key) for key in self.app.sessions.list_kernel_ids()]
            pids = [getattr(manager.provisioner, "pid", None) for manager in managers]
            server = psutil.Process().memory_info().rss / 2**20
            self.memory = server, sum(proportional(pid) for pid in pids if pid)
            self.measured = time.monotonic()
            return self.memory

    def summary(self) -> dict[str, Any]:
        """Return what /healthz says."""
        gate, runs, (server, kernels) = self.app.gate, self.app.runs, self.mebibytes()
        return {
            "status": "ok",
            "version": kdviz.__version__,
            "sessions": len(gate.seats),
            "max_sessions": gate.places,
            "starting": len(gate.starting),
            "waiting": len(gate.waiting),
            "runs": {"live": len(runs.live), "waiting": len(runs.waiting)},
            "memory_mib": {
                "server": round(server, 1),
                "sessions": round(kernels, 1),
                "runs": round(runs.mebibytes, 1),
            },
            "uptime_s": round(time.monotonic() - self.born, 1),
        }


class HealthHandler(JupyterHandler):
    """`/healthz`: no secret in it, so no token is asked for."""

    def initialize(self, app: Dashboards) -> None:
        """Take what the server has."""
        self.house = app

    @allow_unauthenticated
    async def get(self) -> None:
        """Answer with JSON."""
        await asyncio.to_thread(self.house.metrics.mebibytes)
        self.set_header("Cache-Control", "no-store")
        self.finish(self.house.metrics.summary())

    head = get  # what watches a server often asks for the head alone


class MetricsHandler(JupyterHandler):
    """`/metrics`: Prometheus' text form; with the token where one is set (`Authorization: token …`)."""

    def initialize(self, app: Dashboards) -> None:
        """Take what the server has."""
        self.house = app

    @web.authenticated
    async def get(self) -> None:
        """Answer with every number."""
        await asyncio.to_thread(self.house.metrics.mebibytes)
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(generate_latest(self.house.metrics.registry))

    head = get


class FrontHandler(web.RedirectHandler):
    """`/`: on to the index, with the query."""

    head = web.RedirectHandler.get
