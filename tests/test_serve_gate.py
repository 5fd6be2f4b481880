"""The gate of the lecture room: never one session too many, and nobody overtakes."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from kdviz.serve.gate import Gate, Seat, Ticket


class Clock:
    """A clock that moves when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


STEPS = st.lists(
    st.sampled_from(["come", "come again", "ready", "leave", "leave", "wait 5 s", "wait 1 min"]), max_size=200
)


@given(st.integers(1, 5), st.integers(1, 3), STEPS)
def test_whatever_happens_the_caps_hold_and_the_queue_is_served_in_order(places, starts, steps):
    clock = Clock()
    gate = Gate(places, starts, clock=clock)
    holders, waiting = [], []
    for step in steps:
        if step == "come":
            (holders if isinstance(found := gate.enter(), Seat) else waiting).append(found)
        elif step == "come again":
            for ticket in list(waiting):
                found = gate.enter(ticket.visitor)
                if isinstance(found, Seat):
                    waiting.remove(ticket)
                    holders.append(found)
                elif found is not ticket:  # it was forgotten meanwhile, and this is a new ticket
                    waiting[waiting.index(ticket)] = found
        elif step == "ready" and holders:
            holders[-1].ready()
        elif step == "leave" and holders:
            holders.pop(0).leave()
        elif step.startswith("wait"):
            clock.now += 5 if step == "wait 5 s" else 60
            gate.sweep()
        assert len(gate.seats) <= places
        assert len(gate.starting) <= starts
        assert len(holders) <= len(gate.seats)
        assert gate.starting <= gate.seats
        assert [gate.place(ticket) for ticket in gate.waiting] == list(range(1, len(gate.waiting) + 1))
        assert not (gate.room and gate.waiting), "there is room and somebody waits"


def test_forty_at_once_get_exactly_the_seats_there_are():
    gate = Gate(places=12, starts=12)
    assert sum(isinstance(gate.enter(), Seat) for _ in range(40)) == 12
    assert len(gate.waiting) == 28


def test_those_who_wait_are_called_in_the_order_in_which_they_came():
    gate = Gate(places=1, starts=1)
    seat, *tickets = (gate.enter() for _ in range(6))
    order = []
    while tickets:
        seat.leave()
        called = next(ticket for ticket in tickets if ticket.seat)
        order.append(called)
        tickets.remove(called)
        seat = gate.enter(called.visitor)
    assert order == sorted(order, key=lambda ticket: ticket.seen)
    assert len(gate.seats) == 1


def test_a_newcomer_does_not_overtake_the_one_who_was_called():
    gate = Gate(places=2, starts=1)
    first = gate.enter()
    second = gate.enter()
    first.ready()
    assert second.seat
    assert isinstance(gate.enter(), Ticket)


def test_a_reserved_seat_that_nobody_takes_goes_to_the_next():
    clock = Clock()
    gate = Gate(places=1, starts=1, clock=clock, hold=10)
    seat, gone, next_one = gate.enter(), gate.enter(), gate.enter()
    seat.leave()
    assert gone.seat
    clock.now = 11
    gate.sweep()
    assert gone.visitor not in gate.tickets
    assert isinstance(gate.enter(next_one.visitor), Seat)


def test_somebody_who_listens_is_not_forgotten_and_is_told():
    async def scene():
        clock = Clock()
        gate = Gate(places=1, starts=1, clock=clock)
        seat, ticket = gate.enter(), gate.enter()
        waits = asyncio.ensure_future(gate.turn(ticket, 5))
        await asyncio.sleep(0)
        clock.now = 1000
        gate.sweep()
        assert ticket.visitor in gate.tickets
        assert not await gate.turn(ticket, 0.01)
        seat.leave()
        assert await waits
        assert isinstance(gate.enter(ticket.visitor), Seat)

    asyncio.run(scene())


def test_a_seat_can_be_given_back_twice():
    gate = Gate(places=1, starts=1)
    seat = gate.enter()
    seat.leave()
    other = gate.enter()
    seat.leave()
    seat.ready()
    assert gate.seats == {other}


def test_the_queue_has_an_end():
    gate = Gate(places=1, starts=1, longest=3)
    assert [type(gate.enter()).__name__ for _ in range(5)] == ["Seat", "Ticket", "Ticket", "Ticket", "NoneType"]


def test_the_wait_is_foretold_from_the_starts_before():
    gate = Gate(places=9, starts=2, mean=2.0)
    gate.enter(), gate.enter()
    tickets = [gate.enter() for _ in range(4)]
    assert [gate.seconds(ticket) for ticket in tickets] == [2.0, 2.0, 4.0, 4.0]
    full = Gate(places=1, starts=1)
    full.enter()
    assert full.seconds(full.enter()) is None


def test_somebody_who_closes_the_waiting_page_has_three_seconds_to_come_back():
    clock = Clock()
    gate = Gate(places=1, starts=1, clock=clock)
    gate.enter()
    stays, goes = gate.enter(), gate.enter()
    gate.hung_up(stays)
    gate.hung_up(goes)
    clock.now = 2
    assert gate.enter(stays.visitor) is stays
    clock.now = 4
    gate.sweep()
    assert list(gate.tickets.values()) == [stays]


