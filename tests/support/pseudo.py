"""A language that nobody speaks: every sentence of English in brackets and a third longer, made when it is imported.

`python -m tests.support.pseudo` prints, as JSON, what every page shows in it: a list of (where, text).
"""

import importlib.abc
import importlib.util
import json
import math
import os
import sys
from importlib import import_module

LANGUAGE = "xx"


def longer(value):
    """A word, or a tuple or dict of them, in the pseudo-language."""
    if isinstance(value, str):
        more = math.ceil(0.3 * len(value))
        return f"[{value}{('~~~~~ ' * more)[:more].rstrip()}]"
    if isinstance(value, tuple):
        return tuple(map(longer, value))
    return {key: longer(item) for key, item in value.items()}


def write(folder):
    """Put `words/xx.py` beside every `words/en.py` of a copy of the package, as a translator would."""
    for path in folder.rglob("words/en.py"):
        name = ".".join(path.relative_to(folder.parent).with_suffix("").parts)
        texts = {key: longer(value) for key, value in vars(import_module(name)).items() if key.isupper()}
        lines = [f"{key} = {value!r}\n" for key, value in texts.items()]
        path.with_name(f"{LANGUAGE}.py").write_text("".join(lines), encoding="utf-8")


class Speaker(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds `words.xx` beside every `words.en`."""

    def find_spec(self, name, path=None, target=None):
        """The module, if it is one of this language."""
        return importlib.util.spec_from_loader(name, self) if name.endswith(f".words.{LANGUAGE}") else None

    def create_module(self, spec):
        """An ordinary module."""

    def exec_module(self, module):
        """Fill it from English."""
        english = import_module(module.__name__.removesuffix(LANGUAGE) + "en")
        vars(module).update({name: longer(value) for name, value in vars(english).items() if name.isupper()})


def spec_texts(spec):
    """What the fixed part of a page shows."""
    yield from (spec["title"], spec["goal"], spec["colophon"], *spec.get("labels", {}).values())
    yield from (entry["title"] for entry in (spec["before"], spec["after"]) if entry)
    yield (spec["live"] or {}).get("missing", "")
    yield from (text for _, title, why in spec["presets"] for text in (title, why))
    yield from (spec["predict"]["question"], *spec["predict"]["options"], spec["predict"]["why"])
    yield from (text for task in spec["tasks"] for text in task.values())
    yield from (text for entry in spec["reading"] for text in entry)
    for knob in spec["knobs"]:
        yield from (knob["label"], knob["help"], *(text for _, text in knob["options"]))


def figure_texts(figure):
    """What a chart shows: titles, axes, ticks, names in legend and pointer, words on the chart."""
    layout = figure["layout"]
    yield from (layout["meta"]["title"], layout["meta"]["alt"])
    for axis in (value for key, value in layout.items() if key[1:5] == "axis"):
        yield from (axis["title"]["text"], *axis.get("ticktext", ()))
    for trace in figure["data"]:
        pointer = "" if trace.get("hoverinfo") == "skip" else trace["hovertemplate"]
        named = trace["type"] != "heatmap" and trace.get("showlegend", True)
        if named or (pointer and "<extra>" not in pointer):
            yield trace["name"]
        yield from (pointer, *map(str, trace.get("text", ())))


def state_texts(page, result):
    """What a state shows."""
    table = page.table(result)
    yield from (page.verdict(result), page.formula(result), *table.header)
    yield from (cell for row in table.rows for cell in row if isinstance(cell, str))
    yield from (text for gauge in page.gauges(result) for text in (gauge.label, gauge.text))
    for draw in page.figures:
        yield from figure_texts(draw(result))


def index_texts(spec):
    """What the start page shows."""
    yield from (spec["goal"], spec["environment"], *spec["labels"].values())
    for card in spec["cards"]:
        yield from (card["title"], card["goal"], card["chapter"])
        yield from (text for _, title, why in card["presets"] for text in (title, why))


def shown():
    """Everything, as (where, text)."""
    from kdviz.app import link, show_index, spec
    from kdviz.pages.catalogue import CATALOGUE, load
    from tests.support.pages import result, states

    for slug in CATALOGUE:
        page = load(slug)
        yield from ((f"{slug}: spec", text) for text in spec_texts(spec.page_spec(page, link.Shell())))
        yield from ((f"{slug}: note", note) for note in link.read(page, "hide=x&preset=x")[2])
        for state in states(page):
            yield from ((f"{slug}?{state}", text) for text in state_texts(page, result(page, state)))
    yield from (("index", text) for text in index_texts(show_index("").spec))


if __name__ == "__main__":
    assert os.environ["KDVIZ_LANGUAGE"] == LANGUAGE
    sys.meta_path.append(Speaker())
    json.dump(list(shown()), sys.stdout)
