"""Who may start a session now, and who waits: a cap on sessions, a cap on starts under way, and a fair queue.

Pure bookkeeping on a clock: no network, no process. `kdviz.serve.pages` asks it before any kernel is started.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(eq=False)
class Seat:
    """A session from the moment it may start until its kernel is gone; `leave()` gives it back, once or often."""

    gate: Gate
    taken: float  # s, when it was given
    began: float = 0.0  # s, when the visitor came to use it

    def ready(self) -> None:
        """Say that the start is over, so that the next one may begin."""
        if self in self.gate.starting:
            self.gate.starting.discard(self)
            self.gate.learn(self.gate.clock() - (self.began or self.taken))
            self.gate.advance()

    def leave(self) -> None:
        """Give the place back: the kernel is gone, or never came to be."""
        self.gate.starting.discard(self)
        self.gate.seats.discard(self)
        self.gate.advance()


@dataclass(eq=False)
class Ticket:
    """A place in the queue. When its turn has come, `seat` is reserved for some seconds."""

    name: str
    seen: float  # s, when its holder was last heard of
    seat: Seat | None = None
    listening: int = 0  # requests that wait for the turn right now
    turn: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False)
class Gate:
    """At most `places` sessions, at most `starts` of them starting, everyone else in the order of arrival.

    A place whose turn has come is kept for `hold` s; somebody who was not heard of for `lost` s leaves the queue.
    Seats are handed out before anything is started, so two requests can never both take the last one.

    >>> gate = Gate(places=1, starts=1)
    >>> first, second = gate.enter(), gate.enter()
    >>> type(first).__name__, type(second).__name__, gate.place(second)
    ('Seat', 'Ticket', 1)
    >>> first.leave()
    >>> gate.enter(second.name) is second.seat
    True
    """

    places: int
    starts: int
    hold: float = 10.0
    lost: float = 25.0
    longest: int = 1000  # people in the queue; more are sent away without a ticket
    clock: Callable[[], float] = time.monotonic
    seats: set[Seat] = field(default_factory=set)
    starting: set[Seat] = field(default_factory=set)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    mean: float = 1.0  # s that a start takes, smoothed

    def enter(self, name: str = "") -> Seat | Ticket | None:
        """Return a seat for the holder of ticket `name` or a newcomer, else their ticket; None: the queue is full."""
        self.sweep()
        ticket = self.tickets.get(name)
        if ticket and ticket.seat:
            del self.tickets[ticket.name]
            ticket.seat.began = self.clock()
            return ticket.seat
        if ticket is None and not self.waiting and self.room:
            seat = self._take()
            seat.began = seat.taken
            return seat
        if ticket is None:
            if len(self.tickets) >= self.longest:
                return None
            ticket = Ticket(secrets.token_hex(8), self.clock())
            self.tickets[ticket.name] = ticket
        ticket.seen = self.clock()
        return ticket

    @property
    def room(self) -> bool:
        """Whether one more session may start now."""
        return not self.full and len(self.starting) < self.starts

    @property
    def full(self) -> bool:
        """Whether every place is taken or reserved."""
        return len(self.seats) >= self.places

    @property
    def waiting(self) -> list[Ticket]:
        """Those whose turn has not come, in their order."""
        return [ticket for ticket in self.tickets.values() if not ticket.seat]

    def place(self, ticket: Ticket) -> int:
        """Return the place in the queue, 1 for the next; 0 when the turn has come."""
        return 0 if ticket.seat else self.waiting.index(ticket) + 1

    def seconds(self, ticket: Ticket) -> float | None:
        """Return about how long the turn takes to come, None while nobody can say: every place is taken."""
        if self.full:
            return None
        return math.ceil(self.place(ticket) / self.starts) * self.mean

    def learn(self, seconds: float) -> None:
        """Take one more start into the mean."""
        self.mean += 0.2 * (seconds - self.mean)

    async def turn(self, ticket: Ticket, seconds: float) -> bool:
        """Wait for a turn, at most `seconds`; tells whether it has come."""
        ticket.listening += 1
        try:
            await asyncio.wait_for(ticket.turn.wait(), seconds)
        except TimeoutError:
            ticket.seen = self.clock()
            return False
        finally:
            ticket.listening -= 1
        ticket.seen = self.clock()
        return True

    def hung_up(self, ticket: Ticket) -> None:
        """Give somebody whose waiting page went away some seconds to come back with another one, no more."""
        ticket.seen = min(ticket.seen, self.clock() - self.lost + 3)

    def advance(self) -> None:
        """Call those for whom there is room now."""
        for ticket in self.waiting:
            if not self.room:
                return
            ticket.seat = self._take()
            ticket.turn.set()

    def sweep(self) -> None:
        """Forget those who left the queue, and call the next instead."""
        now = self.clock()
        for ticket in list(self.tickets.values()):
            called = ticket.seat.taken if ticket.seat else None
            if (called is not None and now - called > self.hold) or (
                called is None and not ticket.listening and now - ticket.seen > self.lost
            ):
                del self.tickets[ticket.name]
                if ticket.seat:
                    ticket.seat.leave()
        self.advance()

    def _take(self) -> Seat:
        seat = Seat(self, self.clock())
        self.seats.add(seat)
        self.starting.add(seat)
        return seat
