"""What a learner takes away: numbers as CSV, state as JSON, verdict as LaTeX. Pure functions of a result."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

from kdviz.core.check import BadInput
from kdviz.core.params import knobs, to_query
from kdviz.pages import Page

LATEX = {
    **{letter: f"\\{letter}" for letter in "%&#_"},
    **{"−": "$-$", "∞": r"$\infty$", "≤": r"$\le$", "≥": r"$\ge$", "≈": r"$\approx$", "∝": r"$\propto$", "→": r"$\to$"},
    **{"·": r"$\cdot$", "×": r"$\times$", "½": r"$\tfrac12$", "‖": r"$\Vert$", "ℓ": r"$\ell$", "₁": "$_1$"},
    **{"±": r"$\pm$", "√": r"$\surd$"},
    **{"σ": r"$\sigma$", "Σ": r"$\Sigma$", "–": "--", "’": "'", "\u2009": r"\,", "\u202f": r"\,", "\u00a0": "~"},
    **{"“": "``", "”": "''"},
}
RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def latex(text: str) -> str:
    """Return text of a page as LaTeX that needs no package for Unicode.

    >>> print(latex("2.31×10⁻⁴ is 5 %"))
    2.31$\\times$10$^{-4}$ is 5 \\%
    >>> print(latex("“w\N{COMBINING MACRON}”"))
    ``$\\bar{w}$''
    """
    raised = re.sub("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda found: f"$^{{{found[0].translate(RAISED)}}}$", text)
    barred = re.sub("(.)\N{COMBINING MACRON}", r"$\\bar{\1}$", raised)
    return "".join(LATEX.get(letter, letter) for letter in barred)


def values(params: Any) -> dict[str, Any]:
    """Return {key: value} of every knob; infinity is written `"inf"`, so that the result is JSON."""
    found = {knob.key: getattr(params, knob.name) for knob in knobs(params)}
    return {key: ("inf" if value == float("inf") else value) for key, value in found.items()}


def as_csv(page: Page, result: Any) -> str:
    """Return the data table of the page as CSV, headers first."""
    out = io.StringIO()
    table = page.table(result)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([re.sub(r"</?\w+>", "", cell) for cell in table.header])
    writer.writerows([[str(cell).replace("−", "-") for cell in row] for row in table.rows])
    return out.getvalue()


def as_json(page: Page, params: Any) -> str:
    """Return page, schema version and state as JSON; the link of the same state is part of it."""
    state = {"page": page.slug, "v": 1, "state": values(params), "link": f"{page.slug}.ipynb?{to_query(params)}"}
    return json.dumps(state, indent=2, ensure_ascii=False) + "\n"


def as_latex(page: Page, params: Any, result: Any) -> str:
    """Return the verdict as text, the formula as a display and the settings as a comment, ready for a LaTeX file."""
    settings = ", ".join(f"{key} = {value}" for key, value in values(params).items() if value != "")
    return f"% {page.slug}: {settings}\n{latex(page.verdict(result))}\n\\[\n  {page.formula(result)}\n\\]\n"


def files(page: Page, params: Any, result: Any, what: str) -> tuple[str, str, str]:
    """Return (file name, MIME type, content) of one export: `csv`, `json` or `latex`."""
    if what == "csv":
        return f"kdviz-{page.slug}.csv", "text/csv", as_csv(page, result)
    if what == "json":
        return f"kdviz-{page.slug}.json", "application/json", as_json(page, params)
    if what == "latex":
        return f"kdviz-{page.slug}.tex", "text/x-tex", as_latex(page, params, result)
    raise BadInput(f"export: no {what!r:.30}; choose csv, json or latex")
