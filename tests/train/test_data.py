"""Data without downloads, fair transfer sets, and refusals that say the cure."""

import pickle

import numpy as np
import pytest
import torch

from kdviz.core.check import BadInput
from kdviz.losses import CE, KD
from kdviz.problems.cifar import cifar
from kdviz.problems.data import pick
from kdviz.problems.digits import digits
from kdviz.problems.synthetic import hierarchy, mnist1d
from kdviz.problems.transfer import noisy, transfer_sets
from kdviz.train.device import pinned
from kdviz.train.fit import Plan, Run, fit
from kdviz.train.measure import evaluate, means
from kdviz.train.nets import MLP, Conv1d, Free
from kdviz.train.teachers import recentred, teacher

torch.set_num_threads(1)
SETS = {"digits": digits, "hierarchy": hierarchy, "many classes": lambda **o: hierarchy(60, **o), "mnist1d": mnist1d}


@pytest.mark.parametrize("make", SETS.values(), ids=SETS)
def test_a_data_set_is_seeded_standardised_and_complete(make):
    data, again, other = make(), make(), make(seed=7)
    assert all(torch.equal(a, b) for a, b in zip(data[1:5], again[1:5], strict=True))
    assert not torch.equal(data.x, other.x)
    assert data.x.dtype == torch.float32
    assert data.y.dtype == torch.int64
    assert (data.y.bincount(minlength=data.classes) > 0).all()
    assert float(data.x.std()) == pytest.approx(1, abs=0.1)
    assert abs(float(data.x.mean())) < 0.2


def test_the_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    data = digits()
    ours, labels = torch.cat([data.x, data.x_test]), torch.cat([data.y, data.y_test])
    pixels = (ours - ours.min()) * (16 / (ours.max() - ours.min()))
    theirs = sorted((*row, label) for row, label in zip(x.round().astype(int).tolist(), y.tolist(), strict=True))
    assert (
        sorted((*row, label) for row, label in zip(pixels.round().int().tolist(), labels.tolist(), strict=True))
        == theirs
    )


def test_a_network_learns_every_data_set_far_above_chance():
    for make in (hierarchy, lambda: mnist1d(n=2000)):
        data = make()
        *_, last = fit(
            [Run(CE())], Plan(MLP((100,)), batch=100), data.x, data.y, watch=evaluate(data, data.x_test[:, :10])
        )
        assert last.measured["accuracy"][0] > 4 / data.classes


def test_groups_of_the_hierarchy_resemble_each_other():
    data = hierarchy(16, 1600)
    centre = torch.stack([data.x[data.y == k].mean(0) for k in range(16)])
    apart = torch.cdist(centre, centre)
    family = (torch.arange(16)[:, None] - torch.arange(16)) % 4 == 0
    assert apart[family & (apart > 0)].mean() < 0.7 * apart[~family].mean()


def test_transfer_sets_are_balanced_nested_and_one_per_seed():
    data = digits()
    small, _ = transfer_sets(data, 30, range(5))
    large, labels = transfer_sets(data, 100, range(5))
    assert (torch.stack([row.bincount(minlength=10) for row in labels]) == 10).all()
    assert torch.equal(large[:, :30], small)
    assert torch.equal(transfer_sets(data, 100, [3])[0][0], large[3])
    assert torch.equal(data.y[large], labels)
    assert all(len(set(row.tolist())) == 100 for row in large)
    whole, _ = transfer_sets(data, 1200, [0])
    assert sorted(whole[0].tolist()) == list(range(1200))


def test_a_missing_class_is_missing_and_noise_is_the_share_it_says():
    data = digits()
    index, labels = transfer_sets(data, 500, range(3), missing=3)
    assert not (data.y[index] == 3).any()
    index, labels = transfer_sets(data, 100, range(3), noise=0.4)
    assert ((data.y[index] != labels).sum(1) == 40).all()
    assert noisy(np.arange(10), 10, 1.0).tolist() != list(range(10))


def test_the_teacher_is_good_and_its_mean_logit_can_be_moved():
    data = digits()
    taught = teacher(data)
    assert taught.accuracy > 0.97
    assert torch.equal(taught.logits(data.x_test), taught.test)
    assert not taught.test.requires_grad
    for mean in (0.0, 20.0):
        moved = recentred(taught.test, mean)
        torch.testing.assert_close(moved.mean(1), torch.full((597,), mean), rtol=0, atol=1e-4)
        torch.testing.assert_close(moved.softmax(1), taught.test.softmax(1), rtol=1e-3, atol=1e-6)


