"""Where things are: tests share by `tests/support` only, and the map of the code has a sentence for each."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tools import codemap

ROOT = Path(__file__).parents[1]
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
BESIDE = {"browser", "golden", "js", "support", "tools"}  # folders of tests that are not about one package
WHOLE = {
    f"test_{name}" for name in ("contributing", "golden", "house", "imports", "layout", "names", "package", "readme")
}
STATIC = ROOT / "share/jupyter/labextensions/kdviz/static"
MADE = [*STATIC.glob("*.js"), ROOT / "kdviz/app/built/widget.js"]  # bundles and other people's libraries


def place(path: Path) -> str:
    """Return a path as test id."""
    return path.relative_to(ROOT).as_posix()


def borrowed(source: str) -> list[str]:
    """Return the test modules that a source imports, in code it hands to an interpreter too."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return sorted({name for name in found if re.fullmatch(r"(tests\.)?([\w.]+\.)?(test_\w+|conftest)", name)})


@pytest.mark.parametrize("path", [*TESTS, *sorted((ROOT / "tests/support").rglob("*.py"))], ids=place)
def test_no_test_module_imports_another_one(path):
    assert borrowed(path.read_text(encoding="utf-8")) == [], "move what is shared to tests/support"


def test_the_folders_of_tests_mirror_the_project():
    folders = {path.name for path in (ROOT / "tests").iterdir() if any(path.glob("*.py")) or any(path.glob("*.js"))}
    packages = {path.parent.name for path in (ROOT / "kdviz").glob("*/__init__.py")}
    assert folders - packages <= BESIDE
    assert {path.stem for path in (ROOT / "tests").glob("test_*.py")} <= WHOLE, "it belongs into a folder"
    prefixed = [place(path) for path in TESTS if path.stem.startswith(f"test_{path.parent.name}_")]
    assert [name for name in prefixed if not name.startswith(("tests/browser/", "tests/losses/"))] == []


def test_the_search_for_borrowed_tests_finds_them():
    assert borrowed("from tests.browser.test_pages import x") == ["tests.browser.test_pages"]
    assert borrowed("from tests import test_names") == ["tests.test_names"]
    assert borrowed("import tests.browser.conftest") == ["tests.browser.conftest"]
    assert borrowed("from tests.support.pages import result, test_me") == ["tests.support.pages.test_me"]
    assert borrowed("import pytest\nfrom tests.support import pages") == []


def test_the_map_of_the_code_is_current():
    assert codemap.main([]) == 0, "python tools/codemap.py --write"


@pytest.mark.parametrize("folder", list(codemap.folders()), ids=place)
def test_every_folder_and_every_source_says_what_it_is_for(folder):
    assert codemap.described(folder), "a folder without __init__.py needs its sentence in tools/codemap.py"
    named = {name for name, _ in codemap.entries(folder)}
    sources = {path.name for path in folder.iterdir() if path.suffix in (".py", ".js", ".css", ".j2", ".html")}
    assert sources - named - {"__init__.py"} <= {path.name for path in MADE}, "its first sentence is missing"


def test_the_map_has_sentences_for_nothing_that_is_gone():
    gone = [name for name in [*codemap.FOLDERS, *codemap.FILES] if not (ROOT / name).exists()]
    assert gone == []


def test_a_first_sentence_is_found(tmp_path):
    texts = {
        "a.py": '"""One. Two.\n\nThree."""',
        "b.js": "// One of\n// two. And\n\n// three",
        "c.md": "# 001 A title\n\nx",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert [codemap.spoken(tmp_path / name) for name in texts] == ["One.", "One of two.", "001 A title"]
