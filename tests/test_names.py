"""One word per thing: names that were given up stay away, in code and in what is written about it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("kdviz", "tests", "tools", "benchmarks", "data")
GIVEN_UP = {"alone", "contestant", "contestants", "school", "classroom", "judge", "judged", "said", "told", "dress"}
GIVEN_UP |= {"dresses", "house", "room"}
SOURCES = [*sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")), ROOT / "run.py"]
DOCUMENTS = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
IN_TEXT = re.compile(r"\b(contestants?|classrooms?|lecture room|in our copy|dress|dresses)\b", re.IGNORECASE)


def place(path: Path) -> str:
    """Return a path as test id."""
    return path.relative_to(ROOT).as_posix()


def names(source: str) -> set[str]:
    """Return every identifier of a source: names, attributes, arguments, keywords, functions, classes, modules."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        for field in ("id", "attr", "arg", "name", "asname", "module"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                found.add(value)
    return found


def given_up(source: str) -> list[str]:
    """Return the identifiers of a source that hold a word which was given up."""
    return sorted(name for name in names(source) if set(re.split(r"[_.]", name.lower())) & GIVEN_UP)


@pytest.mark.parametrize("path", SOURCES, ids=place)
def test_no_identifier_holds_a_word_that_was_given_up(path):
    assert given_up(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=place)
def test_no_document_holds_a_word_that_was_given_up(path):
    assert IN_TEXT.findall(path.read_text(encoding="utf-8")) == []


def test_the_search_for_words_finds_them():
    assert given_up("self.said = 1") == ["said"]
    assert given_up("def judge_all(house): pass") == ["house", "judge_all"]
    assert given_up("from kdviz.serve import told as x\ncall(room=1)") == ["room", "told"]
    assert given_up("roommate = message = 'said'") == []
