"""Pages as values: what can be turned, what is computed, what is drawn and what the page states about it.

A page is a folder, listed in `kdviz.pages.catalogue`. Nothing here imports numpy.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any, NamedTuple


class Predict(NamedTuple):
    """A question to answer before looking: `answer` is the index of the right option, `why` the reason."""

    question: str
    options: tuple[str, ...]
    answer: int
    why: str


class Task(NamedTuple):
    """Something to try on the page, and the answer that is folded out afterwards."""

    question: str
    answer: str


class Preset(NamedTuple):
    """A named starting point: `query` is the link that sets it (`T=100&cs=1`), `why` the reason to open it."""

    title: str
    query: str
    why: str


class Gauge(NamedTuple):
    """A number on a small meter from `low` to `high`; `text` is the number as people read it."""

    label: str
    value: float
    low: float
    high: float
    role: str
    text: str


class Table(NamedTuple):
    """The numbers behind the charts: `header` of column names, `rows` of numbers and words."""

    header: tuple[str, ...]
    rows: tuple[tuple, ...]


class Progress(NamedTuple):
    """How far a live run is: a `result` as `compute` gives it, `done` of `total` units of work, and a few `words`."""

    result: Any
    done: int
    total: int
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A dashboard as a value.

    `params` is a frozen dataclass of knobs; `compute(params)` gives a result; each of `figures` draws a result as a
    plain Plotly dict; `verdict`, `formula` (LaTeX), `gauges` and `table` read the same result; `answers()` gives the
    tasks, whose numbers it computes; `pick(params, chart, x, y)` says what a click into a chart sets (or gives None).
    `minutes` is what the page takes in class. `train(params)`, where there is one, runs live: a generator of `Progress`
    that yields at least every 50 ms or so, whose last `done` equals `total`, and which `.close()` ends at once.
    `views` are the fields of `params` that only choose what is shown of a run: turning another one ends a live run.
    """

    slug: str
    title: str
    goal: str
    minutes: int
    params: type[Any]
    compute: Callable
    figures: tuple[Callable, ...]
    verdict: Callable
    formula: Callable
    gauges: Callable
    table: Callable
    predict: Predict
    answers: Callable[[], tuple[Task, ...]]
    reading: tuple[tuple[str, str], ...]
    presets: dict[str, Preset]
    pick: Callable | None = None
    train: Callable | None = None
    views: tuple[str, ...] = ()

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks; computed when first asked for."""
        return self.answers()


def presets(queries: Mapping[str, str], words: Mapping[str, tuple[str, str]]) -> dict[str, Preset]:
    """The presets of a page from their links and their words (title, why), both by the same names.

    >>> presets({"cold": "T=0.5"}, {"cold": ("Cold", "Below 1.")})
    {'cold': Preset(title='Cold', query='T=0.5', why='Below 1.')}
    """
    return {name: Preset(words[name][0], query, words[name][1]) for name, query in queries.items()}


def filled(pairs: tuple[tuple[str, str], ...], **numbers: Any) -> tuple[tuple[str, str], ...]:
    """Pairs of words, (term, text) or (question, answer), with their holes filled.

    >>> filled((("Steps", "{count} steps"),), count=3)
    (('Steps', '3 steps'),)
    """
    return tuple((first.format(**numbers), second.format(**numbers)) for first, second in pairs)


def later(module: str) -> Callable:
    """The `train` of a module that is imported when a run begins, because it needs torch."""
    return lambda params: import_module(module).train(params)
