"""What a learner takes away agrees with what is on the screen."""

from __future__ import annotations

import json

import pytest

from kdviz.app import export, link
from kdviz.core.params import clean
from kdviz.pages.catalogue import CATALOGUE, load

HERO = load("02_gradient_gap")


def test_exports_agree_with_the_state() -> None:
    params = link.read(HERO, "T=20&K=10")[0]
    result = HERO.compute(params)
    table = HERO.table(result)
    lines = export.as_csv(HERO, result).splitlines()
    assert len(lines) == 1 + len(table.rows)
    assert float(lines[1].split(",")[1]) == float(table.rows[0][1])
    stored = json.loads(export.as_json(HERO, params))
    assert clean(HERO.params, stored["state"])[0] == params
    assert link.read(HERO, stored["link"].split("?")[1])[0] == params


@pytest.mark.parametrize("slug", CATALOGUE)
@pytest.mark.parametrize("query", ["T=0.05&K=2", "T=20", "T=1e6", "T=inf", "T=1e5&K=1000&printed=1"])
def test_the_latex_of_a_verdict_needs_no_package_for_unicode(slug: str, query: str) -> None:
    lesson = load(slug)
    params = link.read(lesson, query)[0]
    result = lesson.compute(params)
    text = export.as_latex(lesson, params, result)
    assert lesson.formula(result) in text
    assert [letter for letter in text if ord(letter) > 127] == []
