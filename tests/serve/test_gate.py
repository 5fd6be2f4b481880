"""The gate of the server: never one session too many, and nobody overtakes."""

import asyncio
from unittest.mock import AsyncMock, Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdviz.serve.gate import Gate, Seat, Ticket
from kdviz.serve.pages import PageHandler
from tests.support.clock import Clock

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
        startable = not gate.full and len(gate.starting) < gate.starts
        assert not (startable and gate.waiting), "one more may start, and somebody waits"


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


def test_somebody_who_listens_is_not_forgotten_and_hears_it():
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


def test_a_place_whose_turn_has_come_is_held_up_to_its_time_and_not_longer():
    clock = Clock()
    gate = Gate(places=1, starts=1, clock=clock)
    seat, called = gate.enter(), gate.enter()
    seat.leave()
    clock.now = gate.hold
    gate.sweep()
    assert called.visitor in gate.tickets
    clock.now += 0.01
    gate.sweep()
    assert called.visitor not in gate.tickets and not gate.seats


def test_who_is_silent_up_to_the_limit_stays_in_the_queue_and_not_longer():
    clock = Clock()
    gate = Gate(places=1, starts=1, clock=clock)
    gate.enter()
    waits = gate.enter()
    clock.now = gate.lost
    gate.sweep()
    assert waits.visitor in gate.tickets
    clock.now += 0.01
    gate.sweep()
    assert waits.visitor not in gate.tickets


def test_a_closed_waiting_page_may_come_back_up_to_three_seconds_later():
    for seconds, stays in ((3, True), (3.01, False)):
        clock = Clock()
        gate = Gate(places=1, starts=1, clock=clock)
        gate.enter()
        ticket = gate.enter()
        gate.hung_up(ticket)
        gate.hung_up(ticket)  # hanging up again gives no more time
        clock.now = seconds
        gate.sweep()
        assert (ticket.visitor in gate.tickets) == stays


def test_the_mean_of_starts_follows_from_the_moment_that_a_visitor_came():
    clock = Clock()
    gate = Gate(places=3, starts=1, clock=clock)
    clock.now = 5
    first, called = gate.enter(), gate.enter()
    clock.now = 7
    first.ready()
    assert gate.mean == 1 + 0.2 * (2 - 1)
    clock.now = 9  # two seconds after it was called
    seat = gate.enter(called.visitor)
    clock.now = 10
    seat.ready()
    assert gate.mean == 1.2 + 0.2 * (1 - 1.2)
    seat.ready()
    assert gate.mean == 1.2 + 0.2 * (1 - 1.2)  # it is learnt once


def test_whoever_listens_in_vain_was_heard_of():
    async def scene():
        clock = Clock()
        gate = Gate(places=1, starts=1, clock=clock)
        seat, ticket = gate.enter(), gate.enter()
        clock.now = 20
        assert not await gate.turn(ticket, 0.01)
        assert (ticket.seen, ticket.listening) == (20, 0)
        seat.leave()
        clock.now = 22
        assert await gate.turn(ticket, 0.01)
        assert (ticket.seen, ticket.listening) == (22, 0)

    asyncio.run(scene())


@pytest.mark.parametrize("starts", [1, 3])
def test_a_ticket_that_is_dropped_while_its_waiting_page_is_made_costs_the_place_and_not_the_page(starts):
    gate = Gate(places=starts, starts=1, longest=2)
    gate.enter()
    first, last = gate.enter("", "a school"), gate.enter("", "a school")
    page = Mock(name="page", finish=AsyncMock(), base_url="/")
    page.state.gate = gate

    async def opening(name, waiting):
        assert isinstance(gate.enter("", "somebody else"), Ticket)  # the queue was full
        return ""

    page.opening = opening
    asyncio.run(PageHandler.wait(page, "plain.ipynb", last))
    assert page.render_template.call_args.kwargs["place"] == gate.place(last) == 0
    assert gate.place(first) == 1
