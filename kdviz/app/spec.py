"""The part of a page that never changes while it is open, as JSON: texts, knobs, presets, neighbours, colours."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

from kdviz import __version__
from kdviz.app import runner
from kdviz.app.forms import Knob as KnobSpec
from kdviz.app.forms import LiveSpec, Neighbour, Spec
from kdviz.app.link import Shell
from kdviz.charts.theme import DARK
from kdviz.core.params import Knob, knobs
from kdviz.pages import Page
from kdviz.pages.catalogue import CATALOGUE, title
from kdviz.words import W


def knob_spec(knob: Knob) -> KnobSpec:
    """Return one knob as JSON; infinity is written "inf", options as [value, text] pairs."""
    spec = asdict(knob)
    spec["options"] = list(zip(knob.options, spec.pop("texts"), strict=True))
    if spec["default"] == float("inf"):
        spec["default"] = "inf"
    return cast(KnobSpec, spec)


def neighbour(slug: str, step: int) -> Neighbour | None:
    """Return {slug, title} of the page before (-1) or after (+1), None at the ends."""
    slugs = list(CATALOGUE)
    at = slugs.index(slug) + step if slug in CATALOGUE else -1
    return {"slug": slugs[at], "title": title(slugs[at])} if 0 <= at < len(slugs) else None


def picked_charts(page: Page) -> list[int]:
    """Return the charts in which a press of the pointer sets something."""
    charts = range(len(page.figures) if page.pick else 0)
    return [chart for chart in charts if page.pick and page.pick(page.params(), chart, 1.0, 1.0) is not None]


def live_spec(page: Page) -> LiveSpec | None:
    """Return what the browser needs for the buttons of a live run, None for a page without one."""
    if page.train is None:
        return None
    seeded = any(knob.key == "seed" for knob in knobs(page.params))
    return {"missing": "" if runner.able() else W.NO_TORCH, "seeded": seeded}


def page_spec(page: Page, shell: Shell) -> Spec:
    """Return what the browser needs to build the page of `page` once."""
    asked, options, answer, why = page.predict
    return {
        "slug": page.slug,
        "title": page.title,
        "goal": page.goal,
        "knobs": [knob_spec(knob) for knob in knobs(page.params)],
        "presets": [(name, preset.title, preset.why) for name, preset in page.presets.items()],
        "predict": {"question": asked, "options": list(options), "answer": answer, "why": why},
        "tasks": [{"question": task.question, "answer": task.answer} for task in page.tasks],
        "reading": list(page.reading),
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
