"""Live runs: never more than fit into memory, the others in their order, and no place is ever lost."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdviz.serve import runs
from kdviz.serve.runs import COST, MARGIN, Runs

RACE = "05_training_race"
LONG = "06_initialisation"
EACH = 1.1 * COST  # MiB that are reserved for a run of which nothing is known


@dataclass
class Work:
    """A process that is none: it takes what it is told to take, and works while it is told to."""

    pid: int
    size: float
    taken: float = 0.0
    ended: bool = False
    asked: list[str] = field(default_factory=list)

    def poll(self) -> int | None:
        """Return None while it runs."""
        return 0 if self.ended else None

    def terminate(self) -> None:
        """Note that it was asked to end."""
        self.asked.append("end")


@dataclass
class Machine:
    """A machine with `total` MiB on which runs grow."""

    total: float
    sizes: list[float]
    works: list[Work] = field(default_factory=list)

    def begin(self, line: Connection, asked: dict) -> Work:
        """Start a run."""
        self.works.append(Work(len(self.works), self.sizes[len(self.works) % len(self.sizes)]))
        return self.works[-1]

    @property
    def taken(self) -> float:
        """What all runs take that have not ended."""
        return sum(work.taken for work in self.works if not work.ended)

    def queue(self, **keys) -> Runs:
        """Return a queue for this machine."""
        size = lambda pid: self.works[pid].taken  # noqa: E731
        return Runs(self.begin, free=lambda: self.total - self.taken, size=size, work=lambda pid: 0.0, **keys)

    def grow(self, share: float) -> None:
        """Let every run grow."""
        for work in self.works:
            work.taken = max(work.taken, share * work.size)


def look(queue: Runs) -> None:
    """Look at everything now."""
    queue._next = 0.0
    queue.look()


def come(queue: Runs, page: str = RACE) -> Connection:
    """Come to the queue; returns the kernel's end of the connection."""
    mine, theirs = Pipe()
    mine.send_bytes(json.dumps({"slug": page, "query": ""}).encode())
    queue.enter(theirs)
    look(queue)
    return mine


def places(line: Connection) -> list[int]:
    """Return the places that a kernel was told."""
    found = []
    with contextlib.suppress(EOFError):
        while line.poll():
            found.append(line.recv()[1])
    return found


@pytest.fixture(autouse=True)
def _every_look_measures(monkeypatch):
    monkeypatch.setattr(runs, "LOOK", 0.0)


ACTS = st.lists(st.sampled_from(["come"] * 5 + ["grow", "end", "leave", "look"]), min_size=4, max_size=40)


@settings(max_examples=200)
@given(acts=ACTS, total=st.integers(100, 3000), sizes=st.lists(st.integers(10, int(COST)), min_size=1, max_size=5))
def test_whoever_comes_and_goes_runs_never_take_more_than_there_is(acts, total, sizes):
    machine = Machine(total, sizes)
    queue, lines = machine.queue(), []
    for act in acts:
        if act == "come":
            lines.append(come(queue))
        elif act == "grow":
            machine.grow(1.0)
        elif act == "end" and queue.live:
            queue.live[0].process.ended = True
        elif act == "leave" and lines:
            lines.pop(0).close()
        look(queue)
        bound = sum(work.size for work in machine.works if not work.ended)  # what they take when all have grown
        assert bound <= max(0.0, total - MARGIN)
        assert not queue.waiting or not queue.fits(RACE)  # nobody waits beside a free place
    for one in queue.waiting:
        one.line.close()


def test_places_are_sent_and_move_up_when_a_run_ends_or_somebody_leaves():
    machine = Machine(MARGIN + 2.5 * EACH, [COST])
    queue = machine.queue()
    lines = [come(queue) for _ in range(5)]
    assert len(machine.works) == 2
    assert [places(line) for line in lines] == [[], [], [1], [2], [3]]
    lines[3].close()
    look(queue)
    assert [places(line) for line in (lines[2], lines[4])] == [[], [2]]
    machine.works[0].ended = True
    look(queue)
    assert len(machine.works) == 3
    assert places(lines[4]) == [1]
    assert queue.mebibytes == 0


def test_what_runs_took_of_late_decides_what_the_next_one_is_thought_to_take():
    machine = Machine(MARGIN + 1000, [100])
    queue = machine.queue()
    come(queue)
    queue.live[0].worked = runs.GROWN + 1
    machine.grow(1.0)
    look(queue)
    assert queue.cost(RACE) == pytest.approx(1.1 * COST)  # it may grow
    machine.works[0].ended = True
    look(queue)
    assert queue.cost(RACE) == pytest.approx(110)
    assert queue.cost(LONG) == pytest.approx(1.1 * COST)  # of another page nothing is known
    lines = [come(queue) for _ in range(12)]
    assert len(queue.live) == 9  # of 1000 MiB
    assert len(lines) - len(queue.waiting) == 9


def test_memory_that_is_kept_is_not_given_to_runs_but_to_the_first():
    queue = Machine(MARGIN + 10 * EACH, [COST]).queue(keep=lambda: 9 * EACH)
    lines = [come(queue) for _ in range(3)]
    assert len(queue.live) == 1
    assert [places(line) for line in lines] == [[], [1], [2]]


def test_a_run_that_stands_still_gives_way_only_while_others_wait():
    machine = Machine(MARGIN + 1.5 * EACH, [COST])
    queue = machine.queue()
    come(queue)
    queue.live[0].moved -= runs.STILL + 1
    look(queue)
    assert machine.works[0].asked == []
    waits = come(queue)
    assert machine.works[0].asked == ["end"]
    machine.works[0].ended = True
    look(queue)
    assert len(machine.works) == 2
    assert places(waits) in ([], [1])


def test_before_the_system_must_end_something_the_youngest_run_is_ended():
    machine = Machine(MARGIN + 2 * EACH + 1, [2 * EACH])  # they take twice what was thought
    queue = machine.queue()
    lines = [come(queue) for _ in range(2)]
    machine.grow(0.5)
    look(queue)
    assert [work.asked for work in machine.works] == [[], []]
    machine.grow(0.6)
    look(queue)
    assert [work.asked for work in machine.works] == [[], ["end"]]
    assert not any(map(places, lines))


@pytest.mark.parametrize("sent", [b"", b"[]", b"{}", b"\xff", b'{"slug": "x"}', b"x" * 100_000])
def test_whoever_says_nonsense_is_not_in_the_queue(sent):
    queue = Machine(10.0, [COST]).queue()
    mine, theirs = Pipe()
    mine.send_bytes(sent)
    queue.enter(theirs)
    look(queue)
    assert not queue.waiting
    with pytest.raises((EOFError, OSError)):
        mine.recv()


def test_a_run_that_cannot_be_started_costs_nobody_a_place():
    def broken(line: Connection, asked: dict) -> Work:
        raise OSError("no process")

    queue = Runs(broken, free=lambda: 1e6)
    line = come(queue)
    with pytest.raises(EOFError):
        line.recv()
    assert not queue.live
    assert not queue.waiting
