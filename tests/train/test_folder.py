"""What a sweep keeps in a folder is found again by values and code, never by how they print."""

import functools
from dataclasses import dataclass

import numpy as np
import pytest
import torch
import xarray as xr

from kdviz.core.check import BadInput
from kdviz.losses import CE, KD, LM
from kdviz.train import sweep as engine
from kdviz.train import tasks
from kdviz.train.identity import Identity, digest
from kdviz.train.labelled import difference, named, valued
from kdviz.train.sweep import Setting, sweep

torch.set_num_threads(1)
SHORT = Setting(n=20, steps=5)
SCALE = 1.0


def scaled(values):
    """What `Own` reads from its module."""
    return SCALE * values


def own(factor, default=0.0):
    """A loss of somebody's own, always of the same name and print; `factor` is in its code, not in its fields."""

    @dataclass(frozen=True, eq=False)
    class Own(LM):
        weights: object = None

        def grad(self, student_logits, teacher_logits, labels=None, *, axis=-1, more=default):
            return factor * scaled(LM.grad(self, student_logits, teacher_logits, axis=axis)) + more

        def __repr__(self):
            return "Own()"

    return Own


@pytest.fixture
def done(monkeypatch):
    """The tasks that are trained."""
    found = []
    monkeypatch.setattr(engine, "work", lambda task: found.append(task) or tasks.work(task))
    return found


def scores(folder, loss):
    """The final loss of one student."""
    return float(sweep({"loss": [loss]}, SHORT, folder=folder, progress=False).final_loss[0])


def test_a_changed_loss_of_the_same_print_is_trained_anew(tmp_path, done, monkeypatch):
    first = scores(tmp_path, own(1.0)())
    assert scores(tmp_path, own(1.0)()) == first
    assert len(done) == 1
    changes = [own(3.0)(), own(1.0, default=0.5)(), own(1.0)(np.arange(5000.0)), own(1.0)(np.arange(5000.0)[::-1])]
    for count, changed in enumerate(changes, 2):
        assert repr(changed) == "Own()"
        scores(tmp_path, changed)
        assert len(done) == count
    assert scores(tmp_path, own(3.0)()) != first
    monkeypatch.setitem(globals(), "SCALE", 2.0)  # two functions away from the loss
    assert scores(tmp_path, own(1.0)()) != first
    assert len(done) == len(changes) + 2


def test_another_kdviz_or_torch_trains_anew(tmp_path, done, monkeypatch):
    scores(tmp_path, KD(4.0))
    assert scores(tmp_path, KD(4)) == scores(tmp_path, KD(np.float64(4)))
    assert len(done) == 1
    monkeypatch.setattr(engine, "OURS", "other code")
    scores(tmp_path, KD(4.0))
    monkeypatch.setattr(torch, "__version__", "0.0")
    scores(tmp_path, KD(4.0))
    assert len(done) == 3


def test_a_file_that_cannot_be_read_is_made_anew(tmp_path, done):
    first = scores(tmp_path, CE())
    (path,) = tmp_path.glob("*.safetensors")
    whole = path.read_bytes()
    wrong = engine.saved.save(tmp_path / "wrong", {"accuracy": torch.zeros(7)}).read_bytes()
    for content in (b"", b"words", whole[:-3], whole[:40], b"\xff" * 200, wrong):
        path.write_bytes(content)
        assert scores(tmp_path, CE()) == first
        assert path.read_bytes() == whole
    assert len(done) == 7


def test_a_folder_at_home_is_at_home_and_one_that_cannot_be_is_refused(tmp_path, monkeypatch, done):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    scores("~/kept/here", CE())
    assert len(list((tmp_path / "kept/here").glob("*.safetensors"))) == 1
    assert not (tmp_path / "~").exists()
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", 3, ""):
        with pytest.raises(BadInput, match="folder must be a"):
            scores(folder, CE())
    assert len(done) == 1


def test_what_has_no_value_cannot_be_kept_but_can_be_trained(tmp_path):
    loss = own(1.0)(torch.Generator())
    with pytest.raises(BadInput, match=r"grid must consist of values, got .*Generator.*do without files"):
        scores(tmp_path, loss)
    assert scores(None, loss) == scores(None, own(1.0)())


class Remembering(LM):
    """A loss that keeps something once it has been computed."""

    def __init__(self, scale):
        self.scale = scale

    @functools.cached_property
    def size(self):
        """What is kept."""
        return 3


