"""A loss is one file and one line: nobody else knows of which kind it is."""

import ast
from pathlib import Path

import pytest

from kdviz.losses import CE, KD, LM, LOSSES

ROOT = Path(__file__).parents[1]


def kinds_asked_for(source):
    """The classes of losses that a source compares with by `isinstance` or `issubclass`."""
    names = {type(loss).__name__ for loss in LOSSES.values()} | {"Sum"}
    asked = [
        node.args[1]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("isinstance", "issubclass")
    ]
    inner = [part for kind in asked for part in ast.walk(kind)]
    return sorted(names & {getattr(part, "id", getattr(part, "attr", "")) for part in inner})


def test_nobody_asks_of_which_kind_a_loss_is():
    """A loss says what it uses and can do, so that one more needs no line elsewhere."""
    folders = [folder for folder in (ROOT / "kdviz").iterdir() if folder.name != "losses"] + [ROOT / "benchmarks"]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    found = {path.name: kinds_asked_for(path.read_text(encoding="utf-8")) for path in files}
    assert len(files) > 100 and {name: kinds for name, kinds in found.items() if kinds} == {}
    assert kinds_asked_for("isinstance(x, KD), isinstance(x, (int, losses.Sum)), issubclass(x, Loss)") == ["KD", "Sum"]


def test_a_loss_is_known_by_what_was_put_away_when_it_lived_in_another_module():
    """The marks in saved states of training, made with 0.1.0: they hold no name of a module."""
    pytest.importorskip("torch")
    from kdviz.train.identity import digest
    from kdviz.train.plans import Run

    kept = {KD(4.0): "9daae7347145e50", LM(): "426964c7ea54c88", 0.1 * CE() + 0.9 * KD(4): "07143147a664915"}
    assert {loss: digest(Run(loss), "runs")[:15] for loss in kept} == kept
