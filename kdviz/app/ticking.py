"""A live run is looked at every 100 ms, in the loop of the process that shows it, for as long as it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from kdviz.app.runner import GOING
from kdviz.app.session import Session

TICK = 0.1  # seconds between two looks


class Ticker:
    """Calls `show` while the run of a session goes on, at most ten times a second, and once more when it has ended."""

    def __init__(self, session: Session, show: Callable[[], None]) -> None:
        self._runner, self._show = session.runner, show
        self._task: asyncio.Task[None] | None = None

    def watch(self) -> None:
        """See to it that a run that goes on is looked at; without a loop, whoever drives the session does it."""
        if not self._going() or (self._task and not self._task.done()):
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._task = loop.create_task(self._keep_looking())

    def _going(self) -> bool:
        return self._runner is not None and self._runner.state in GOING

    async def _keep_looking(self) -> None:
        while self._runner and self._going():
            await asyncio.sleep(max(0.0, self._runner.work(TICK)))
            self._show()
        self._show()
