"""The small doors beside the pages: the queue, what became of a session, how the server is, and nothing at all."""

from __future__ import annotations

import asyncio

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from tornado import web

from kdviz.serve.gate import Ticket
from kdviz.serve.pages import VISITOR
from kdviz.serve.state import Stateful

LISTEN = 10.0  # s that the waiting page's question is left open


class QueueHandler(Stateful, APIHandler):
    """`voila/queue`: wait for a turn; JSON {turn, place, seconds}, 404 for a visitor who has no ticket."""

    ticket: Ticket | None = None

    async def get(self) -> None:
        """Answer when the turn has come, at once where `place` is out of date, else after a while with the place."""
        gate = self.state.gate
        ticket = self.ticket = gate.tickets.get(self.get_cookie(VISITOR, "") or "")
        if ticket is None:
            raise web.HTTPError(404)
        if self.get_query_argument("place", "") == str(gate.place(ticket)) and ticket.listening < 4:
            await gate.turn(ticket, LISTEN)
        self.set_header("Cache-Control", "no-store")
        place = gate.place(ticket)
        self.finish({"turn": bool(ticket.seat), "place": place, "seconds": gate.seconds(ticket) if place else 0})

    def on_connection_close(self) -> None:
        """The waiting page was closed, or loaded anew."""
        if self.ticket:
            self.state.gate.hung_up(self.ticket)


class SessionHandler(Stateful, APIHandler):
    """`voila/session/KERNEL`: JSON {state, server, connections} for the banner of a page."""

    async def get(self, kernel_id: str) -> None:
        """Answer whether the session is open, and if not, why."""
        sessions = self.state.sessions
        state = sessions.state(kernel_id)
        if state == "open" and not await ensure_async(sessions.get_kernel(kernel_id).is_alive()):
            state = "died"  # seen here before the kernel manager looks the next time
        self.set_header("Cache-Control", "no-store")
        connections = sessions._kernel_connections.get(kernel_id, 0)
        self.finish({"state": state, "server": self.state.server, "connections": connections})


class HealthHandler(Stateful, JupyterHandler):
    """`/healthz`: no secret in it, so no token is asked for."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Answer with JSON."""
        await asyncio.to_thread(self.state.metrics.mebibytes)
        self.set_header("Cache-Control", "no-store")
        self.finish(self.state.metrics.summary())

    head = get  # what watches a server often asks for the head alone


class MetricsHandler(Stateful, JupyterHandler):
    """`/metrics`: Prometheus' text form; with the token where one is set (`Authorization: token …`)."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with every number."""
        await asyncio.to_thread(self.state.metrics.mebibytes)
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(generate_latest(self.state.metrics.registry))

    head = get


class FrontHandler(web.RedirectHandler):
    """`/`: on to the index, with the query."""

    head = web.RedirectHandler.get


class NothingHandler(JupyterHandler):
    """Everything else: 404 in the form of the pages, whatever the method."""

    async def prepare(self) -> None:  # type: ignore[override]
        """Refuse before anything is looked at."""
        self.current_user = self._jupyter_current_user = None
        raise web.HTTPError(404 if self.check_host() else 403)
