"""How the server is: `/healthz` for people and service managers (JSON), `/metrics` for Prometheus."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from tornado import web

import kdviz

if TYPE_CHECKING:
    from kdviz.serve.app import Dashboards

MEASURED_EVERY = 2.0  # s: reading the memory of sixty processes takes some milliseconds


class Metrics:
    """What is counted, in a registry of its own."""

    def __init__(self, app: Dashboards) -> None:
        self.app, self.measured, self.memory = app, 0.0, (0.0, 0.0)
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
            "uptime_seconds": ("Since the start of the server.", lambda: time.monotonic() - self.born),
        }  # fmt: skip
        for name, (text, read) in numbers.items():
            Gauge(f"kdviz_{name}", text, registry=registry).set_function(read)

    def mebibytes(self) -> tuple[float, float]:
        """Return (server, all kernels) in MiB, at most two seconds old."""
        if not self.measured or time.monotonic() - self.measured > MEASURED_EVERY:
            managers = [self.app.sessions.get_kernel(key) for key in self.app.sessions.list_kernel_ids()]
            pids = [getattr(manager.provisioner, "pid", None) for manager in managers]
            server = psutil.Process().memory_info().rss / 2**20
            self.memory = server, sum(proportional(pid) for pid in pids if pid) / 2**20
            self.measured = time.monotonic()
        return self.memory

    def summary(self) -> dict[str, Any]:
        """Return what /healthz says."""
        gate, (server, kernels) = self.app.gate, self.mebibytes()
        return {
            "status": "ok",
            "version": kdviz.__version__,
            "sessions": len(gate.seats),
            "max_sessions": gate.places,
            "starting": len(gate.starting),
            "waiting": len(gate.waiting),
            "memory_mib": {"server": round(server, 1), "sessions": round(kernels, 1)},
            "uptime_s": round(time.monotonic() - self.born, 1),
        }


def proportional(pid: int) -> float:
    """Return the memory of a process in bytes, its share of shared pages where the system tells (PSS), else RSS."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return float(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0.0


class HealthHandler(JupyterHandler):
    """`/healthz`: no secret in it, so no token is asked for."""

    def initialize(self, app: Dashboards) -> None:
        """Take what the server has."""
        self.house = app

    @allow_unauthenticated
    def get(self) -> None:
        """Answer with JSON."""
        self.set_header("Cache-Control", "no-store")
        self.finish(self.house.metrics.summary())

    head = get  # what watches a server often asks for the head alone


class MetricsHandler(JupyterHandler):
    """`/metrics`: Prometheus' text form; with the token where one is set (`Authorization: token …`)."""

    def initialize(self, app: Dashboards) -> None:
        """Take what the server has."""
        self.house = app

    @web.authenticated
    def get(self) -> None:
        """Answer with every number."""
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(generate_latest(self.house.metrics.registry))

    head = get


class FrontHandler(web.RedirectHandler):
    """`/`: on to the index, with the query."""

    head = web.RedirectHandler.get
