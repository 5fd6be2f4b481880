"""Who may start a session now, and who waits: a cap on sessions, a cap on starts under way, and a fair queue.

Pure bookkeeping on a clock: no network, no process. `kdviz.serve.pages` asks it before any kernel is started. A visitor
is a name in a cookie, an address is where the connection comes from: a class may share one.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(eq=False)
class Seat:
    """A session from the moment it may start until its kernel is gone; `leave()` gives it back, once or often."""

    gate: Gate
    visitor: str
    address: str
    taken: float  # s, when it was given
    before: Seat | None = None  # the visitor's own session whose place this is; it has to end first
    began: float = 0.0  # s, when the visitor came to use it
    known: bool = False  # whether the visitor came with a name, and can be known again
    end: Callable[[], None] = lambda: None  # ends the session, set by who starts it
    gone: asyncio.Event = field(default_factory=asyncio.Event)  # set when its kernel is no more

    def ready(self) -> None:
        """Say that the start is over, so that the next one may begin."""
        if self in self.gate.starting:
            self.gate.starting.discard(self)
            self.gate.learn(self.gate.clock() - (self.began or self.taken))
            self.gate.advance()

    def leave(self) -> None:
        """Give the place back: the kernel is gone, or never came to be."""
        self.gone.set()
        self.gate.leave(self)


@dataclass(eq=False)
class Ticket:
    """A place in the queue. When its turn has come, `seat` is reserved for some seconds."""

    visitor: str
    address: str
    seen: float  # s, when its holder was last heard of
    seat: Seat | None = None
    listening: int = 0  # requests that wait for the turn right now
    turn: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False)
class Gate:
    """At most `places` sessions, at most `starts` of them starting, everyone else in a queue, one ticket per visitor.

    Whose address holds less comes first, else who came first. A visitor without a place for another session gets the
    place of the own oldest one; a place that is left is kept for `keep` s for a visitor who came with a name: the next
    page may be on its way. A place whose turn has come is kept for `hold` s; somebody who was not heard of for `lost` s
    leaves the queue. Seats are handed out before anything is started, so two requests can never both take the last one.

    >>> gate = Gate(places=1, starts=1)
    >>> first, second = gate.enter(), gate.enter()
    >>> type(first).__name__, type(second).__name__, gate.place(second)
    ('Seat', 'Ticket', 1)
    >>> first.leave()
    >>> gate.enter(second.visitor) is second.seat
    True
    """

    places: int
    starts: int
    hold: float = 10.0
    lost: float = 25.0
    keep: float = 0.0
    longest: int = 1000  # people in the queue
    most: int = 6  # sessions of one visitor
    clock: Callable[[], float] = time.monotonic
    later: Callable[[float, Callable[[], object]], object] = lambda seconds, call: None  # calls after some seconds
    seats: set[Seat] = field(default_factory=set)
    starting: set[Seat] = field(default_factory=set)
    kept: dict[str, tuple[float, str]] = field(default_factory=dict)  # visitor -> (s until when, address)
    tickets: dict[str, Ticket] = field(default_factory=dict)  # by visitor, in the order of arrival
    mean: float = 1.0  # s that a start takes, smoothed
    _order: list[Ticket] | None = None

    def enter(self, visitor: str = "", address: str = "") -> Seat | Ticket | None:
        """Return a seat, else the visitor's ticket; None: the queue is full. Without a name it is a new visitor."""
        self.sweep()
        known, visitor = bool(visitor), visitor or secrets.token_urlsafe(16)
        ticket = self.tickets.get(visitor)
        if ticket is None and self._may_start(visitor) and (self._owns(visitor) or not self.waiting):
            seat = self._take(visitor, address, pass_on=bool(self.waiting))
            seat.began, seat.known = seat.taken, known
            return seat
        if ticket and ticket.seat:
            del self.tickets[visitor]
            ticket.seat.began, ticket.seat.known = self.clock(), known
            return ticket.seat
        if ticket is None:
            if len(self.tickets) >= self.longest and not self._drop_one_for(address):
                return None
            ticket = self.tickets[visitor] = Ticket(visitor, address, self.clock())
            self._order = None
        ticket.seen = self.clock()
        return ticket

    def leave(self, seat: Seat) -> None:
        """Take a seat back; its place may be kept for its visitor, or for the session that was to end for it."""
        self.starting.discard(seat)
        if seat in self.seats:
            self.seats.discard(seat)
            if seat.before and not seat.before.gone.is_set():
                self.seats.add(seat.before)
            elif self.keep and seat.known and not any(other.visitor == seat.visitor for other in self.seats):
                self.kept[seat.visitor] = self.clock() + self.keep, seat.address
                self.later(self.keep, self.sweep)
        self.advance()

    @property
    def full(self) -> bool:
        """Whether every place is taken, reserved or kept."""
        return len(self.seats) + len(self.kept) >= self.places

    @property
    def waiting(self) -> list[Ticket]:
        """Those whose turn has not come, in the order in which they will be called."""
        if self._order is None:
            held = Counter(seat.address for seat in self.seats)
            held.update(address for _, address in self.kept.values())
            owners, ranks = self.kept.keys() | {seat.visitor for seat in self.seats}, []
            for arrival, ticket in enumerate(ticket for ticket in self.tickets.values() if not ticket.seat):
                owner = ticket.visitor in owners
                ranks.append((-1 if owner else held[ticket.address], arrival, ticket))
                held[ticket.address] += not owner
            self._order = [ticket for *_, ticket in sorted(ranks, key=lambda rank: rank[:2])]
        return self._order

    def place(self, ticket: Ticket) -> int:
        """Return the place in the queue, 1 for the next; 0 when the turn has come, or the ticket is no longer in it."""
        waits = not ticket.seat and self.tickets.get(ticket.visitor) is ticket
        return self.waiting.index(ticket) + 1 if waits else 0

    def seconds(self, ticket: Ticket) -> float | None:
        """Return about how long the turn takes to come, None while nobody can say: every place is taken."""
        if self.full and not self._owns(ticket.visitor):
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
        """Call those for whom there is a place now."""
        self._order = None
        for ticket in self.waiting:
            if self._may_start(ticket.visitor):
                ticket.seat = self._take(ticket.visitor, ticket.address, pass_on=True)
                ticket.turn.set()
            elif not self._owns(ticket.visitor):
                break  # those with a place of their own come first; for the others there is none
        self._order = None

    def sweep(self) -> None:
        """Forget those who left the queue and those who did not come back, and call the next instead."""
        now = self.clock()
        for ticket in list(self.tickets.values()):
            called = ticket.seat.taken if ticket.seat else None
            if (called is not None and now - called > self.hold) or (
                called is None and not ticket.listening and now - ticket.seen > self.lost
            ):
                del self.tickets[ticket.visitor]
                if ticket.seat:
                    ticket.seat.leave()
        for visitor, (until, _) in list(self.kept.items()):
            if now >= until and visitor not in self.tickets:
                del self.kept[visitor]
        self.advance()

    def _own(self, visitor: str) -> list[Seat]:
        return sorted((seat for seat in self.seats if seat.visitor == visitor), key=lambda seat: seat.taken)

    def _owns(self, visitor: str) -> bool:
        return visitor in self.kept or bool(self._own(visitor))

    def _may_start(self, visitor: str) -> bool:
        own = self._own(visitor)
        busy = len(self.starting) - (bool(own) and own[0] in self.starting)  # a start of one's own can be given up
        return busy < self.starts and (not self.full or bool(own) or visitor in self.kept)

    def _take(self, visitor: str, address: str, *, pass_on: bool) -> Seat:
        """Hand out a seat: a free place, the one kept for the visitor, or that of the own oldest session."""
        own, before, kept = self._own(visitor), None, self.kept.pop(visitor, None)
        crowded = len(self.starting) >= self.starts or len(own) >= self.most
        if own and (crowded or (kept is None and (pass_on or self.full))):
            before = own[0]
            self.seats.discard(before)
            self.starting.discard(before)
        seat = Seat(self, visitor, address, self.clock(), before)
        self.seats.add(seat)
        self.starting.add(seat)
        self._order = None
        return seat

    def _drop_one_for(self, address: str) -> bool:
        """Send the last one of the most crowded address away, if that is more crowded than this one would be."""
        crowds = Counter(ticket.address for ticket in self.tickets.values() if not ticket.seat)
        crowd, size = max(crowds.items(), key=lambda item: item[1], default=("", 0))
        if size <= crowds[address] + 1:
            return False
        last = next(t for t in reversed(self.tickets.values()) if t.address == crowd and not t.seat)
        del self.tickets[last.visitor]
        last.turn.set()  # who listens learns it now
        return True
