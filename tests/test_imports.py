"""Which package may load what: the table of the architecture, proved in fresh interpreters."""

import ast
import graphlib

import pytest

from tests.support.fresh import ROOT, complaint

HEAVY = ("torch", "plotly", "ipywidgets")
UPPER = ("kdviz.pages", "kdviz.app", "kdviz.serve")
# package -> what importing any of its modules must not bring along
BANNED = {
    "kdviz": ("numpy", *HEAVY, "kdviz.core"),
    "kdviz.words": ("numpy", *HEAVY, "kdviz.core", "kdviz.charts", *UPPER),
    "kdviz.core": (*HEAVY, "kdviz.words", "kdviz.charts", "kdviz.losses", "kdviz.train", *UPPER),
    "kdviz.losses": (*HEAVY, "kdviz.words", "kdviz.charts", "kdviz.train", *UPPER),
    "kdviz.state": (*HEAVY, "kdviz.charts", *UPPER),
    "kdviz.problems": ("plotly", "ipywidgets", "kdviz.train", "kdviz.charts", *UPPER),
    "kdviz.train": ("plotly", "ipywidgets", "kdviz.charts", *UPPER),
    "kdviz.doctor": (*HEAVY, "kdviz.charts", *UPPER),
    "kdviz.watch": (*HEAVY, "kdviz.charts", *UPPER),
    "kdviz.study": (*HEAVY, "kdviz.charts", "kdviz.app", "kdviz.serve"),
    "kdviz.charts": (*HEAVY, "kdviz.train", *UPPER),
    "kdviz.pages": (*HEAVY, "kdviz.train", "kdviz.app", "kdviz.serve"),
    "kdviz.app": ("torch", "plotly", "kdviz.serve"),
    "kdviz.serve": ("torch", "plotly"),
}
# what a process without widgets opens a page with
BARE = ("session", "screen", "spec", "protocol", "forms", "frames", "link", "export", "errors", "run", "runner")
BANNED_BARE = (*HEAVY, "anywidget", "traitlets", "multiprocessing", "socket", "asyncio", "kdviz.serve", "kdviz.train")
RUNS = {"run", "record"}  # files of a page that train
BANNED_RUNS = ("plotly", "ipywidgets", "kdviz.app", "kdviz.serve")
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
from kdviz.pages.catalogue import CATALOGUE, load
for slug in CATALOGUE:
    page = load(slug)
    result = page.compute(page.params())
    for draw in page.figures:
        draw(result)
    loaded = [name for name in ("torch", "plotly") if name in sys.modules]
    if loaded:
        sys.exit(f"{slug} loads {', '.join(loaded)}")
"""
OPEN = """
import sys, threading
from kdviz.app.session import Session
from kdviz.pages.catalogue import CATALOGUE, load
for slug in CATALOGUE:
    session = Session.open(load(slug), "T=3")
    session.whole()
    for message in ({{"kind": "change", "values": {{"T": 5}}, "seq": 1}}, {{"kind": "want", "what": "csv"}}):
        assert session.receive(message)
    loaded = [name for name in {banned} if name in sys.modules]
    if loaded or threading.active_count() > 1:
        sys.exit(f"{{slug}} loads {{loaded}}")
"""
TITLES = """
import sys
from kdviz.pages.catalogue import CATALOGUE, title
titles = [title(slug) for slug in CATALOGUE]
if "numpy" in sys.modules:
    sys.exit("titles load numpy")
"""
INDEX = """
import sys
from kdviz.core import params
made = []
clean = params.clean
params.clean = lambda *given: made.append(given) or clean(*given)
from kdviz.app import show_index
from kdviz.pages import catalogue
show_index("")
computed = [slug for slug in catalogue.CATALOGUE if "tasks" in vars(catalogue.load(slug))]
if computed or made:
    sys.exit(f"the index computes {computed} {made}")
