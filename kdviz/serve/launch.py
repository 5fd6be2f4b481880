"""A Voila whose front page is the index of the dashboards, and which says when it is ready."""

from __future__ import annotations

import logging
import os
import socket
import webbrowser
from pathlib import Path

import tornado.ioloop
from tornado.web import RedirectHandler
from voila.app import Voila

ROOT = Path(__file__).parents[2]  # the project: dashboards/ and voila.json lie here
INDEX = "voila/render/index.ipynb"


class Dashboards(Voila):
    """Voila over `dashboards/`, with the index page instead of a file list."""

    open_when_ready = False

    def init_handlers(self) -> list:
        """Return Voila's handlers, with `/` and the file list sent to the index page."""
        index = {"url": f"{self.server_url}{INDEX}", "permanent": False}
        front = [(address, RedirectHandler, index) for address in (self.server_url, f"{self.server_url}voila/tree.*")]
        return front + super().init_handlers()

    def listen(self) -> None:
        """Bind the port, print the address as the first act of the event loop, and run until stopped."""
        tornado.ioloop.IOLoop.current().add_callback(self.announce)
        super().listen()

    def announce(self) -> None:
        """Print the address in one line, and open it where that was asked for."""
        every = self.ip in ("", "0.0.0.0", "::")  # all addresses of this machine: name one that can be opened
        host = "127.0.0.1" if every else f"[{self.ip}]" if ":" in self.ip else self.ip
        url = f"http://{host}:{self.port}{self.server_url}"
        print(f"kdviz is ready: {url}  (Ctrl+C stops it)", flush=True)
        if self.open_when_ready:
            webbrowser.open(url)


def free_port(host: str, port: int) -> int:
    """Return `port` if it can be bound, a free one for 0; SystemExit with the cure where it is taken."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise SystemExit(
                f"kdviz serve: cannot listen on {host}:{port} ({reason}); try --port {(port + 1) % 65536}"
            ) from None
        return int(probe.getsockname()[1])


def launch(*, host: str, port: int, open_browser: bool = False, verbose: bool = False) -> int:
    """Serve the dashboards until Ctrl+C or SIGTERM; returns the exit status.

    Raises SystemExit with one clear line when the port is taken or the dashboards are not there.
    """
    if not (ROOT / "dashboards" / "index.ipynb").exists():
        raise SystemExit(
            "kdviz serve: no dashboards/ beside the package; run it from a clone, installed with pip install -e ."
        )
    os.chdir(ROOT)  # Voila reads voila.json from the working directory
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ["JUPYTER_PATH"] = os.pathsep.join(
        [str(ROOT / "share/jupyter"), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    )
    app = Dashboards.instance(ip=host, port=free_port(host, port), port_retries=0, open_browser=False)
    app.open_when_ready = open_browser
    app.initialize([str(ROOT / "dashboards")])
    if not verbose:
        app.log.setLevel(logging.WARNING)
    app.start()
    return 0
