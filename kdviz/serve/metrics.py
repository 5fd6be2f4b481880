"""What is counted and measured: for `/healthz` as a dict, for `/metrics` in a registry of Prometheus."""

from __future__ import annotations

import threading
import time
from typing import Any

import psutil
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

import kdviz
from kdviz.serve.gate import Gate
from kdviz.serve.memory import proportional
from kdviz.serve.runs import Runs
from kdviz.serve.sessions import Sessions

MEASURED_EVERY = 2.0  # s: reading the memory of sixty processes takes some milliseconds


class Metrics:
    """What is counted, in a registry of its own."""

    def __init__(self, gate: Gate, sessions: Sessions, runs: Runs) -> None:
        self.gate, self.sessions, self.runs = gate, sessions, runs
        self.measured, self.memory = 0.0, (0.0, 0.0)
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
        numbers = {
            "sessions": ("Sessions, reserved ones included.", lambda: len(gate.seats)),
            "max_sessions": ("The cap on sessions.", lambda: gate.places),
            "starting": ("Sessions that are starting.", lambda: len(gate.starting)),
            "waiting": ("People in the queue.", lambda: len(gate.waiting)),
            "server_memory_bytes": ("Memory of the server (RSS).", lambda: self.mebibytes()[0] * 2**20),
            "sessions_memory_bytes": ("Memory of all kernels (PSS or RSS).", lambda: self.mebibytes()[1] * 2**20),
            "live_runs": ("Live runs that compute.", lambda: len(runs.live)),
            "waiting_runs": ("Live runs that wait for memory.", lambda: len(runs.waiting)),
            "run_memory_bytes": ("Memory of all live runs (USS).", lambda: runs.mebibytes * 2**20),
            "uptime_seconds": ("Since the start of the server.", lambda: time.monotonic() - self.born),
        }  # fmt: skip
        for name, (text, read) in numbers.items():
            Gauge(f"kdviz_{name}", text, registry=registry).set_function(read)

    def mebibytes(self) -> tuple[float, float]:
        """Return (server, all kernels) in MiB, at most two seconds old."""
        if self.measured and time.monotonic() - self.measured < MEASURED_EVERY:
            return self.memory
        with self.measuring:
            managers = [self.sessions.get_kernel(key) for key in self.sessions.list_kernel_ids()]
            pids = [getattr(manager.provisioner, "pid", None) for manager in managers]
            server = psutil.Process().memory_info().rss / 2**20
            self.memory = server, sum(proportional(pid) for pid in pids if pid)
            self.measured = time.monotonic()
            return self.memory

    def summary(self) -> dict[str, Any]:
        """Return what /healthz says."""
        gate, runs, (server, kernels) = self.gate, self.runs, self.mebibytes()
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
