"""Lessons as values: what can be turned, what is computed, what is drawn and what is said about it.

Nothing here imports numpy; `load` imports one lesson when it is asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Lesson:
    """A dashboard as a value.

    `params` is a frozen dataclass of knobs; `compute(params)` gives a result; each of `figures` draws a result as a
    plain Plotly dict; `verdict`, `formula` (LaTeX), `gauges` and `table` read the same result;
    `pick(params, chart, x, y)` says what a click into a chart sets (or gives None). `minutes` is
    what the page takes in class. `train(params)`, where there is one, runs live: a generator of `Progress` that yields
    at least every 50 ms or so, whose last `done` equals `total`, and which `.close()` ends at once.
    `views` are the fields of `params` that only choose what is shown of a run: turning another one ends a live run.
    """

    slug: str
    title: str
    goal: str
    minutes: int
    params: type
    compute: Callable
    figures: tuple[Callable, ...]
    verdict: Callable
    formula: Callable
    gauges: Callable
    table: Callable
    predict: Predict
    tasks: tuple[Task, ...]
    reading: tuple[tuple[str, str], ...]
    presets: dict[str, Preset]
    pick: Callable | None = None
    train: Callable | None = None
    views: tuple[str, ...] = ()


# slug -> title, in the order of the pages; the slug without its number names the module that holds LESSON
CATALOGUE = {
    "01_temperature": "Temperature",
    "02_gradient_gap": "The gradient gap",
    "03_mean_offset": "The mean offset",
    "04_who_moves_the_mean": "Who moves the mean?",
    "05_training_race": "The training race",
    "06_initialisation": "The mean at initialisation",
}


def load(slug):
    """The `Lesson` of a slug from `CATALOGUE`.

    Raises ValueError for a name that is not there.

    >>> load("02_gradient_gap").title
    'The gradient gap'
    """
    if slug not in CATALOGUE:
        raise ValueError(f"slug must be one of {', '.join(CATALOGUE)}, got {slug!r}")
    return import_module(f"kdviz.lessons.{slug[3:]}").LESSON
