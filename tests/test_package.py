"""`import kdviz as kd`: every name is there, loaded when it is first used, and typed."""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import kdviz as kd

ROOT = Path(kd.__file__).parent
OTHERS = ("mean_runs", "params", "race_runs", "untrusted")  # move out of the core


def test_the_package_offers_what_it_names():
    pytest.importorskip("torch")
    assert set(kd.__all__) == set(dir(kd))
    for name in kd.__all__:
        assert getattr(kd, name) is not None
    with pytest.raises(AttributeError, match="offers KD"):
        kd.nothing  # noqa: B018


def test_an_editor_sees_what_is_loaded_later():
    """The names under TYPE_CHECKING are those of `_HOME`, from the same modules."""
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {node.names[0].asname: node.module for node in block.body}
    assert seen == {name: f"kdviz.{home}" for name, home in kd._HOME.items()}


def test_training_is_a_step_away_and_costs_nothing_before():
    pytest.importorskip("torch")
    code = """
import sys, kdviz as kd
kd.KD(4.0).value([1.0, 2.0], [2.0, 1.0]); kd.gap, kd.softmax
assert "torch" not in sys.modules
*_, last = kd.fit([kd.Run(kd.CE())], kd.Plan(kd.MLP((4,)), kd.Adam(), steps=2), kd.digits().x[:50], kd.digits().y[:50])
assert last.step == 2 and "kdviz.train.sweep" not in sys.modules and "plotly" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_torch_the_cure_is_named():
    code = """
import sys
sys.modules["torch"] = None  # as if it were not installed
import kdviz as kd
kd.KD, kd.temperature_for
try:
    kd.fit
except ModuleNotFoundError as missing:
    print(missing)
"""
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert said.strip() == "kdviz.fit needs torch, which is not installed; pip install 'kdviz[train]'"


def test_type_checkers_may_read_the_package():
    assert (ROOT / "py.typed").exists()


def public(module):
    """Functions and methods that a module offers."""
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(thing):
            yield name, thing
        elif inspect.isclass(thing) and issubclass(thing, importlib.import_module("kdviz.losses.base").Loss):
            yield from ((f"{name}.{key}", it) for key, it in vars(thing).items() if inspect.isfunction(it))


@pytest.mark.parametrize(
    "name",
    [
        f"{path.parent.name}.{path.stem}"
        for folder in ("core", "losses")
        for path in (ROOT / folder).glob("[a-z]*.py")
        if path.stem not in (*OTHERS, "forms")
    ],
)
def test_public_functions_of_the_mathematics_say_their_types(name):
    module, missing = importlib.import_module(f"kdviz.{name}"), []
    for where, function in public(module):
        given = set(inspect.signature(function).parameters) - {"self"} | {"return"}
        if where.rpartition(".")[2] not in ("_key", "_parts") and not where.rpartition(".")[2].startswith("__"):
            missing += [f"{where}: {part}" for part in given - set(function.__annotations__)]
    assert missing == []
