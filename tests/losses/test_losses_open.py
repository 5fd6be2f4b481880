"""A loss is one file and one line: nobody else knows of which kind it is."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kdviz.losses import CE, KD, LM, LOSSES

ROOT = Path(__file__).parents[2]


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


@pytest.fixture(scope="module")
def toy():
    """What a fresh interpreter finds of a loss that is registered there and nowhere else."""
    pytest.importorskip("torch")
    command = [sys.executable, "-W", "error", "-m", "tests.support.toy_loss"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    *output, last = done.stdout.splitlines()
    return json.loads(last) | {"output": "\n".join(output)}


@pytest.mark.parametrize(("slug", "place"), [("04_who_moves_the_mean", 5), ("05_training_race", 7)])
def test_a_loss_that_is_registered_is_a_choice_on_the_pages_and_trains_there(toy, slug, place):
    page = toy["pages"][slug]
    assert page["notes"] == [] and list(page["options"].items())[place:] == [("log_cosh", "log cosh")]
    waiting, live = page["verdicts"]
    assert "Press Play" in waiting and "log cosh" in live and "LM sees" not in live
    assert "nan" not in live and len(page["rows"]) == {5: 4, 7: 11}[place]
    if place == 7:
        assert page["rows"][-1] == ["log cosh", 10] and "log cosh loses" in live


def test_a_loss_that_is_registered_is_swept_and_found_by_value(toy):
    assert toy["swept"] == [*map(str, LOSSES.values()), "LogCosh()"] and 0 < toy["accuracy"] < 1


def test_a_loss_that_is_registered_is_held_to_the_contract(toy):
    assert toy["contract"] == 0, toy["output"]
    tree = ast.parse((ROOT / "tests/losses/test_losses.py").read_text(encoding="utf-8"))
    tests = [node for node in tree.body if "every_loss" in map(ast.unparse, getattr(node, "decorator_list", ()))]
    assert len(tests) >= 12
    assert [one.name for one in tests if not re.search(rf"{one.name}\[.*log_cosh\] PASSED", toy["output"])] == []


def test_without_it_no_page_offers_more_than_its_own_losses():
    from kdviz.pages.training_race import runs
    from kdviz.pages.who_moves_the_mean import traces

    assert runs.OTHERS == traces.OTHERS == {} and "log_cosh" not in LOSSES
