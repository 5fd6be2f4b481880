"""What is noted of a page at a link, as JSON: numbers as fingerprints, sentences as they are."""

import hashlib
import random
from urllib.parse import urlencode

import numpy as np

from kdviz.app import export, frames, link, spec
from kdviz.core import recorded
from kdviz.core.params import knobs, to_query
from kdviz.pages.catalogue import CATALOGUE, load

COUNT = 40
NEW = ("live", "dark", "labels")  # of the fixed part of a page: what is not noted
TOUR = 5  # links whose exports are noted in full


def machine():
    """What decides the last bit of exp, log and sums: NumPy and the instructions that it uses here."""
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    return f"numpy {np.__version__} {','.join(simd.get('found', []))}"


def fingerprint(values):
    """[shape, hash of the float64 bytes, two sums that a changed order or a changed number changes]."""
    numbers = np.ascontiguousarray(np.asarray(values, dtype="<f8"))
    flat = np.where(np.isnan(numbers), -7.0, np.clip(numbers, -1e9, 1e9)).ravel()
    sums = [float(flat.sum()), float(flat @ np.cos(np.arange(flat.size) + 1.0))]
    return [
        list(numbers.shape),
        hashlib.sha256(numbers.tobytes()).hexdigest()[:12],
        *(float(f"{s:.12e}") for s in sums),
    ]


def words(items):
    """The cells of a table row or a list that are words."""
    return [item for item in items if isinstance(item, str)]


def numbers(rows):
    """The cells of a table that are numbers, row by row."""
    return [float(cell) for row in rows for cell in row if not isinstance(cell, str)]


def links(lesson):
    """40 links: as the page opens, all presets, every knob at its ends and options, then seeded random ones."""
    found = ["", *(preset.query for preset in lesson.presets.values())]
    found += [urlencode([(knob.key, value)]) for knob in knobs(lesson.params) for value in ends(knob)]
    draw, found = random.Random(lesson.slug), list(dict.fromkeys(found))[: COUNT - 8]
    while len(found) < COUNT:
        found.append(urlencode([(knob.key, any_value(knob, draw)) for knob in knobs(lesson.params)]))
    return found


def ends(knob):
    """The extreme values of a knob, all of a choice."""
    if knob.kind in ("toggle", "text"):
        return ("0", "1") if knob.kind == "toggle" else ()
    return knob.options or (f"{knob.low:g}", f"{knob.high:g}", *(["inf"] if knob.infinite else []))


def any_value(knob, draw):
    """Some value of a knob, as a link writes it."""
    if knob.kind == "toggle":
        return draw.choice("01")
    if knob.kind == "choice":
        return draw.choice(knob.options)
    if knob.kind == "text":
        return knob.default
    share = draw.random()
    value = knob.low * (knob.high / knob.low) ** share if knob.log else knob.low + (knob.high - knob.low) * share
    return str(round(value)) if knob.kind == "integer" else f"{value:.4g}"


def state(lesson, query, *, full=False):
    """Everything that a link shows."""
    params, _, notes = link.read(lesson, query)
    result = lesson.compute(params)
    figures = [draw(result) for draw in lesson.figures]
    table, gauges = lesson.table(result), lesson.gauges(result)
    moving = [entry for entry in frames.moving(figures)]
    body = export.as_csv(lesson, result).split("\n", 1)
    noted = {
        "link": to_query(params),
        "notes": list(notes),
        "arrays": [[*entry[:3], *fingerprint(entry[3])] for entry in moving if not frames.is_text(entry[3])],
        "lists": [[*entry[:3], list(map(str, entry[3]))] for entry in moving if frames.is_text(entry[3])],
        "verdict": lesson.verdict(result),
        "formula": lesson.formula(result),
        "gauges": [[g.label, g.role, g.text] for g in gauges],
        "meters": fingerprint([[g.value, g.low, g.high] for g in gauges]),
        "header": list(table.header),
        "cells": sorted(set(words(cell for row in table.rows for cell in row))),
        "table": fingerprint(numbers(table.rows)),
        "csv": [body[0], hashlib.sha256(body[1].encode()).hexdigest()[:12]],
    }
    if full:
        noted |= {
            "json": export.as_json(lesson, params),
            "latex": export.as_latex(lesson, params, result),
            "furniture": [still(figure) for figure in frames.furniture(figures)],
            "picks": [
                picked(lesson, params, chart, x) for chart in range(len(figures)) for x in (0.3, 2.4, 300.0, 5e6)
            ],
        }
    return noted


def still(figure):
    """The furniture of a figure without what says only what Plotly does anyway."""
    usual = {"showlegend": True, "cliponaxis": True}
    for trace in figure["data"]:
        for key in [key for key, value in usual.items() if trace.get(key) is value]:
            del trace[key]
        if trace.get("line", {}).get("dash") == "solid":
            trace["line"] = {key: value for key, value in trace["line"].items() if key != "dash"}
    return figure


def picked(lesson, params, chart, x):
    """The link after a click, None where a click sets nothing."""
    after = lesson.pick(params, chart, x, 0.7) if lesson.pick else None
    return None if after is None else to_query(after)


def page(lesson, queries):
    """What is noted of a page: its fixed words, and everything at each of its links."""
    fixed = {key: value for key, value in spec.page_spec(lesson, link.Shell()).items() if key not in NEW}
    states = {query: state(lesson, query, full=i < TOUR) for i, query in enumerate(queries)}
    return {"spec": fixed, "minutes": lesson.minutes, "states": states}


def recordings():
    """{file: {array: fingerprint}} of all recorded files."""
    files = sorted(path.stem for path in recorded.FOLDERS[-1].glob("*.npz"))
    return {
        name: {
            key: hashlib.sha256(f"{array.dtype}{array.shape}".encode() + array.tobytes()).hexdigest()[:16]
            for key, array in sorted(recorded.load(name).items())
        }
        for name in files
    }


def everything():
    """The whole record."""
    pages = {slug: page(load(slug), links(load(slug))) for slug in CATALOGUE}
    return {"machine": machine(), "pages": pages, "recordings": recordings()}
