"""A sweep is a table of students: the same numbers in this process, in a pool of processes and on a Dask cluster."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest
import torch
import xarray as xr

from kdviz.core.check import BadInput
from kdviz.losses import CE, KD, LM
from kdviz.train import sweep as engine
from kdviz.train import tasks
from kdviz.train.sweep import Setting, difference, interval, sweep

torch.set_num_threads(1)
GRID = {"loss": [CE(), KD(8.0)], "n": [20, 30], "seed": range(3)}
SHORT = Setting(steps=20)


@pytest.fixture(autouse=True)
def workers_take_one_thread_each(monkeypatch):
    """Two processes of two threads would wait for each other on two cores."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="module")
def here():
    """The sweep in this process."""
    return sweep(GRID, SHORT, progress=False)


def test_the_dimensions_are_the_fields_of_the_grid(here):
    assert dict(here.sizes) == {"loss": 2, "n": 2, "seed": 3}
    assert here.loss.dims == ("loss",)
    assert here["accuracy"].sel(loss=KD(8.0), n=30).shape == (3,)
    assert 0.1 < float(here.accuracy.mean()) < 1


def test_a_pool_of_processes_gets_the_same_numbers(here):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        xr.testing.assert_identical(sweep(GRID, SHORT, executor=pool, progress=False), here)


def test_a_dask_cluster_of_two_processes_gets_the_same_numbers(here):
    from distributed import Client, LocalCluster

    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        assert len({worker["id"] for worker in client.scheduler_info()["workers"].values()}) == 2
        with client.get_executor() as executor:
            xr.testing.assert_identical(sweep(GRID, SHORT, executor=executor, progress=False), here)
        few = {"loss": [KD(8.0)], "seed": [2, 0]}
        found = sweep(few, replace(SHORT, n=20), executor=client, progress=False)  # the client itself
        np.testing.assert_array_equal(found.accuracy, here.accuracy.sel(loss=KD(8.0), n=20, seed=[2, 0]).values[None])


def test_an_interrupted_sweep_goes_on_from_what_is_on_disk(here, tmp_path, monkeypatch):
    done = []

    def stops(task):
        if done:
            raise KeyboardInterrupt
        done.append(task)
        return tasks.work(task)

    monkeypatch.setattr(engine, "work", stops)
    with pytest.raises(KeyboardInterrupt):
        sweep(GRID, SHORT, folder=tmp_path, progress=False)
    assert len(list(tmp_path.glob("*.safetensors"))) == 1
    monkeypatch.setattr(engine, "work", lambda task: done.append(task) or tasks.work(task))
    xr.testing.assert_identical(sweep(GRID, SHORT, folder=tmp_path, progress=False), here)
    assert len(done) == 2  # one shape for each n; the first was not trained again
    sweep(GRID, SHORT, folder=tmp_path, progress=False)
    assert len(done) == 2


def test_progress_is_reported_in_tasks(tmp_path, capsys):
    sweep({"seed": [0]}, Setting(steps=1, n=10))
    assert "1/1" in capsys.readouterr().err


def test_one_shape_is_one_ensemble_and_equal_students_are_trained_once():
    grid = {"loss": [CE(), KD()], "temperature": [1.0, 4.0], "lr": [0.01, 0.1], "seed": range(2)}
    settings, _ = engine.combinations(grid, Setting())
    unique = dict.fromkeys(setting.resolved() for setting in settings)
    assert len(settings) == 16
    assert len(unique) == 12  # CE has no temperature
    assert len(engine.together(unique)) == 1
    assert len(engine.together(engine.combinations({"n": [30, 50], "steps": [10, 20]}, Setting())[0])) == 4
    many = engine.together(Setting(seed=seed) for seed in range(400))
    assert [len(task.settings) for task in many] == [180, 180, 40]


def test_every_field_reaches_the_student():
    grid = {"teacher_mean": [None, 20.0], "noise": [0.0, 0.5], "missing": [None, 3], "lr": [0.01, 0.02]}
    found = sweep(grid, Setting(loss=0.5 * CE() + 0.5 * LM(), steps=20), progress=False)
    assert len(np.unique(found.final_loss)) == 16


def test_a_temperature_reaches_the_part_of_a_sum_that_has_one():
    grid = {"loss": [0.1 * CE() + 0.9 * KD(), CE()], "temperature": [1.0, 8.0]}
    found = sweep(grid, Setting(n=20, steps=2), progress=False).final_loss
    assert float(found[0, 0]) != float(found[0, 1])
    assert float(found[1, 0]) == float(found[1, 1])


def test_intervals_and_paired_differences_are_those_of_the_textbook():
    values = xr.DataArray([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]], dims=("loss", "seed"), coords={"loss": ["a", "b"]})
    found = interval(difference(values, "loss", "a"))
    np.testing.assert_allclose(found["mean"], [0.0, 2.0])
    np.testing.assert_allclose(found.half, [0.0, 4.302652729749 / np.sqrt(3)])


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ({"temprature": [1.0]}, "temprature"),
        ({"seed": []}, "at least one value"),
        ({"seed": [1, 1]}, "different values"),
        ({"data": ["imagenet"]}, "digits, hierarchy, mnist1d"),
        ({"n": [10_000]}, "1 .. 1200"),
        ({"seed": 3}, r"grid must give seed a list of values, got 3; write \[3\]"),
        ({"data": "digits"}, r"a list of values, got 'digits'; write \['digits'\]"),
        ([("seed", [0])], "grid must be a dict of lists, got list"),
        ({"seed": [0, 0.0]}, "seed must be a whole number"),
        ({"seed": [0, False]}, "seed must be a whole number"),
        ({"seed": [1.5]}, "seed must be a whole number"),
        ({"seed": [0, np.int64(0)]}, "different values"),
        ({"lr": [1, np.float32(1)]}, "different values"),
        ({"loss": [KD(4), KD(4.0)]}, "different values"),
        ({"n": [30.0]}, "n must be a whole number"),
        ({"noise": ["much"]}, "every fifth"),
        ({"teacher_mean": [float("nan")]}, "None is as trained"),
        ({"loss": [KD]}, r"write KD\(\)"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_bad_grid_is_refused_with_its_cure(grid, words):
    with pytest.raises(BadInput, match=words):
        sweep(grid, Setting(steps=1), progress=False)
