"""The part of a page that never changes while it is open, as JSON: texts, knobs, presets, neighbours, colours."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kdviz import __version__
from kdviz.app import live
from kdviz.app.link import Shell
from kdviz.charts.theme import DARK
from kdviz.core.params import Knob, knobs
from kdviz.pages import Page
from kdviz.pages.catalogue import CATALOGUE, title
from kdviz.words import W


def knob_spec(knob: Knob) -> dict[str, Any]:
    """Return one knob as JSON; infinity is written "inf", options as [value, text] pairs."""
    spec = asdict(knob)
    spec["options"] = [list(pair) for pair in zip(knob.options, spec.pop("texts"), strict=True)]
    if spec["default"] == float("inf"):
        spec["default"] = "inf"
    return spec


def neighbour(slug: str, step: int) -> dict[str, str] | None:
    """Return {slug, title} of the page before (-1) or after (+1), None at the ends."""
    slugs = list(CATALOGUE)
    at = slugs.index(slug) + step if slug in CATALOGUE else -1
    return {"slug": slugs[at], "title": title(slugs[at])} if 0 <= at < len(slugs) else None


def picked_charts(page: Page) -> list[int]:
    """Return the charts in which a press of the pointer sets something."""
    charts = range(len(page.figures) if page.pick else 0)
    return [chart for chart in charts if page.pick and page.pick(page.params(), chart, 1.0, 1.0) is not None]


def live_spec(page: Page) -> dict[str, Any] | None:
    """Return what the browser needs for the buttons of a live run, None for a page without one."""
    if page.train is None:
        return None
    seeded = any(knob.key == "seed" for knob in knobs(page.params))
    return {"missing": "" if live.able() else live.MISSING, "seeded": seeded}


def page_spec(page: Page, shell: Shell) -> dict[str, Any]:
    """Return what the browser needs to build the page of `page` once."""
    return {
        "slug": page.slug,
        "title": page.title,
        "goal": page.goal,
        "knobs": [knob_spec(knob) for knob in knobs(page.params)],
        "presets": [[name, preset.title, preset.why] for name, preset in page.presets.items()],
        "predict": page.predict._asdict() if page.predict else None,
        "tasks": [task._asdict() for task in page.tasks],
        "reading": [list(entry) for entry in page.reading],
        "live": live_spec(page),
        "picks": picked_charts(page),
        "dark": DARK,
        "hide": list(shell.hide),
        "lock": list(shell.lock),
        "theme": shell.theme,
        "mode": shell.mode,
        "before": neighbour(page.slug, -1),
        "after": neighbour(page.slug, +1),
        "labels": W.LABELS["page"],
        "colophon": (W.LIVE_SOURCE if page.train else W.SOURCE).format(version=__version__),
    }
