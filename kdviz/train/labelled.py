"""What a sweep found, by name: coordinates by value, files, intervals over seeds, differences seed by seed."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from kdviz.core.check import BadInput
from kdviz.core.intervals import mean_interval
from kdviz.train.identity import Identity

RENAMED = {"offset": "teacher_mean", "mean_offset": "mean_gap"}  # names in tables of 0.1.0 and what they are now


def coordinates(values: Iterable[Any]) -> Any:
    """Coordinates: numbers as they are, None among numbers as NaN, words as they are, all else as objects.

    >>> coordinates([30, 100]), coordinates([None, 20.0]), coordinates(["digits"])
    ([30, 100], [nan, 20.0], ['digits'])
    """
    values = list(values)
    if all(value is None or isinstance(value, (int, float)) for value in values):
        return [math.nan if value is None else value for value in values]
    if all(isinstance(value, str) for value in values):
        return values
    held = np.empty(len(values), object)
    for i, value in enumerate(values):  # one by one: a tuple is one value, not a row
        held[i] = value
    return held


def named(found: xr.Dataset) -> xr.Dataset:
    """The same with every loss, net or optimiser as text, as files want it: `named(found).to_netcdf("found.nc")`.

    >>> from kdviz.losses import CE
    >>> found = xr.Dataset({"accuracy": ("loss", [0.9])}, {"loss": coordinates([CE()])})
    >>> named(found).loss.values.tolist()
    ['CE(smoothing=0.0)']
    """
    objects = [name for name, values in found.coords.items() if values.dtype == object]
    return found.assign_coords({name: [str(value) for value in found[name].values] for name in objects})


def valued(found: xr.Dataset, grid: Mapping[str, Iterable[Any]]) -> xr.Dataset:
    """The inverse of `named`: a table from a file, with the values of `grid`, which it was made of, as coordinates.

    Names of earlier versions are read too (`RENAMED`). BadInput where a value of the table is not in the grid.

    >>> from kdviz.losses import CE
    >>> found = xr.Dataset({"accuracy": ("loss", [0.9])}, {"loss": ["CE(smoothing=0.0)"]})
    >>> float(valued(found, {"loss": [CE()]}).accuracy.sel(loss=CE()))
    0.9
    """
    found = found.rename({old: new for old, new in RENAMED.items() if old in found.variables})
    grid = {RENAMED.get(name, name): values for name, values in grid.items()}
    held: dict[str, Any] = {}
    for name in (name for name in grid if name in found.coords and found[name].dtype.kind in "OUT"):
        known = {str(value): value for value in grid[name]}
        lost = [text for text in found[name].values.tolist() if text not in known]
        if lost:
            raise BadInput(f"grid must hold every {name} of the table, got none for {lost[0]!r}; it has {[*known]}")
        held[name] = coordinates([known[text] for text in found[name].values.tolist()])
    return found.assign_coords(held)


def interval(values: xr.DataArray, over: str = "seed") -> xr.Dataset:
    """Mean and half width of the 95 % t-interval over one dimension, as a Dataset with `mean` and `half`.

    >>> found = interval(xr.DataArray([1.0, 2.0, 3.0], dims="seed"))
    >>> float(found["mean"]), round(float(found.half), 3)
    (2.0, 2.484)
    """
    mean, half = mean_interval(values.transpose(over, ...).values)
    rest = values.isel({over: 0}, drop=True)
    return xr.Dataset({"mean": rest.copy(data=mean), "half": rest.copy(data=half)})


def difference(values: xr.DataArray, dimension: str, reference: Any) -> xr.DataArray:
    """Values minus those at `reference` along one dimension, seed by seed: paired, for `interval`.

    `reference` is found by value: a loss, None for NaN, a number of any type. BadInput where it is not there.

    >>> table = xr.DataArray([1.0, 3.0], dims="teacher_mean", coords={"teacher_mean": [math.nan, 20.0]})
    >>> difference(table, "teacher_mean", None).values.tolist()
    [0.0, 2.0]
    """
    if dimension not in values.dims:
        raise BadInput(f"dimension must be one of {', '.join(map(str, values.dims))}, got {dimension!r}")
    there, identity = values[dimension].values.tolist(), Identity()
    wanted = identity.of(math.nan if reference is None else reference)
    text = ("str", str(reference))  # of a table that came from a file
    places = [i for i, value in enumerate(there) if identity.of(value) in (wanted, text)]
    if not places:
        raise BadInput(f"reference must be one of {', '.join(map(repr, there))}, got {reference!r}")
    return values - values.isel({dimension: places[0]}, drop=True)
