"""Which package may load what: the table of the architecture, proved in fresh interpreters."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UPPER = ("kdviz.lessons", "kdviz.app", "kdviz.serve")
# package -> what importing any of its modules must not bring along
BANNED = {
    "kdviz": ("numpy", "torch", "plotly", "ipywidgets", "kdviz.core"),
    "kdviz.core": ("torch", "plotly", "ipywidgets", "kdviz.figures", *UPPER),
    "kdviz.train": ("plotly", "ipywidgets", "kdviz.figures", *UPPER),
    "kdviz.doctor": ("torch", "plotly", "ipywidgets", "kdviz.figures", *UPPER),
    "kdviz.figures": ("torch", "plotly", "ipywidgets", *UPPER),
    "kdviz.lessons": ("torch", "plotly", "ipywidgets", "kdviz.app", "kdviz.serve"),
    "kdviz.app": ("torch", "plotly", "kdviz.serve"),
    "kdviz.serve": ("torch", "plotly"),
    "kdviz.words": ("numpy", "torch", "plotly", "ipywidgets"),
}
PROBE = """
import importlib, sys
for module in {modules}:
    importlib.import_module(module)
    loaded = [name for name in {banned} if name in sys.modules]
    if loaded:
        sys.exit(f"import {{module}} loads {{', '.join(loaded)}}")
"""
PAGE = """
import sys
from kdviz import lessons
for slug in lessons.CATALOGUE:
    lesson = lessons.load(slug)
    result = lesson.compute(lesson.params())
    for draw in lesson.figures:
        draw(result)
    loaded = [name for name in ("torch", "plotly") if name in sys.modules]
    if loaded:
        sys.exit(f"{slug} loads {', '.join(loaded)}")
"""


def complaint(code: str) -> str:
    """Run code in a fresh interpreter where warnings are errors; return its last words ('' when all is well)."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stderr.strip() if done.returncode else ""


def modules(package: str) -> list[str]:
    """Return the package and every module below it, found on disk without importing anything; `kdviz` stands alone."""
    folder = ROOT / package.replace(".", "/")
    found = [] if package == "kdviz" else sorted(folder.rglob("*.py"))
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in found}
    return sorted(names | {package})


def present() -> list[str]:
    """Return the packages of kdviz that exist."""
    return ["kdviz", *sorted(f"kdviz.{path.parent.name}" for path in (ROOT / "kdviz").glob("*/__init__.py"))]


@pytest.mark.parametrize("package", present())
def test_a_package_loads_nothing_above_or_beside_its_layer(package):
    assert package in BANNED, f"{package} is new: add its row to the table in this file and in CONTRIBUTING.md"
    said = complaint(PROBE.format(modules=modules(package), banned=BANNED[package]))
    if said.endswith("No module named 'torch'"):
        raise ModuleNotFoundError(said, name="torch")  # a failure, or counted as not run with KDVIZ_NO_TORCH=1
    assert said == ""


def test_computing_and_drawing_every_lesson_needs_neither_torch_nor_plotly():
    assert complaint(PAGE) == ""


def test_the_probe_notices_a_module_that_loads_something_banned():
    assert (
        complaint(PROBE.format(modules=["kdviz.core.arrays"], banned=("numpy",)))
        == "import kdviz.core.arrays loads numpy"
    )


def test_the_probe_notices_a_module_that_cannot_be_imported():
    assert "No module named 'kdviz.nothing'" in complaint(PROBE.format(modules=["kdviz.nothing"], banned=()))


def test_every_module_is_probed():
    assert {"kdviz.core", "kdviz.core.arrays", "kdviz.core.params"} <= set(modules("kdviz.core"))
