"""A grid of settings -> one labelled array: students of one shape train together, different shapes are separate tasks.

found = sweep({"loss": [CE(), KD(8.0)], "n": [30, 100], "seed": range(20)}, folder="runs")
found.accuracy.sel(loss=KD(8.0), n=30)                       # by value
interval(found.accuracy)                                     # mean and half width over seeds
interval(difference(found.accuracy, "loss", CE()))           # paired: seed by seed
"""

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import fields, replace
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr
from tqdm import tqdm

from kdviz.core import arguments
from kdviz.core.check import BadInput
from kdviz.losses import KD
from kdviz.train import saved
from kdviz.train.codes import OURS
from kdviz.train.identity import Identity
from kdviz.train.labelled import RENAMED, coordinates, difference, interval, named, valued
from kdviz.train.tasks import Setting, Task, measured, task, work
from kdviz.train.workers import usable, worked

__all__ = ["Setting", "difference", "interval", "named", "sweep", "valued"]

MOST = 180  # students in one task: more are no faster, and a task is what is lost when a sweep is interrupted


def sweep(
    grid: Mapping[str, Iterable[Any]],
    base: Setting | None = None,
    *,
    executor: Executor | Any = None,
    folder: str | PathLike | None = None,
    progress: bool = True,
) -> xr.Dataset:
    """Train every combination of `grid`, {field of `Setting`: values}, the other fields as in `base`.

    Returns an `xarray.Dataset` whose dimensions are the fields in their order, with what the students scored after the
    last step (`tasks.measured`); `diverged` is the step at which that happened, or -1. Coordinates are the values:
    `found.sel(loss=CE(), n=30)`; None among numbers is NaN. A file holds no losses: `named(found)` has their text
    instead, `valued(table, grid)` turns that back.

    `executor` is any of `concurrent.futures`, or a Dask client; without one everything happens here. Processes must not
    be forked, which on Linux takes a word:

        with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
            sweep(grid, executor=pool)

    What is done is kept in `folder` and not done again as long as values and code are the same: settings by content,
    a loss, net or optimiser of your own by its code, kdviz by its source, torch and NumPy by version. A file that
    cannot be read is made anew. BadInput for an unknown field, an empty list, and whatever a student refuses.

    >>> found = sweep({"loss": [KD(4.0), KD(8.0)], "seed": range(3)}, Setting(n=20, steps=2), progress=False)
    >>> dict(found.sizes), found.accuracy.sel(loss=KD(8.0)).shape
    ({'loss': 2, 'seed': 3}, (3,))
    """
    base, identity = Setting() if base is None else base, Identity("grid" if folder is not None else "")
    if not isinstance(base, Setting):
        raise BadInput(f"base must be a Setting, got {base!r}; write for example Setting(n=30)")
    settings, values = combinations(grid, base, identity)
    executor, place = usable(executor), folder_of(folder)
    keys = [identity.of(setting.resolved()) for setting in settings]
    found: dict[tuple, dict[str, float]] = {}
    tasks = together(dict(zip(keys, (setting.resolved() for setting in settings), strict=True)).values(), identity)
    names = measured()
    for done, result in finished(tasks, executor, place, progress, identity):
        for i, setting in enumerate(done.settings):
            found[identity.of(setting)] = {name: float(result[name][i]) for name in names}
    shape = tuple(len(several) for several in values.values())
    return xr.Dataset(
        {name: (tuple(values), np.array([found[key][name] for key in keys]).reshape(shape)) for name in names},
        {name: coordinates(several) for name, several in values.items()},
        {"base": str(base)},
    )


