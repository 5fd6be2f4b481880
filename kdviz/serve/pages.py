"""The pages: a seat first, then a kernel, and nothing left behind whatever happens on the way."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import math
import os
import re
import uuid
from typing import Any

from jinja2.bccache import Bucket, BytecodeCache
from tornado import web
from tornado.httputil import url_concat
from tornado.iostream import StreamClosedError
from voila.handler import BaseVoilaHandler
from voila.notebook_renderer import NotebookRenderer
from voila.utils import get_page_config

from kdviz.serve import address
from kdviz.serve.gate import Seat, Ticket
from kdviz.serve.state import ServerState, Stateful

NAME = re.compile(r"\w[\w-]{0,80}\.ipynb")  # a dashboard's file: no folder, no hidden file, nothing else
VISITOR = "kdviz-visitor"  # the cookie by which a visitor keeps a place, from page to page and over a reload
GIVEN = re.compile(r"[\w-]{16,64}")  # what a visitor's name looks like; secrets.token_urlsafe makes them
PATIENCE = 1.5  # s that a page waits for its turn before the waiting page is shown
LONGEST_QUERY = 8192  # characters of an address
FAILED = """</div></main><div class="kd-frame-note" role="alert"><p>{}</p><p><a href="">Try again</a>; your settings are
kept in the link.</p></div><script>document.getElementById("loading")?.remove();
document.body.dataset.kdOff = "failed"; dispatchEvent(new Event("kd-off"))</script></body></html>"""
MOVED = """</div></main><script>document.body.dataset.kdOff = "moved"; dispatchEvent(new Event("kd-off"))</script>
</body></html>"""
LATE = "This page did not start within {:.0f} seconds."
BROKEN = "This page could not be started."


class Compiled(BytecodeCache):
    """Templates compiled once per server: every page makes a template environment of its own."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is known; a changed source has another checksum."""
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.known[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


class PageHandler(Stateful, BaseVoilaHandler):
    """A dashboard: a seat first, then a kernel, then the page, and nothing left behind whatever happens on the way."""

    rendering: asyncio.Task[None] | None = None
    over = False  # the visitor left or the time is up: nothing more is written
    moved = False  # to another page of the visitor

    def initialize(self, state: ServerState) -> None:  # type: ignore[override]
        """Take the state, and Voila's part of it."""
        super().initialize(state, voila_configuration=state.voila)

    @web.authenticated
    async def get(self, name: str) -> None:
        """Answer with the page, or with the waiting page and 503."""
        if not NAME.fullmatch(name) or not (self.state.settings.folder / name).is_file():
            raise web.HTTPError(404)
        if len(self.request.query) > LONGEST_QUERY:
            raise web.HTTPError(414)
        if "token" in self.request.query_arguments:  # it is in a cookie now; links to a page should not carry it
            kept = [(key, value) for key in self.request.query_arguments if key != "token"
                    for value in self.get_query_arguments(key)]  # fmt: skip
            return self.redirect(url_concat(self.request.path, kept))
        gate, known = self.state.gate, self.get_cookie(VISITOR, "") or ""
        where = address.group(self.request.remote_ip or "")
        found = gate.enter(known if GIVEN.fullmatch(known) else "", where)
        if found and found.visitor != known:
            self.set_cookie(VISITOR, found.visitor, path=self.base_url, httponly=True, samesite="Lax")
        if isinstance(found, Ticket) and gate.seconds(found) is not None and await gate.turn(found, PATIENCE):
            found = gate.enter(found.visitor, where)
        if not isinstance(found, Seat):
            return await self.wait(name, found)
        if self.request.connection.stream.closed():
            return found.leave()  # the visitor went while we waited
        found.end = self.move
        if found.before and not await self.ended(found.before):
            found.leave()
            return await self.wait(name, None)
        found.before = None
        if self.over:
            return found.leave()
        await self.show(name, found)

    async def ended(self, before: Seat) -> bool:
        """End the session whose place this page gets; tells whether it is gone."""
        before.end()
        try:
            await asyncio.wait_for(before.gone.wait(), self.state.settings.deadline)
        except TimeoutError:
            return False
        return True

    @web.authenticated
    def head(self, name: str) -> None:
        """Answer that there is such a page; links are looked at before they are opened, and that starts nothing."""
        if not NAME.fullmatch(name) or not (self.state.settings.folder / name).is_file():
            raise web.HTTPError(404)
        self.set_header("Content-Type", "text/html; charset=utf-8")

    async def wait(self, name: str, ticket: Ticket | None) -> None:
        """Answer with the waiting page: the place in the queue, kept in a cookie, and what the page will open with."""
        self.state.metrics.waited.inc()
        self.set_status(503)
        gate = self.state.gate
        seconds = gate.seconds(ticket) if ticket else 60.0
        self.set_header("Retry-After", str(min(15, math.ceil(seconds if seconds is not None else 10))))
        self.set_header("Cache-Control", "no-store")
        text = await self.opening(name, waiting=True)
        place = gate.place(ticket) if ticket else None
        names = {"base_url": self.base_url, "metadata": {"name": name.removesuffix(".ipynb")}}  # as a notebook has them
        found = {"place": place, "ticket": ticket, "full": gate.full, "text": text, "resources": names}
        await self.finish(self.render_template("wait.html", **found))

    async def opening(self, name: str, *, waiting: bool = False) -> str:
        """Return with what the page of this address opens, as JSON; empty where that is not known in time."""
        return await self.state.openings.get(name.removesuffix(".ipynb"), self.request.query, waiting=waiting)

    async def show(self, name: str, seat: Seat) -> None:
        """Start the page's kernel and stream the page; the kernel goes when the visitor, the time or the start does."""
        kernel_id, metrics = str(uuid.uuid4()), self.state.metrics
        self.settings["front"].has_descriptors()
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-cache, no-store, must-revalidate")
        starting = asyncio.ensure_future(self.state.sessions.begin(kernel_id, self.environment(), seat.leave))
        self.rendering = asyncio.ensure_future(self.render_page(name, kernel_id, starting))
        trouble = ""
        with metrics.start.time():
            done, _ = await asyncio.wait({self.rendering}, timeout=self.state.settings.deadline)
        if self.over:
            metrics.hung_up.inc()
        elif not done:
            trouble = LATE.format(self.state.settings.deadline)
        elif self.rendering.cancelled() or self.rendering.exception():
            self.log.error("page %s: %r", name, None if self.rendering.cancelled() else self.rendering.exception())
            trouble = BROKEN
        else:
            seat.end = functools.partial(self.state.sessions.end_soon, kernel_id, "moved")
            return seat.ready()
        self.over = True
        with contextlib.suppress(Exception):  # a start cannot be stopped half-way without losing its process
            await starting
        await self.state.sessions.end(kernel_id, "failed")
        seat.leave()
        self.rendering.cancel()
        await asyncio.wait({self.rendering}, timeout=5)
        metrics.failed.inc(bool(trouble))
        if self.moved and self._headers_written:
            with contextlib.suppress(StreamClosedError):
                await self.finish(MOVED)
        if trouble and not self._headers_written:
            raise web.HTTPError(500)
        if trouble:
            with contextlib.suppress(StreamClosedError):
                await self.finish(FAILED.format(trouble))

    async def render_page(self, name: str, kernel_id: str, starting: asyncio.Future[Any]) -> None:
        """Write the page as it comes into being: its head while the kernel starts, then the cells."""
        opening = asyncio.ensure_future(self.opening(name))

        async def opened() -> str:
            return await opening

        configuration, base = self.voila_configuration, {"base_url": self.base_url, "log": self.log}
        renderer = NotebookRenderer(
            request_handler=self,
            voila_configuration=configuration,
            traitlet_config=self.state.config,
            notebook_path=name,
            template_paths=self.state.template_paths,
            config_manager=self.config_manager,
            contents_manager=self.contents_manager,
            base_url=self.base_url,
            kernel_spec_manager=self.kernel_spec_manager,
            prelaunch_hook=None,
            page_config=get_page_config(settings=self.settings, voila_configuration=configuration, **base)
            | {"kdvizServer": self.state.server},
        )
        await renderer.initialize()
        renderer.exporter.environment.bytecode_cache = COMPILED
        renderer.exporter.environment.globals |= {"opening": opened, "starts": kernel_id}
        loop, flushing = asyncio.get_running_loop(), False

        def flush() -> None:
            nonlocal flushing
            flushing = False
            if not self._finished and not self.request.connection.stream.closed():
                self.flush()

        try:
            async for snippet, _ in renderer.generate_content_generator(kernel_id, asyncio.shield(starting)):
                if self.over:  # nbclient takes being cancelled for a dead kernel and goes on
                    return
                self.write(snippet)
                if not flushing:
                    flushing = True
                    loop.call_soon(flush)  # everything that comes without waiting goes in one piece
        finally:
            client = getattr(getattr(renderer, "executor", None), "kc", None)
            if client is not None and client.channels_running:
                client.stop_channels()

    def environment(self) -> dict[str, str]:
        """Return the environment of the page's kernel: ours, and the query of the address, as CGI has it."""
        return {**os.environ, "QUERY_STRING": self.request.query, "SCRIPT_NAME": self.request.path}

    def on_connection_close(self) -> None:
        """The visitor left while the page was being made."""
        self.give_up()

    def move(self) -> None:
        """Give the place to another page of the visitor, and say so on this one."""
        self.moved = True
        self.give_up()

    def give_up(self) -> None:
        """Stop making the page: nobody looks at it any more."""
        self.over = True
        if self.rendering:
            self.rendering.cancel()
