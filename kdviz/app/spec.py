"""The part of a page that never changes while it is open, as JSON: texts, knobs, presets, neighbours, colours."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kdviz import __version__
from kdviz.app import live
from kdviz.app.link import Shell
from kdviz.core.params import Knob, knobs
from kdviz.figures.theme import DARK
from kdviz.lessons import CATALOGUE, Lesson
from kdviz.words.en import LABELS

SOURCE = "Every number on this page is computed from the settings on this page."
LIVE_SOURCE = (
    "Every number on this page is computed from the recorded run of its settings, or from the run made here; "
    "data/ holds the records and the command that makes them."
)


def knob_spec(knob: Knob) -> dict[str, Any]:
    """Return one knob as JSON; infinity is written "inf", options as [value, text] pairs."""
    spec = asdict(knob)
    options = knob.options.items() if isinstance(knob.options, dict) else ((item, item) for item in knob.options or ())
    spec["options"] = [[str(value), str(text)] for value, text in options]
    if spec["default"] == float("inf"):
        spec["default"] = "inf"
    return spec


def neighbour(slug: str, step: int) -> dict[str, str] | None:
    """Return {slug, title} of the page before (-1) or after (+1), None at the ends."""
    slugs = list(CATALOGUE)
    at = slugs.index(slug) + step if slug in CATALOGUE else -1
    return {"slug": slugs[at], "title": CATALOGUE[slugs[at]]} if 0 <= at < len(slugs) else None


def picked_charts(lesson: Lesson) -> list[int]:
    """Return the charts in which a press of the pointer sets something."""
    charts = range(len(lesson.figures) if lesson.pick else 0)
    return [chart for chart in charts if lesson.pick and lesson.pick(lesson.params(), chart, 1.0, 1.0) is not None]


def live_spec(lesson: Lesson) -> dict[str, Any] | None:
    """Return what the browser needs for the buttons of a live run, None for a lesson without one."""
    if lesson.train is None:
        return None
    seeded = any(knob.key == "seed" for knob in knobs(lesson.params))
    return {"missing": "" if live.able() else live.MISSING, "seeded": seeded}


def page_spec(lesson: Lesson, shell: Shell) -> dict[str, Any]:
    """Return what the browser needs to build the page of `lesson` once."""
    return {
        "slug": lesson.slug,
        "title": lesson.title,
        "goal": lesson.goal,
        "knobs": [knob_spec(knob) for knob in knobs(lesson.params)],
        "presets": [[name, preset.title, preset.why] for name, preset in lesson.presets.items()],
        "predict": lesson.predict._asdict() if lesson.predict else None,
        "tasks": [task._asdict() for task in lesson.tasks],
        "reading": [list(entry) for entry in lesson.reading],
        "live": live_spec(lesson),
        "picks": picked_charts(lesson),
        "dark": DARK,
        "hide": list(shell.hide),
        "lock": list(shell.lock),
        "theme": shell.theme,
        "mode": shell.mode,
        "before": neighbour(lesson.slug, -1),
        "after": neighbour(lesson.slug, +1),
        "labels": LABELS["page"],
        "colophon": f"kdviz {__version__}. {LIVE_SOURCE if lesson.train else SOURCE}",
    }
