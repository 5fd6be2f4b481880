"""A page that trains without training: its run counts."""

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kdviz.charts import theme
from kdviz.charts.curves import Curve, curves
from kdviz.core.params import choice, knob
from kdviz.pages import Page, Predict, Progress, Table


@dataclass(frozen=True)
class Params:
    """What can be turned; `shown` belongs to the view."""

    steps: int = knob(5, "steps", 1, 200, integer=True)
    seed: int = knob(0, "seed", 0, 3, integer=True)
    shown: str = choice("sum", "shown", ("sum", "square"))


@dataclass(frozen=True)
class Result:
    """Arrays have no truth value and no equality."""

    params: Params
    done: np.ndarray = field(default_factory=lambda: np.empty(0))


def train(params):
    """As many values as steps."""
    done = np.empty(0)
    for step in range(params.steps):
        done = np.append(done, params.seed + step)
        yield Progress(Result(params, done), step + 1, params.steps, f"step {step + 1}")


def endless(params):
    """A run that never ends by itself."""
    while True:
        time.sleep(0.001)
        yield Progress(Result(params, np.ones(1)), 1, 10)


def farewell(params):
    """An endless run that says when it is closed."""
    try:
        yield from endless(params)
    finally:
        print("closed", flush=True)


def draw(result):
    """One line as high as the sum."""
    height = np.full(4, float(result.done.sum()))
    line = Curve("kd", "sum", np.arange(4.0) + 1, height)
    x, y = theme.axis("x"), theme.axis("y")
    return curves((line,), (1.0, "now"), x=x, y=y, span=(0, 1), title="t", alt="a", hover="h", log=False)


def page(train: Any = train) -> Page:
    """The page."""
    return Page(
        **{"slug": "99_test", "title": "Test", "goal": "A goal.", "minutes": 1, "reading": (), "presets": {}},
        **{"params": Params, "compute": Result, "figures": (draw,), "answers": tuple, "formula": lambda result: "x"},
        verdict=lambda result: f"{len(result.done)} steps, {result.params.shown}",
        gauges=lambda result: (),
        table=lambda result: Table(("a",), ()),
        predict=Predict("?", ("a", "b"), 0, "why"),
        train=train,
        views=("shown",),
    )
