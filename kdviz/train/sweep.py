"""A grid of settings -> one labelled array: students of one shape train together, different shapes are separate tasks.

found = sweep({"loss": [CE(), KD(8.0)], "n": [30, 100], "seed": range(20)}, folder="runs")
interval(found.accuracy)                                     # mean and half width over seeds
interval(difference(found.accuracy, "loss", CE()))           # paired: seed by seed
"""

import hashlib
import itertools
import math
from concurrent.futures import Executor, as_completed
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import torch
import xarray as xr
from tqdm import tqdm

from kdviz import __version__
from kdviz.core.check import BadInput
from kdviz.core.intervals import mean_interval
from kdviz.core.losses import KD
from kdviz.train import saved
from kdviz.train.tasks import MEASURED, Setting, Task, work

MOST = 180  # students in one task: more are no faster, and a task is what is lost when a sweep is interrupted


def sweep(grid, base=None, *, executor: Executor | None = None, folder=None, progress=True):
    """Train every combination of `grid`, {field of `Setting`: values}, the other fields as in `base`.

    Returns an `xarray.Dataset` whose dimensions are the fields in their order, with what the students scored after the
    last step (`tasks.MEASURED`); `diverged` is the step at which that happened, or -1. Numbers are their own
    coordinates (None is NaN), other values are named by their repr. `executor` is any of `concurrent.futures`, or
    Dask's `client.get_executor()`; without one everything happens here. What is done is kept in `folder` and not done
    again. BadInput for an unknown field, an empty list, and whatever a student refuses.
    """
    grid = {name: list(values) for name, values in grid.items()}
    settings = combinations(grid, base or Setting())
    tasks = together(dict.fromkeys(setting.resolved() for setting in settings))
    found = {}
    for task, result in finished(tasks, executor, folder, progress):
        for i, setting in enumerate(task.settings):
            found[setting] = {name: result[name][i] for name in MEASURED}
    shape = tuple(len(values) for values in grid.values())
    scores = [found[setting.resolved()] for setting in settings]
    return xr.Dataset(
        {name: (tuple(grid), np.array([float(score[name]) for score in scores]).reshape(shape)) for name in MEASURED},
        {name: labels(values) for name, values in grid.items()},
        {"base": repr(base or Setting())},
    )


def combinations(grid, base):
    """All settings of a grid, the last field fastest.

    >>> [s.n for s in combinations({"n": [30, 100]}, Setting())]
    [30, 100]
    """
    known = [field.name for field in fields(Setting)]
    for name, values in grid.items():
        if name not in known:
            raise BadInput(f"grid must use the fields {', '.join(known)}, got {name!r}")
        if not values:
            raise BadInput(f"grid must give {name} at least one value, got none")
        if len({repr(value) for value in values}) < len(values):
            raise BadInput(f"grid must give {name} different values, got {values!r}; drop the repeated ones")
    return [replace(base, **dict(zip(grid, values, strict=True))) for values in itertools.product(*grid.values())]


def together(settings):
    """Tasks: settings of one shape, those that share a transfer set side by side, at most MOST of them.

    >>> [len(task.settings) for task in together([Setting(n=30), Setting(n=100), Setting(n=30, seed=1)])]
    [2, 1]
    """
    shapes: dict = {}
    for setting in settings:
        shapes.setdefault(repr(shape(setting)), []).append(setting)
    blocks = (sorted(alike, key=lambda s: (s.seed, s.noise, repr(s.missing))) for alike in shapes.values())
    return [Task(tuple(block[i : i + MOST])) for block in blocks for i in range(0, len(block), MOST)]


def shape(setting):
    """What students of one task have in common: all but loss, offset, learning rate, wrong and missing labels, seed."""
    return replace(setting, loss=KD(4.0), offset=None, lr=1e-2, noise=0.0, missing=None, seed=0)


def finished(tasks, executor, folder, progress):
    """(task, result) of every task as it ends: first those found in `folder`, then the others."""
    todo = []
    with tqdm(total=len(tasks), desc="sweep", unit="task", disable=not progress) as bar:
        for task in tasks:
            path = place(folder, task)
            if path is not None and path.exists():
                yield task, {name: value.numpy() for name, value in saved.load(path).items()}
                bar.update()
            else:
                todo.append(task)
        for task, result in worked(todo, executor):
            path = place(folder, task)
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                tensors = {name: torch.from_numpy(np.asarray(value)) for name, value in result.items()}
                saved.save(path, tensors, task=repr(task))
            yield task, result
            bar.update()


def worked(tasks, executor):
    """(task, result) as they end, here or in an executor; those not begun are given up when the caller leaves."""
    if executor is None:
        yield from ((task, work(task)) for task in tasks)
        return
    futures = {executor.submit(work, task): task for task in tasks}
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        for future in futures:
            future.cancel()


def place(folder, task):
    """The file of a task: its name is a digest of everything that decides the result."""
    if folder is None:
        return None
    digest = hashlib.sha256(f"{__version__} {task!r}".encode()).hexdigest()
    return Path(folder, f"{digest[:20]}.safetensors")


def labels(values):
    """Coordinates: numbers as they are, None among numbers as NaN, words as they are, everything else by its repr.

    >>> labels([30, 100]), labels([None, 20.0]), labels([KD(8.0)])
    ([30, 100], [nan, 20.0], ['KD(temperature=8.0)'])
    """
    if all(value is None or isinstance(value, int | float) for value in values) and any(v is not None for v in values):
        return [math.nan if value is None else value for value in values]
    return [value if isinstance(value, str) else repr(value) for value in values]


def interval(values, over="seed"):
    """Mean and half width of the 95 % t-interval over one dimension, as a Dataset with `mean` and `half`.

    >>> found = interval(xr.DataArray([1.0, 2.0, 3.0], dims="seed"))
    >>> float(found["mean"]), round(float(found.half), 3)
    (2.0, 2.484)
    """
    mean, half = mean_interval(values.transpose(over, ...).values)
    rest = values.isel({over: 0}, drop=True)
    return xr.Dataset({"mean": rest.copy(data=mean), "half": rest.copy(data=half)})


def difference(values, dimension, reference):
    """Values minus those at `reference` along one dimension, seed by seed: paired, for `interval`."""
    return values - values.sel({dimension: labels([reference])[0]}, drop=True)
