"""An optimiser, a data set, a net, a measure, a method is one value: it trains, sweeps and stands in the refusals."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
import xarray as xr

from kdviz.core.check import BadInput
from kdviz.core.entry import Entry
from kdviz.losses import CE, KD
from kdviz.problems import DATASETS, Dataset
from kdviz.problems.data import split
from kdviz.train.ensemble import Ensemble
from kdviz.train.labelled import RENAMED, valued
from kdviz.train.measure import MEASURES, Measure, evaluate
from kdviz.train.nets import MLP, NETS
from kdviz.train.optimisers import OPTIMISERS
from kdviz.train.plans import Plan
from kdviz.train.sweep import Setting, sweep
from kdviz.train.teachers import teacher
from tests.support.methods import Hints

torch.set_num_threads(1)


@dataclass(frozen=True)
class Signs:
    """Signed gradient descent: w ← w − lr sign g."""

    def memory(self, parameters):
        return {}

    def step(self, parameters, gradients, memory, lr, fused):
        for w, g in zip(parameters, gradients, strict=True):
            w -= lr * g.sign()


@dataclass(frozen=True)
class Widest(MLP):
    """An MLP under a name of its own."""


def corners(classes=3):
    """As many corners of a cube as there are classes."""
    y = np.arange(40 * classes) % classes
    x = np.eye(classes)[y] + 0.1 * np.random.default_rng(0).standard_normal((len(y), classes))
    return split("corners", x, y, 20 * classes, classes, "cpu")


TOYS = [
    (OPTIMISERS, "signs", Entry("Signs", "Signed descent.", Signs)),
    (NETS, "widest", Entry("Widest", "An MLP.", Widest)),
    (DATASETS, "corners", Dataset("Corners", "Corners of a cube.", corners, None)),
    (
        MEASURES,
        "doubt",
        Measure("Doubt", "Mean of 1 − p of the answer.", lambda seen: 1 - seen.logits.softmax(1).amax(1).mean(1)),
    ),
]


@pytest.fixture
def toys(monkeypatch):
    """One more value in every map, for as long as a test lasts."""
    for entries, key, value in TOYS:
        monkeypatch.setitem(entries, key, value)


def test_one_value_in_a_map_is_all_it_takes_to_train_and_to_measure(toys):
    base = Setting(data="corners", classes=4, n=40, net=Widest((32,)), optimiser=Signs(), steps=60)
    found = sweep({"loss": [CE(), KD(2.0)], "seed": range(2)}, base, progress=False)
    assert float(found.accuracy.min()) > 0.9
    assert {"accuracy", "mean_gap", "doubt", "final_loss", "diverged"} <= set(found)
    assert ((found.doubt > 0) & (found.doubt < 0.7)).all()
    assert "per_class" not in found  # several numbers per run


def test_what_was_added_stands_in_the_lists_of_known_names(toys):
    refused = {
        "net must be MLP(), Conv1d(), Free() or Widest()": lambda: Plan(net="big"),
        "optimiser must be SGD(), Adam(), AdamW() or Signs()": lambda: Plan(optimiser="big"),
        "data must be one of digits, hierarchy, mnist1d, corners": lambda: Setting(data="big"),
    }
    for words, call in refused.items():
        with pytest.raises(BadInput) as caught:
            call()
        assert words in str(caught.value)


def test_and_is_gone_afterwards():
    assert not any(key in entries for entries, key, _ in TOYS)


def test_results_on_disk_are_not_taken_for_those_of_another_data_set_or_measure(toys, tmp_path, monkeypatch):
    base = Setting(data="corners", n=10, steps=1)
    files = lambda: len(list(tmp_path.glob("*.safetensors")))  # noqa: E731
    sweep({"seed": [0]}, base, folder=tmp_path, progress=False)
    sweep({"seed": [0]}, base, folder=tmp_path, progress=False)
    assert files() == 1
    monkeypatch.setitem(DATASETS, "corners", replace(DATASETS["corners"], make=lambda classes: corners(classes)))
    sweep({"seed": [0]}, base, folder=tmp_path, progress=False)
    assert files() == 2
    monkeypatch.setitem(MEASURES, "doubt", replace(MEASURES["doubt"], make=lambda seen: seen.logits.amax((1, 2))))
    sweep({"seed": [0]}, base, folder=tmp_path, progress=False)
    assert files() == 3


def test_a_sweep_trains_methods_beside_losses_and_gives_them_the_teachers_features(tmp_path):
    grid = {"loss": [CE(), Hints(weight=0.1), Hints(weight=0.0)], "seed": range(3)}
    base = Setting(n=30, steps=40)
    found = sweep(grid, base, folder=tmp_path, progress=False)
    plain, hints, none = (found.accuracy.sel(loss=loss) for loss in grid["loss"])
    assert not np.array_equal(plain, hints)
    np.testing.assert_allclose(none, plain, atol=0.01)  # without weight it is cross-entropy
    xr.testing.assert_identical(sweep(grid, base, folder=tmp_path, progress=False), found)
    assert len(list(tmp_path.glob("*.safetensors"))) == 1


def test_the_features_of_a_teacher_are_the_hidden_units_of_all_its_members():
    data = corners(3)
    taught = teacher(data, members=2, hidden=5, steps=3)
    assert taught.features(data.x).shape == (60, 10)
    assert (taught.features(data.x) >= 0).all()


@pytest.mark.parametrize("key", DATASETS)
def test_a_data_set_is_called_by_its_key_and_keeps_its_promise(key):
    dataset = DATASETS[key]
    data = dataset.made(7)
    assert (data.name, data.classes) == (key, dataset.classes or 7)
    assert dataset.label.replace("-", "").lower() == key


@pytest.mark.parametrize(
    "entries", [DATASETS, MEASURES, NETS, OPTIMISERS], ids=["data", "measures", "nets", "optimisers"]
)
def test_every_value_says_what_it_is(entries):
    for key, entry in entries.items():
        assert key == key.lower() and entry.label and entry.help.endswith("."), key
    assert len({entry.label for entry in entries.values()}) == len(entries)


def test_a_table_with_names_of_earlier_versions_is_read_and_a_grid_hears_the_new_one():
    assert RENAMED == {"offset": "teacher_mean", "mean_offset": "mean_gap"}
    old = xr.Dataset(
        {"mean_offset": (("loss", "offset"), [[1.0, 2.0]]), "accuracy": (("loss", "offset"), [[0.5, 0.6]])},
        {"loss": ["CE(smoothing=0.0)"], "offset": [np.nan, 20.0]},
    )
    found = valued(old, {"loss": [CE()], "offset": [None, 20.0]})
    assert float(found.mean_gap.sel(loss=CE(), teacher_mean=20.0)) == 2.0
    with pytest.raises(BadInput, match="got 'offset'; it is called teacher_mean now"):
        sweep({"offset": [1.0]}, progress=False)


def test_measures_are_chosen_by_name():
    data = corners(3)
    chosen = {name: MEASURES[name] for name in ("kl", "per_class")}
    watch = evaluate(data, torch.zeros(60, 3), measures=chosen)
    found = watch(Ensemble(MLP((4,)), 3, 3, 0, seeds=[0, 1]))
    assert {name: tuple(value.shape) for name, value in found.items()} == {"kl": (2,), "per_class": (2, 3)}
    with pytest.raises(BadInput, match=r"pass teacher\(data\).test"):
        evaluate(data, torch.zeros(59, 3))
