"""The README says what is so: its snippet prints what stands below it, its pages and pictures are there."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from kdviz.pages.catalogue import CATALOGUE, load, title

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


SNIPPETS = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("place", range(2), ids=["losses", "training"])
def test_a_snippet_prints_what_the_readme_says(place: int) -> None:
    snippet, output = SNIPPETS[place]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(snippet, {})
    assert printed.getvalue() == output


def test_the_first_snippet_is_six_lines_and_none_goes_unrun() -> None:
    assert len(SNIPPETS) == README.count("```python") == 2
    assert sum(bool(line.strip()) for line in SNIPPETS[0][0].splitlines()) == 6


def test_every_page_and_picture_of_the_readme_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README) + re.findall(r'src="([^"]+)"', README)
    local = [link for link in links if not link.startswith("http")]
    assert len(local) > 8
    assert [link for link in local if not (ROOT / link).exists()] == []


def test_the_pages_of_the_readme_are_those_of_the_catalogue() -> None:
    assert re.findall(r"dashboards/(\w+)\.ipynb", README) == list(CATALOGUE)
    for name in map(title, CATALOGUE):
        assert f"**{name if name.endswith('?') else f'{name}.'}**" in README


def test_the_links_for_teachers_name_keys_and_presets_that_exist() -> None:
    lesson = load("02_gradient_gap")
    assert re.search(r"preset=([\w-]+)", README).group(1) in lesson.presets