def test_what_is_watched_is_what_is_counted_by_hand():
    data, draw = digits(), torch.Generator().manual_seed(0)
    zt = torch.randn(597, 10, generator=draw)
    watch = evaluate(data, zt)
    record = next(fit([Run(CE(), 0), Run(CE(), 1)], Plan(), data.x[:50], data.y[:50], watch=watch))
    z = record.students.member(1)(data.x_test).detach()
    got = {name: value[1] for name, value in record.measured.items()}
    right = z.argmax(1) == data.y_test
    assert got["accuracy"] == pytest.approx(float(right.float().mean()), abs=1e-6)
    assert got["agreement"] == pytest.approx(float((z.argmax(1) == zt.argmax(1)).float().mean()), abs=1e-6)
    assert got["per_class"][4] == pytest.approx(float(right[data.y_test == 4].float().mean()), abs=1e-6)
    assert got["kl"] == pytest.approx(float(KD(1.0).value(z, zt).mean()), rel=1e-4)
    assert got["mean_gap"] == pytest.approx(float((z.mean(1) - zt.mean(1)).mean()), abs=1e-5)
    x = (z - z.mean(1, keepdim=True)) - (zt - zt.mean(1, keepdim=True))
    assert got["centred_error"] == pytest.approx(float(x.square().mean().sqrt()), rel=1e-4)


@pytest.mark.parametrize("net", [MLP((8,)), MLP(()), Conv1d((3,)), MLP((8,), "forward"), MLP((8,), "init")], ids=repr)
def test_the_mean_logit_is_the_class_mean_of_the_head(net):
    data = digits()
    record = next(fit([Run(CE())], Plan(net), data.x[:50], data.y[:50], watch=means(data.x[:50])))
    weight, _ = record.students.head()
    np.testing.assert_allclose(weight.mean(1), record.measured["w_bar"], atol=1e-7)
    if net.center_head != "no":
        assert abs(record.measured["mean_logit"]).max() <= 1e-6
    if net == MLP(()):
        c = record.measured["w_bar"] @ data.x[:50].T.numpy() + record.measured["b_bar"][:, None]
        np.testing.assert_allclose(record.measured["mean_logit"], c, atol=1e-5)


def write_cifar(folder, changed=None):
    """A tiny CIFAR-100 folder as the original's: pickled dictionaries with bytes as keys."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name, n in (("train", 6), ("test", 4)):
        content = {b"data": rng.integers(0, 256, (n, 3072), np.uint8), b"fine_labels": list(range(n))} | (changed or {})
        (folder / name).write_bytes(pickle.dumps(content, protocol=2))


def test_a_cifar_folder_is_read_where_there_is_one(tmp_path):
    write_cifar(tmp_path / "cifar-100-python")
    for folder in (tmp_path, tmp_path / "cifar-100-python"):
        data = cifar(folder, device="cpu")
        assert (data.name, data.classes, tuple(data.x.shape), data.y_test.tolist()) == (
            "cifar-100",
            100,
            (6, 3072),
            [0, 1, 2, 3],
        )


def write_cifar_10(folder):
    """A tiny CIFAR-10 folder."""
    folder.mkdir(parents=True)
    for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]:
        content = {b"data": np.zeros((2, 3072), np.uint8), b"labels": [0, 1]}
        (folder / name).write_bytes(pickle.dumps(content, protocol=2))


def test_a_cifar_folder_counts_by_what_is_in_it_wherever_its_name_leads(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write_cifar(tmp_path / "mine")
    (tmp_path / "cifar-10-batches-py").symlink_to(tmp_path / "mine")  # a name that lies
    for folder in ("~/mine", "~/cifar-10-batches-py", "~", tmp_path / "mine/../mine"):
        assert cifar(folder, device="cpu").name == "cifar-100"
    write_cifar_10(tmp_path / "other/cifar-10-batches-py")
    assert cifar("~/other", device="cpu").name == "cifar-10"
    (tmp_path / "other/cifar-100-python").symlink_to(tmp_path / "mine")
    with pytest.raises(
        BadInput, match=r"folder must hold one data set, got '~/other' with cifar-100-python and cifar-10-b"
    ):
        cifar("~/other", device="cpu")
    (tmp_path / "other/cifar-100-python").unlink()
    (tmp_path / "other/cifar-10-batches-py/data_batch_3").unlink()
    with pytest.raises(BadInput, match=r"where '.*data_batch_3' is missing"):
        cifar("~/other", device="cpu")


class Harm:
    """What a pickle could do on being read."""

    def __reduce__(self):
        return print, ("harm",)


@pytest.mark.parametrize(
    "changed",
    [{b"data": Harm()}, {b"data": np.zeros((2, 5), np.uint8)}, {b"fine_labels": [100] * 6}],
    ids=["a program", "no images", "no labels"],
)
def test_other_files_in_a_cifar_folder_are_refused(tmp_path, capsys, changed):
    write_cifar(tmp_path / "cifar-100-python", changed)
    with pytest.raises(BadInput, match="unpack it anew"):
        cifar(tmp_path, device="cpu")
    assert capsys.readouterr().out == ""


def test_free_logits_have_no_test_set():
    data = digits()
    students = next(fit([Run(CE())], Plan(Free()), data.x[:20], data.y[:20], classes=10)).students
    assert students.logits(data.x[:20]).shape == (1, 10, 20)
    with pytest.raises(BadInput, match="no test set"):
        students.logits(data.x_test)


def test_small_ensembles_take_one_thread_and_give_back_what_they_found():
    before = torch.get_num_threads()
    with pinned(100):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
    assert pick("auto").type in ("cuda", "mps", "cpu")
