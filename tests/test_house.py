"""The house rules that a machine can check."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kdviz.losses import LOSSES
from kdviz.pages.catalogue import CATALOGUE

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "dashboards").glob("*.ipynb"))
VENDORED = ROOT / "share/jupyter/labextensions/kdviz/static"
URL = re.compile(r"""(?:https?:|wss?:|["'(=]\s*)//[\w.-]+""")
SERVED = (".js", ".css", ".j2", ".html", ".svg")
NAMESPACES = ("http://www.w3.org/",)  # a name, never fetched


def ours(*endings: str) -> list[Path]:
    """Return our own files with one of these endings; vendored libraries are not ours."""
    folders = ("benchmarks", "dashboards", "data", "kdviz", "share", "tests", "tools")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    found += [path for path in ROOT.iterdir() if path.is_file()]
    skipped = ("__pycache__", ".ipynb_checkpoints", "node_modules")
    found = [path for path in found if path.suffix in endings and not set(skipped) & set(path.parts)]
    return sorted(path for path in found if VENDORED not in path.parents)


def named(path: Path) -> str:
    """Return a path as test id."""
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_longer_than_250_lines():
    lengths = {
        named(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in ours(".py", ".js", ".css", ".j2", ".html")
    }
    assert {name: length for name, length in lengths.items() if length > 250} == {}


def test_contributing_fits_on_a_screen_and_a_half():
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) <= 60


def test_no_module_is_called_utils():
    assert [
        named(path) for path in ours(".py", ".js") if path.stem in {"utils", "util", "helpers", "misc", "common_utils"}
    ] == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=named)
def test_a_dashboard_is_ten_lines_of_code_without_outputs(notebook):
    content = json.loads(notebook.read_text(encoding="utf-8"))
    cells = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    code = "".join("".join(cell["source"]) + "\n" for cell in cells)
    assert sum(bool(line.strip()) for line in code.splitlines()) <= 10
    assert not any(isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda) for node in ast.walk(ast.parse(code)))
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
    assert len({cell["id"] for cell in content["cells"]}) == len(content["cells"])
    assert set(content["metadata"]["language_info"]) == {"name"}  # no version of whoever saved it last


def test_the_index_links_every_dashboard_and_only_those():
    assert [path.stem for path in NOTEBOOKS if path.stem != "index"] == list(CATALOGUE)
    assert (ROOT / "dashboards" / "index.ipynb").exists()


def foreign(text: str) -> list[str]:
    """Return the addresses of other hosts in a source, XML namespaces apart; words after `*` or `//` are comments."""
    code = [line for line in text.splitlines() if not line.lstrip().startswith(("*", "//", "/*", "<!--", "{#"))]
    return [
        found
        for line in code
        for found in URL.findall(line)
        if not line[line.find(found) :].lstrip("\"'(= ").startswith(NAMESPACES)
    ]


@pytest.mark.parametrize("path", [path for path in ours(*SERVED) if ROOT / "tests" not in path.parents], ids=named)
def test_a_page_names_no_other_host(path):
    assert foreign(path.read_text(encoding="utf-8")) == []


def test_the_search_for_other_hosts_finds_them():
    assert foreign('<script src="https://cdn.example.org/x.js">') == ["https://cdn.example.org"]
    assert foreign('<link href="//cdn.example.org/x.css">') == ['"//cdn.example.org']
    assert foreign("@import url(//cdn.example.org/x.css)") == ["(//cdn.example.org"]
    assert foreign('const ns = "http://www.w3.org/2000/svg"; // a name') == []


def public(path: Path) -> list[ast.FunctionDef | ast.ClassDef]:
    """Return the functions and classes that a module offers."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return [node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")]


@pytest.mark.parametrize("path", [path for path in ours(".py") if ROOT / "kdviz" in path.parents], ids=named)
def test_every_module_and_public_name_says_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "the module has no docstring"
    assert [node.name for node in public(path) if not ast.get_docstring(node)] == []


@pytest.mark.parametrize(
    "path", [path for name in ("core", "losses") for path in sorted((ROOT / "kdviz" / name).glob("*.py"))], ids=named
)
def test_every_public_function_of_the_mathematics_has_an_example(path):
    functions = [node for node in public(path) if isinstance(node, ast.FunctionDef)]
    assert [node.name for node in functions if ">>>" not in (ast.get_docstring(node) or "")] == []


def test_every_loss_has_an_example():
    assert [type(loss).__name__ for loss in LOSSES.values() if ">>>" not in (type(loss).__doc__ or "")] == []


@pytest.mark.parametrize("command", [("check",), ("format", "--check")], ids=" ".join)
def test_ruff_is_content(command):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "."], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]


def test_the_types_hold():
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