def test_a_crowded_address_cannot_fill_the_queue_or_come_before_one_that_holds_less():
    gate = Gate(places=2, starts=2, longest=10)
    seats = [gate.enter("", "school") for _ in range(2)]
    crowd = [gate.enter("", "school") for _ in range(10)]
    assert gate.enter("", "school") is None
    home = gate.enter("", "home")
    assert isinstance(home, Ticket)
    assert crowd[-1].visitor not in gate.tickets  # the last of the crowd made room
    assert gate.place(home) == 1
    seats[0].leave()
    assert home.seat and not any(ticket.seat for ticket in crowd)
    seats[1].leave()
    assert crowd[0].seat  # both addresses hold one place each


def test_a_school_behind_one_address_gets_every_place_and_every_ticket():
    gate = Gate(places=20, starts=20, longest=40)
    found = [gate.enter("", "school") for _ in range(60)]
    assert [type(one).__name__ for one in found] == ["Seat"] * 20 + ["Ticket"] * 40


def test_a_visitor_in_a_full_room_moves_and_never_holds_two_places():
    gate = Gate(places=2, starts=2)
    mine, _ = gate.enter("me"), gate.enter("other")
    waits = gate.enter("third")
    moved = gate.enter("me")
    assert isinstance(moved, Seat) and moved.before is mine
    assert len(gate.seats) == 2 and mine not in gate.seats
    mine.leave()
    assert len(gate.seats) == 2 and not waits.seat


def test_a_place_that_nobody_came_to_take_over_goes_back_to_the_session_that_has_it():
    clock = Clock()
    gate = Gate(places=1, starts=1, clock=clock, hold=10)
    mine = gate.enter("me")
    ticket = gate.enter("me")  # the start is under way, so a second one takes its place at once
    assert isinstance(ticket, Seat) and ticket.before is mine
    ticket.leave()
    assert gate.seats == {mine}
    busy = Gate(places=2, starts=1, clock=clock, hold=10)
    first = busy.enter("me")
    first.ready()
    busy.enter("other")
    called = busy.enter("me")
    assert isinstance(called, Ticket)
    next(seat for seat in busy.seats if seat is not first).ready()
    assert called.seat and called.seat.before is first and first not in busy.seats
    clock.now = 11
    busy.sweep()
    assert first in busy.seats and len(busy.seats) == 2


def test_a_place_that_is_left_waits_some_seconds_for_its_visitor():
    clock, calls = Clock(), []
    gate = Gate(places=1, starts=1, clock=clock, keep=3, later=lambda seconds, call: calls.append((seconds, call)))
    mine, waits = gate.enter("me"), gate.enter("other")
    mine.leave()
    assert not waits.seat and gate.full
    again = gate.enter("me")
    assert isinstance(again, Seat)
    again.leave()
    clock.now = 3
    assert [seconds for seconds, _ in calls] == [3, 3]
    calls[-1][1]()
    assert waits.seat
    assert isinstance(gate.enter("me"), Ticket)


def test_a_visitor_without_a_name_is_not_waited_for():
    gate = Gate(places=1, starts=1, keep=3)
    seat, waits = gate.enter(), gate.enter()
    seat.leave()
    assert waits.seat


def test_one_visitor_has_one_ticket_and_at_most_some_sessions():
    gate = Gate(places=20, starts=20, most=3)
    seats = [gate.enter("me") for _ in range(5)]
    assert [seat.before for seat in seats] == [None, None, None, seats[0], seats[1]]
    assert len(gate.seats) == 3
    full = Gate(places=1, starts=1)
    full.enter("other")
    assert full.enter("me") is full.enter("me")
    assert len(full.tickets) == 1


VISITS = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from(["open", "open", "ready", "leave", "wait 2 s", "wait 1 min"])),
    max_size=120,
)


@given(st.integers(1, 4), st.integers(1, 3), VISITS)
def test_whatever_known_visitors_do_no_place_is_doubled_lost_or_kept_for_ever(places, starts, visits):
    clock = Clock()
    gate = Gate(places, starts, keep=3, most=2, clock=clock)
    holders: list[Seat] = []
    for visitor, act in visits:
        mine = [seat for seat in holders if seat.visitor == visitor]
        if act == "open" and isinstance(found := gate.enter(visitor, visitor), Seat):
            if found.before:
                found.before.leave()
                holders.remove(found.before)
                found.before = None
            holders.append(found)
        elif act == "ready" and mine:
            mine[-1].ready()
        elif act == "leave" and mine:
            holders.remove(mine[0])
            mine[0].leave()
        elif act.startswith("wait"):
            clock.now += 2 if act == "wait 2 s" else 60
            gate.sweep()
        assert len(gate.seats) + len(gate.kept) <= places
        assert gate.starting <= gate.seats
        assert set(holders) <= gate.seats | {t.seat.before for t in gate.tickets.values() if t.seat}
        assert max((sum(seat.visitor == v for seat in gate.seats) for v in "abcde"), default=0) <= 2
    for seat in holders:
        seat.leave()
    for _ in range(3):
        clock.now += 60
        gate.sweep()
    assert not (gate.seats or gate.kept or gate.tickets or gate.starting)
