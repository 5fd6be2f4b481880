"""Recorded runs: small, read-only, without pickle, and each with a provenance that is true of it."""

import hashlib
import importlib.util
import json

import numpy as np
import pytest

from kdviz.core import recorded
from kdviz.core.check import BadInput

FOLDER = recorded.FOLDERS[-1]
SCRIPT = importlib.util.spec_from_file_location("make", FOLDER / "make.py")
MAKE = importlib.util.module_from_spec(SCRIPT)
SCRIPT.loader.exec_module(MAKE)


def test_every_recording_has_a_maker_and_every_maker_a_recording():
    assert {path.stem for path in FOLDER.glob("*.npz")} == set(MAKE.RECORDS)
    assert {path.stem for path in FOLDER.glob("*.json")} == set(MAKE.RECORDS)


@pytest.mark.parametrize("name", MAKE.RECORDS)
def test_a_recording_is_small_and_its_provenance_is_true(name):
    path = FOLDER / f"{name}.npz"
    record, arrays = json.loads(path.with_suffix(".json").read_text(encoding="utf-8")), recorded.load(name)
    assert path.stat().st_size <= MAKE.LARGEST
    assert record["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert record["command"] == f"python data/make.py {name}"
    assert record["module"] == MAKE.RECORDS[name]
    assert importlib.util.find_spec(record["module"])
    assert record["arrays"] == {key: f"{value.dtype} {list(value.shape)}" for key, value in arrays.items()}
    assert {"numpy", "torch", "python"} <= set(record["versions"])
    assert record["cpu_seconds_one_thread"] > 0


def test_recorded_arrays_cannot_be_changed():
    arrays = recorded.load("table1")
    with pytest.raises(ValueError, match="read-only"):
        arrays["weights"][0] = 0
    arrays["weights"] = np.zeros(1)
    assert recorded.load("table1")["weights"].size > 1


@pytest.mark.parametrize("name", ["nothing", "../secret", "", None, 3])
def test_what_is_not_recorded_is_refused_with_the_cure(name):
    with pytest.raises(BadInput, match=r"name must be a recorded run, got .*; there are .*table1"):
        recorded.load(name)


def test_an_installed_package_reads_its_own_copy(tmp_path, monkeypatch):
    np.savez(tmp_path / "table1.npz", value=np.ones(2))
    monkeypatch.setattr(recorded, "FOLDERS", (tmp_path, FOLDER))
    assert recorded.load("table1")["value"].tolist() == [1, 1]


def test_a_recording_is_written_with_its_provenance(tmp_path, monkeypatch):
    (tmp_path / "made_here.py").write_text(
        "import numpy as np\ndef make():\n    return {'x': np.arange(3)}, {'seeds': '7'}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(MAKE.RECORDS, "tiny", "made_here")
    path = MAKE.write("tiny", tmp_path)
    assert np.load(path)["x"].tolist() == [0, 1, 2]
    assert json.loads((tmp_path / "tiny.json").read_text(encoding="utf-8"))["seeds"] == "7"
    before = path.read_bytes()
    assert MAKE.write("tiny", tmp_path).read_bytes() == before
    monkeypatch.setattr(MAKE, "LARGEST", 10)
    with pytest.raises(ValueError, match=r"tiny\.npz must be at most 10 bytes"):
        MAKE.write("tiny", tmp_path)


def test_a_recording_that_nobody_makes_is_refused(capsys):
    with pytest.raises(SystemExit):
        MAKE.main(["nothing"])
    assert "there is no recording nothing" in capsys.readouterr().err
