"""`import kdviz as kd`: every name is there, loaded when it is first used, and typed."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import kdviz as kd

ROOT = Path(kd.__file__).parent


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
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert printed.strip() == "kdviz.fit needs torch, which is not installed; pip install 'kdviz[train]'"


def test_type_checkers_may_read_the_package():
    assert (ROOT / "py.typed").exists()


def test_every_function_that_a_reader_calls_says_its_types():
    """mypy refuses one that does not (`test_the_types_hold`), in these packages."""
    settings = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    strict = [one["module"] for one in settings["overrides"] if one.get("disallow_untyped_defs")]
    assert {"kdviz.core.*", "kdviz.losses.*", "kdviz.train.*", "kdviz.charts.*", "kdviz.app.*"} <= set(strict[0])
    loose = [one for one in settings["overrides"] if one.get("disallow_untyped_defs") is False]
    assert settings["check_untyped_defs"] and not loose
