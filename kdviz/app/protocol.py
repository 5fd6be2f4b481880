"""The form of every message between a browser and a session, for the side of Python; `js/protocol.js` is the other one.

Names, keys, what may be missing and kinds of values are the same there; a test compares. `Down` is what a session
answers, `Up` what it hears: that comes from anybody, so these types promise nothing of it. What a page is built from
once is in `kdviz.app.forms`.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from kdviz.app.forms import Spec

CONTROL = "jupyter.widget.control"  # the channel on which a page asks for the state of its widgets; no other is opened

Json = dict[str, Any]  # an object as it came
Value = str | float | bool  # of a knob; "inf" stands for infinity on the way


class RunStatus(TypedDict):
    """How far a live run is: `left` in s, None where nothing can be said yet; `place` in the queue, 0 for none."""

    state: str
    done: int
    total: int
    words: str
    left: float | None
    place: int


Gauge = tuple[str, float | None, float, float, str, str]  # label, value, low, high, role, text


class Texts(TypedDict):
    """What changes with the state, beside the charts; `seq` is the newest change that is answered."""

    seq: int
    state: dict[str, Value]
    link: str
    verdict: str
    formula: str
    gauges: list[Gauge]
    notes: list[str]
    alert: str
    run: NotRequired[RunStatus]


class Figure(TypedDict):
    """A figure of Plotly."""

    data: list[Json]
    layout: Json


ArrayPlace = tuple[int, int, str, list[int]]  # chart, trace, key, shape; in one float32 buffer, in order
ListPlace = tuple[int, int, str, list[str]]  # chart, trace, key, items


class Start(TypedDict):
    """The first state, whole; arrays are in `buffer`."""

    version: int
    texts: Texts
    figures: list[Figure]
    arrays: list[ArrayPlace]
    buffer: bytes


class Whole(TypedDict):
    """All that a page begins with."""

    spec: Spec
    start: Start


class Frame(TypedDict):
    """Down: what changed since the frame before, or all of it; `spent` is what was computed for it, in ms."""

    kind: Literal["frame"]
    whole: bool
    version: int
    texts: Json  # some of `Texts`
    arrays: list[ArrayPlace]
    lists: list[ListPlace]
    spent: NotRequired[float]


class Table(TypedDict):
    """Down."""

    kind: Literal["table"]
    header: list[str]
    rows: list[list[str | float | None]]


class File(TypedDict):
    """Down."""

    kind: Literal["file"]
    name: str
    mime: str
    text: str


class Failed(TypedDict):
    """Down."""

    kind: Literal["failed"]
    text: str


class Library(TypedDict):
    """Down, with the file, gzipped, in a buffer."""

    kind: Literal["library"]
    name: str
    hash: str


class Hello(TypedDict):
    """Up: what is on screen; -1 asks for everything."""

    kind: Literal["hello"]
    version: int


class Change(TypedDict):
    """Up: all that is not answered yet, and its number; `preset` and `pick` stand among the values."""

    kind: Literal["change"]
    values: Json
    seq: int


class Want(TypedDict):
    """Up."""

    kind: Literal["want"]
    what: str


class Run(TypedDict):
    """Up."""

    kind: Literal["run"]
    do: str


class WantLibrary(TypedDict):
    """Up; whoever carries the messages answers it, no session."""

    kind: Literal["library"]
    name: str


Reply = Table | File | Failed
Down = Frame | Table | File | Failed | Library
Up = Hello | Change | Want | Run | WantLibrary
Answer = tuple[Frame | Table | File | Failed, bytes | None]  # a message of a session, and its buffer
