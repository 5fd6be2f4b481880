"""Visitors and addresses at the gate: a place goes along with its visitor, and no address takes them all."""

from hypothesis import given
from hypothesis import strategies as st

from kdviz.serve.gate import Gate, Seat, Ticket
from tests.support.clock import Clock


def test_a_crowded_address_cannot_fill_the_queue_or_come_before_one_that_holds_less():
    gate = Gate(places=2, starts=2, longest=10)
    seats = [gate.enter("", "campus") for _ in range(2)]
    crowd = [gate.enter("", "campus") for _ in range(10)]
    assert gate.enter("", "campus") is None
    home = gate.enter("", "home")
    assert isinstance(home, Ticket)
    assert crowd[-1].visitor not in gate.tickets  # the last of the crowd made room
    assert gate.place(home) == 1
    seats[0].leave()
    assert home.seat and not any(ticket.seat for ticket in crowd)
    seats[1].leave()
    assert crowd[0].seat  # both addresses hold one place each


def test_a_class_behind_one_address_gets_every_place_and_every_ticket():
    gate = Gate(places=20, starts=20, longest=40)
    found = [gate.enter("", "campus") for _ in range(60)]
    assert [type(one).__name__ for one in found] == ["Seat"] * 20 + ["Ticket"] * 40


def test_a_visitor_of_a_full_server_moves_and_never_holds_two_places():
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


def test_an_address_gives_way_when_it_would_still_not_be_the_less_crowded_one():
    def queue(mine: int, theirs: int) -> Gate:
        gate = Gate(places=1, starts=1, longest=mine + theirs)
        gate.enter("", "nobody")
        for address in ["mine"] * mine + ["theirs"] * theirs:
            gate.enter("", address)
        return gate

    assert queue(1, 2).enter("", "mine") is None  # 2 and 1 would become 1 and 2
    assert isinstance(queue(1, 3).enter("", "mine"), Ticket)
    assert queue(0, 1).enter("", "mine") is None
    assert isinstance(queue(0, 2).enter("", "mine"), Ticket)
    gate = queue(0, 2)
    sent_away = list(gate.tickets.values())[-1]
    gate.enter("", "mine")
    assert sent_away.turn.is_set() and sent_away.visitor not in gate.tickets
    assert len(gate.tickets) == 2


def test_who_was_called_is_not_sent_away_for_somebody_else():
    gate = Gate(places=1, starts=1, longest=3)
    seat, *waiting = (gate.enter("", "crowd") for _ in range(4))
    seat.leave()
    assert waiting[0].seat
    assert isinstance(gate.enter("", "home"), Ticket)
    assert waiting[0].visitor in gate.tickets and waiting[2].visitor not in gate.tickets


def test_a_place_is_kept_up_to_its_time_and_not_longer():
    clock = Clock()
    gate = Gate(places=1, starts=1, clock=clock, keep=3)
    mine, waits = gate.enter("me"), gate.enter("other")
    mine.leave()
    clock.now = 2.99
    gate.sweep()
    assert gate.full and not waits.seat
    clock.now = 3
    gate.sweep()
    assert waits.seat and not gate.kept


def test_a_visitor_with_another_session_leaves_no_place_behind():
    gate = Gate(places=2, starts=2, keep=3)
    one, _ = gate.enter("me"), gate.enter("me")
    one.leave()
    assert not gate.kept


def test_the_start_of_a_visitor_under_way_gives_its_turn_to_the_next_one_of_the_same_visitor():
    gate = Gate(places=5, starts=1)
    first = gate.enter("me")
    second = gate.enter("me")
    assert isinstance(second, Seat) and second.before is first
    assert gate.starting == {second}
    assert isinstance(gate.enter("other"), Ticket)


def test_addresses_take_turns_in_the_queue_and_who_has_a_place_counts_for_none():
    gate = Gate(places=1, starts=1)
    gate.enter("", "x")
    for address in ("a", "a", "b"):
        gate.enter("", address)
    assert [ticket.address for ticket in gate.waiting] == ["a", "b", "a"]
    gate = Gate(places=2, starts=1)
    gate.enter("me", "a").ready()
    gate.enter("other", "x")
    waiting = [gate.enter("me", "a"), gate.enter("one", "a"), gate.enter("two", "x")]
    assert gate.waiting == waiting


def test_a_visitor_without_a_name_who_was_called_and_never_came_keeps_no_place():
    clock = Clock()
    gate = Gate(places=1, starts=1, clock=clock, keep=3, hold=10)
    seat, called, waits = gate.enter(), gate.enter(), gate.enter()
    seat.leave()
    assert gate.place(called) == 0
    assert gate.place(waits) == 1
    clock.now = 11
    gate.sweep()
    assert waits.seat and not gate.kept
