"""The small doors beside the pages: a place in the queue, what became of a session, and nothing at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from tornado import web

from kdviz.serve.gate import Ticket
from kdviz.serve.pages import VISITOR

if TYPE_CHECKING:
    from kdviz.serve.app import Dashboards

LISTEN = 10.0  # s that the waiting page's question is left open


class QueueHandler(APIHandler):
    """`voila/queue`: wait for a turn; JSON {turn, place, seconds}, 404 for a visitor who has no ticket."""

    def initialize(self, app: Dashboards) -> None:
        """Take what the server has."""
        self.house = app
        self.ticket: Ticket | None = None

    async def get(self) -> None:
        """Answer when the turn has come, at once where `place` is out of date, else after a while with the place."""
        gate = self.house.gate
        ticket = self.ticket = gate.tickets.get(self.get_cookie(VISITOR, "") or "")
        if ticket is None:
            raise web.HTTPError(404)
        if self.get_query_argument("place", "") == str(gate.place(ticket)) and ticket.listening < 4:
            await gate.turn(ticket, LISTEN)
        self.set_header("Cache-Control", "no-store")
        place = gate.place(ticket) if gate.tickets.get(ticket.visitor) is ticket else 0
        self.finish({"turn": bool(ticket.seat), "place": place, "seconds": gate.seconds(ticket) if place else 0})

    def on_connection_close(self) -> None:
        """The waiting page was closed, or loaded anew."""
        if self.ticket:
            self.house.gate.hung_up(self.ticket)


class SessionHandler(APIHandler):
    """`voila/session/KERNEL`: JSON {state, server, connections} for the banner of a page."""

    def initialize(self, app: Dashboards) -> None:
        """Take what the server has."""
        self.house = app

    async def get(self, kernel_id: str) -> None:
        """Answer whether the session is open, and if not, why."""
        sessions = self.house.sessions
        state = sessions.state(kernel_id)
        if state == "open" and not await ensure_async(sessions.get_kernel(kernel_id).is_alive()):
            state = "died"  # seen here before the kernel manager looks the next time
        self.set_header("Cache-Control", "no-store")
        connections = sessions._kernel_connections.get(kernel_id, 0)
        self.finish({"state": state, "server": self.house.run, "connections": connections})


class NothingHandler(JupyterHandler):
    """Everything else: 404 in the dress of the pages, whatever the method."""

    async def prepare(self) -> None:  # type: ignore[override]
        """Refuse before anything is looked at."""
        self.current_user = self._jupyter_current_user = None
        raise web.HTTPError(404 if self.check_host() else 403)