def combinations(
    grid: Mapping[str, Iterable[Any]], base: Setting, identity: Identity | None = None
) -> tuple[list[Setting], dict[str, list]]:
    """All settings of a grid, the last field fastest, and the values of every field as `Setting` keeps them.

    >>> settings, values = combinations({"n": np.array([30, 100])}, Setting())
    >>> [s.n for s in settings], values
    ([30, 100], {'n': [30, 100]})
    """
    if not isinstance(grid, Mapping):
        raise BadInput(f'grid must be a dict of lists, got {type(grid).__name__}; for example {{"seed": range(20)}}')
    known, identity = [field.name for field in fields(Setting)], identity or Identity()
    values: dict[str, list] = {}
    for name, several in grid.items():
        if name not in known:
            cure = f"; it is called {RENAMED[name]} now" if name in RENAMED else ""
            raise BadInput(f"grid must use the fields {', '.join(known)}, got {name!r}{cure}")
        if isinstance(several, (str, bytes, Mapping)) or not isinstance(several, Iterable):
            raise BadInput(f"grid must give {name} a list of values, got {several!r}; write [{several!r}]")
        values[name] = [getattr(replace(base, **{name: value}), name) for value in several]
        if not values[name]:
            raise BadInput(f"grid must give {name} at least one value, got none")
        if len({identity.of(value) for value in values[name]}) < len(values[name]):
            raise BadInput(f"grid must give {name} different values, got {values[name]!r}; drop the repeated ones")
    chosen = itertools.product(*values.values())
    return [replace(base, **dict(zip(values, combination, strict=True))) for combination in chosen], values


def together(settings: Iterable[Setting], identity: Identity | None = None) -> list[Task]:
    """Tasks: settings of one shape, those that share a transfer set side by side, at most MOST of them.

    >>> [len(task.settings) for task in together([Setting(n=30), Setting(n=100), Setting(n=30, seed=1)])]
    [2, 1]
    """
    shapes: dict[tuple, list[Setting]] = {}
    identity = identity or Identity()
    for setting in settings:
        shapes.setdefault(identity.of(shape(setting)), []).append(setting)
    blocks = (sorted(alike, key=lambda s: (s.seed, s.noise, identity.of(s.missing))) for alike in shapes.values())
    return [task(block[i : i + MOST]) for block in blocks for i in range(0, len(block), MOST)]


def shape(setting: Setting) -> Setting:
    """What students of one task have in common: all but loss, teacher's mean, rate, wrong and missing labels, seed."""
    return replace(setting, loss=KD(4.0), teacher_mean=None, lr=1e-2, noise=0.0, missing=None, seed=0)


def finished(
    tasks: list[Task], executor: Any, folder: Path | None, progress: bool, identity: Identity
) -> Iterator[tuple[Task, dict[str, np.ndarray]]]:
    """(task, result) of every task as it ends: first those found in `folder`, then the others."""
    files = {id(task): None if folder is None else folder / f"{key(task, identity)}.safetensors" for task in tasks}
    todo = []
    with tqdm(total=len(tasks), desc="sweep", unit="task", disable=not progress) as bar:
        for task in tasks:
            kept = read(files[id(task)], task)
            if kept is None:
                todo.append(task)
            else:
                yield task, kept
                bar.update()
        for task, result in worked(work, todo, executor):
            path = files[id(task)]
            if path is not None:
                tensors = {name: torch.from_numpy(np.asarray(value)) for name, value in result.items()}
                saved.save(path, tensors, task=str(task))
            yield task, result
            bar.update()


def read(path: Path | None, task: Task) -> dict[str, np.ndarray] | None:
    """The result of a task from its file; None where there is none, or none that can be used."""
    if path is None or not path.exists():
        return None
    try:
        held = {name: value.numpy() for name, value in saved.load(path).items()}
    except (BadInput, TypeError):
        return None
    fits = all(name in held and held[name].shape == (len(task.settings),) for name in measured())
    return held if fits else None


def key(task: Task, identity: Identity) -> str:
    """The name of a task in a folder: a digest of everything that decides its result."""
    made = (OURS, torch.__version__, version("numpy"), identity.of(task))
    return hashlib.sha256(repr(made).encode()).hexdigest()[:32]


def folder_of(folder: Any) -> Path | None:
    """The folder for what is done, made if it is not there; BadInput where it cannot be written."""
    if folder is None:
        return None
    place = arguments.path(folder, "folder")
    try:
        place.mkdir(parents=True, exist_ok=True)
        (place / ".kdviz").touch()
        (place / ".kdviz").unlink()
    except OSError as error:
        raise BadInput(f"folder must be a folder that can be written, got {str(folder)!r}: {error}") from None
    return place
