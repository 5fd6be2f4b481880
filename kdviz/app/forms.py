"""The form of what a page, and the start page, are built from once; `js/protocol.js` has the same names and keys."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

Labels = dict[str, str]  # what a visitor reads, by name; holes stand in braces


class Knob(TypedDict):
    """A knob as `kdviz.core.params` defines it."""

    key: str
    name: str
    label: str
    help: str
    kind: Literal["number", "integer", "choice", "toggle", "text"]
    default: Any
    low: float | None
    high: float | None
    log: bool
    infinite: bool
    step: float | None
    options: list[tuple[str, str]]  # value, what is read
    main: bool


class Predict(TypedDict):
    """A question to answer before looking."""

    question: str
    options: list[str]
    answer: int
    why: str


class Task(TypedDict):
    """Something to try on the page."""

    question: str
    answer: str


class Neighbour(TypedDict):
    """The page before or after."""

    slug: str
    title: str


class LiveSpec(TypedDict):
    """What a page with a live run has: `missing` says why it cannot run here, "" where it can."""

    missing: str
    seeded: bool


class Spec(TypedDict):
    """What never changes while a page is open."""

    slug: str
    title: str
    goal: str
    knobs: list[Knob]
    presets: list[tuple[str, str, str]]  # name, title, why
    predict: Predict
    tasks: list[Task]
    reading: list[tuple[str, str]]
    live: LiveSpec | None
    picks: list[int]
    dark: dict[str, str]
    hide: list[str]
    lock: list[str]
    theme: str
    mode: str
    before: Neighbour | None
    after: Neighbour | None
    colophon: str
    labels: Labels


class Card(TypedDict):
    """A page on the start page."""

    slug: str
    title: str
    goal: str
    minutes: int
    chapter: str
    presets: list[tuple[str, str, str]]


class IndexSpec(TypedDict):
    """The start page."""

    title: str
    goal: str
    cards: list[Card]
    theme: str
    environment: str
    labels: Labels