"""


def modules(package: str) -> list[str]:
    """Return the package and every module below it, found on disk without importing anything; `kdviz` stands alone."""
    folder = ROOT / package.replace(".", "/")
    found = [] if package == "kdviz" else sorted(folder.rglob("*.py"))
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in found}
    return sorted(names | {package})


def training(module: str) -> bool:
    """Tell whether a module is one of those of a page that train."""
    return module.startswith("kdviz.pages.") and module.rpartition(".")[2] in RUNS


def present() -> list[str]:
    """Return the packages of kdviz that exist."""
    return ["kdviz", *sorted(f"kdviz.{path.parent.name}" for path in (ROOT / "kdviz").glob("*/__init__.py"))]


def probed(names: list[str], banned: tuple[str, ...]) -> None:
    """Fail where importing one of these modules brings along what is banned."""
    loaded = complaint(PROBE.format(modules=names, banned=banned))
    if loaded.endswith("No module named 'torch'"):
        raise ModuleNotFoundError(loaded, name="torch")  # a failure, or counted as not run with KDVIZ_NO_TORCH=1
    assert loaded == ""


@pytest.mark.parametrize("package", present())
def test_a_package_loads_nothing_above_or_beside_its_layer(package):
    assert package in BANNED, f"{package} is new: add its row to the table in this file and in CONTRIBUTING.md"
    probed([module for module in modules(package) if not training(module)], BANNED[package])


def test_what_trains_for_a_page_knows_no_widget():
    names = [module for module in modules("kdviz.pages") if training(module)]
    assert len(names) >= 6
    probed(names, BANNED_RUNS)


def test_toy_logits_and_what_data_sets_there_are_are_known_without_torch():
    assert complaint(PROBE.format(modules=["kdviz.problems", "kdviz.problems.logits"], banned=HEAVY)) == ""


def test_computing_and_drawing_every_page_needs_neither_torch_nor_plotly():
    assert complaint(PAGE) == ""


def test_a_session_is_made_of_numpy_only():
    probed([f"kdviz.app.{name}" for name in BARE], BANNED_BARE)


def test_opening_any_page_as_a_session_needs_no_widget_and_no_thread():
    assert complaint(OPEN.format(banned=BANNED_BARE)) == ""


def test_the_titles_of_all_pages_cost_no_numpy():
    assert complaint(TITLES) == ""


def test_the_index_is_drawn_without_computing_anything():
    assert complaint(INDEX) == ""


def test_the_probe_notices_a_module_that_loads_something_banned():
    assert (
        complaint(PROBE.format(modules=["kdviz.core.arrays"], banned=("numpy",)))
        == "import kdviz.core.arrays loads numpy"
    )


@pytest.mark.parametrize("package", ["kdviz.core", "kdviz.words", "kdviz.charts", "kdviz.pages"])
def test_the_table_can_fail(package, tmp_path):
    (tmp_path / "one_more_module.py").write_text("import kdviz.app\n")
    code = PROBE.format(modules=["one_more_module"], banned=BANNED[package])
    assert "import one_more_module loads " in complaint(f"import sys; sys.path.append({str(tmp_path)!r})\n{code}")


def test_the_probe_notices_a_module_that_cannot_be_imported():
    assert "No module named 'kdviz.nothing'" in complaint(PROBE.format(modules=["kdviz.nothing"], banned=()))


def test_every_module_is_probed():
    assert {"kdviz.core", "kdviz.core.arrays", "kdviz.core.params"} <= set(modules("kdviz.core"))
    assert "kdviz.pages.temperature.words.en" in modules("kdviz.pages")


def imported(source: str, names: set[str]) -> set[str]:
    """Return which of these modules a source imports anywhere, for type checkers only too."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found & names


def circle(sources: dict[str, str]) -> list[str]:
    """Return a circle of imports among modules, [] where there is none; a package may name its own modules."""
    graph = {name: imported(source, set(sources)) - {name} for name, source in sources.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


@pytest.mark.parametrize("package", [name for name in present() if name not in ("kdviz", "kdviz.core")])
def test_the_modules_of_a_package_import_each_other_in_one_direction(package):
    files = {name: ROOT / f"{name.replace('.', '/')}.py" for name in modules(package)}
    assert circle({name: path.read_text(encoding="utf-8") for name, path in files.items() if path.exists()}) == []


def test_the_search_for_circles_finds_them():
    hidden = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.a import A"
    assert circle({"p.a": "import p.b", "p.b": hidden, "p.c": ""}) == ["p.a", "p.b", "p.a"]
    assert circle({"p.a": "from p import b", "p.b": "import p.c", "p.c": ""}) == []