def test_a_value_that_remembers_something_is_the_same_value():
    loss = Remembering(1.0)
    before = digest(loss, "loss")
    assert loss.size == 3
    assert digest(loss, "loss") == before != digest(Remembering(2.0), "loss")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, 2.0, None), [True, np.int64(2), None]),
        ({"a": 1, "b": 2}, {"b": np.float32(2), "a": 1.0}),
        (np.arange(3), np.arange(3)),
        (torch.ones(2, dtype=torch.bfloat16), torch.ones(2, dtype=torch.bfloat16)),
        (functools.partial(scaled, 1), functools.partial(scaled, 1.0)),
        (float("nan"), np.nan),
    ],
    ids=lambda value: type(value).__name__,
)
def test_equal_values_have_equal_digests(one, other):
    assert digest(one, "it") == digest(other, "it")


def test_different_values_have_different_digests():
    values = [0, 1, 0.1, np.float32(0.1), "1", None, (), (1,), ((1,),), {}, {"a": 1}, {1}, b"1", np.nan, float("inf")]
    values += [
        np.arange(2),
        np.arange(2.0),
        np.arange(2)[:, None],
        np.arange(2)[::-1],
        torch.arange(2),
        scaled,
        own,
        len,
    ]
    values += [
        lambda x: x,
        lambda x: x + 1,
        KD,
        KD(1.0),
        LM(),
        CE(),
        own(1.0),
        own(2.0),
        np,
        np.abs,
        functools.cache(own),
    ]
    same = Identity()
    assert len({repr(same.of(value)) for value in values}) == len(values)


def test_a_function_that_calls_itself_and_a_list_within_itself_have_a_digest():
    def endless(n):
        return endless(n - 1)

    ring = []
    ring.append(ring)
    assert digest(endless, "it") == digest(endless, "it") != digest(ring, "it")


@pytest.fixture(scope="module")
def table():
    """A sweep over losses, sizes from an array, and a mean that may be the teacher's own."""
    grid = {
        "loss": [CE(), 0.5 * CE() + 0.5 * LM()],
        "teacher_mean": [None, 20.0],
        "n": np.array([20, 30]),
        "seed": np.arange(2),
    }
    return grid, sweep(grid, Setting(steps=2), progress=False)


def test_students_are_selected_by_value(table):
    grid, found = table
    assert found.n.dtype.kind == found.seed.dtype.kind == "i"
    assert found.accuracy.sel(loss=CE(), n=30, seed=1).shape == (2,)
    mix = 0.5 * CE() + 0.5 * LM()
    expected = found.final_loss.isel(loss=1, n=0)
    xr.testing.assert_equal(found.final_loss.sel(loss=mix, n=20), expected)
    assert found.sel(loss=[mix]).sizes["loss"] == 1
    assert [type(value) for value in found.loss.values] == [type(value) for value in grid["loss"]]


def test_differences_find_their_reference_by_value(table):
    _, found = table
    for dimension, reference in (
        ("teacher_mean", None),
        ("teacher_mean", 20),
        ("n", np.float64(20)),
        ("loss", CE(0)),
        ("seed", 1),
    ):
        left = difference(found.final_loss, dimension, reference)
        assert (abs(left).min(dimension) == 0).all()
        assert left.sizes == found.final_loss.sizes
    assert float(abs(difference(found.final_loss, "teacher_mean", None)).max()) > 1
    with pytest.raises(BadInput, match=r"reference must be one of CE\(smoothing=0.0\), .*, got LM\(\)"):
        difference(found.final_loss, "loss", LM())
    with pytest.raises(BadInput, match="dimension must be one of loss, teacher_mean, n, seed, got 'sead'"):
        difference(found.final_loss, "sead", 0)


def test_a_table_goes_into_a_file_and_comes_back(table, tmp_path):
    grid, found = table
    named(found).to_netcdf(tmp_path / "found.nc", engine="scipy")
    with xr.open_dataset(tmp_path / "found.nc", engine="scipy") as held:
        text = held.load()
    xr.testing.assert_equal(valued(text, grid), found)
    assert valued(text, grid).accuracy.sel(loss=CE()).shape == (2, 2, 2)
    np.testing.assert_array_equal(
        difference(text.accuracy, "loss", CE()).values, difference(found.accuracy, "loss", CE()).values
    )
    with pytest.raises(BadInput, match=r"grid must hold every loss of the table, got none for 'CE\(smoothing=0.0\)'"):
        valued(text, {"loss": [KD()]})
