"""A page as one widget: changes come up, frames go down, one message each.

The browser numbers its changes and keeps few of them under way (`js/sending.js`): no queue can build up, the newest
values win. Every answer is one message with one buffer: charts, verdict and numbers of a state appear together. Nothing
that comes up is trusted: `kdviz.core.params.clean` bounds every knob.
"""

from __future__ import annotations

import logging
import math
import time
import uuid
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import traitlets

from kdviz.app import export, frames, link, live, remote
from kdviz.app.bundle import widget
from kdviz.app.lending import Lending
from kdviz.app.spec import page_spec
from kdviz.core.check import BadInput
from kdviz.core.params import clean, to_query
from kdviz.pages import Page as Lesson
from kdviz.pages import Progress
from kdviz.words import W

log = logging.getLogger("kdviz")


def message_for(error: Exception) -> str:
    """Return what a visitor reads of an error: our own refusals in full, of others the kind, never a path."""
    kind = getattr(error, "kind", type(error).__name__)  # of an error in another process
    return str(error)[:300] if isinstance(error, BadInput) else W.NOT_COMPUTED.format(kind=kind)


def report(what: str, page: Lesson, error: Exception) -> None:
    """Write into the log what went wrong; what we refuse is said to whoever asked, and is no fault."""
    if not isinstance(error, BadInput):
        log.error("%s of %s: %s", what, page.slug, type(error).__name__, exc_info=error)


class Page(Lending):
    """A dashboard page of a `Lesson`, live in Voila and JupyterLab.

    `page.params` are the parameters of the charts on screen (`page.asked` those of the controls, which differ only
    while a setting cannot be computed), `page.result` what was computed from them, `page.set(temperature=20)`
    moves a control from Python. Raises ValueError for a field that the lesson does not have.
    """

    heard = frozenset(("values",))
    _esm = widget("page")
    token = traitlets.Unicode().tag(sync=True)
    spec = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)
    values = traitlets.Dict().tag(sync=True, echo_update=False)

    def __init__(self, lesson: Lesson, query: str = "") -> None:
        self.lesson = lesson
        self.asked, self.shell, notes = link.read(lesson, query)
        self.version = self.seq = 0
        train = remote.training(lesson)
        self.live = live.Live(train, self._painted) if train and live.able() else None
        try:
            self._compute(self.asked, notes)
        except Exception as error:  # a state from a link that cannot be computed must not cost the page
            report("the first state", lesson, error)
            self._compute(lesson.params(), notes)
            self.texts |= self._refusal(error, notes)
        super().__init__(token=uuid.uuid4().hex, spec=page_spec(lesson, self.shell), start=self._whole())
        self.observe(self._moved, names="values")
        self.on_msg(self._asked)

    def set(self, **fields: Any) -> None:
        """Move controls from Python, by field name: `page.set(temperature=20)`."""
        names = {knob["name"]: knob["key"] for knob in self.spec["knobs"]}
        if unknown := fields.keys() - names.keys():
            raise ValueError(f"set: no {', '.join(sorted(unknown))}; this page has {', '.join(names)}")
        self._step({names[name]: value for name, value in fields.items()}, self.seq)

    def _refusal(self, error: Exception, notes: tuple[str, ...]) -> dict[str, Any]:
        """Return the texts that keep the controls as they were asked for while the charts show the last good state."""
        state = {"state": export.values(self.asked), "link": to_query(self.asked), "notes": list(notes)}
        return {**state, "seq": self.seq, "alert": message_for(error)}

    def _compute(self, params: Any, notes: tuple[str, ...] = ()) -> None:
        newest = self.live.newest if self.live else None
        result = replace(newest.result, params=params) if newest else self.lesson.compute(params)
        figures = [draw(result) for draw in self.lesson.figures]
        texts = {
            "seq": self.seq,
            "state": export.values(params),
            "link": to_query(params),
            "verdict": self.lesson.verdict(result),
            "formula": self.lesson.formula(result),
            "gauges": [
                frames.plain(list(gauge._replace(value=finite(gauge.value)))) for gauge in self.lesson.gauges(result)
            ],
            "notes": list(notes),
            "alert": "",
        }
        if self.live:
            texts["run"] = self.live.status()
        self.params, self.result, self.figures, self.texts = params, result, figures, texts

    def _whole(self) -> dict[str, Any]:
        arrays, lists, buffer = frames.pack(list(frames.moving(self.figures)))
        figures = frames.furniture(self.figures)
        for chart, trace, key, items in lists:
            figures[chart]["data"][trace][key] = items
        return {"version": self.version, "texts": self.texts, "figures": figures, "arrays": arrays, "buffer": buffer}

    def _step(self, change: dict[str, Any], seq: int, *, base: dict[str, Any] | None = None) -> None:
        began = time.perf_counter()
        before_figures, before_texts, before = self.figures, self.texts, self.asked
        self.seq = seq
        self.asked, notes = clean(self.lesson.params, (base or export.values(self.asked)) | change)
        if self.live and turned(before, self.asked) - set(self.lesson.views):
            self.live.end()
        try:
            self._compute(self.asked, notes)
        except Exception as error:
            report("a step", self.lesson, error)
            self.figures, self.texts = before_figures, before_texts | self._refusal(error, notes)
        self._emit(frames.changed(before_figures, self.figures), before_texts, began=began)

    def _painted(self, progress: Progress | None) -> None:
        assert self.live is not None
        before_figures, before_texts = self.figures, self.texts
        try:
            if progress is not None or self.live.state == "idle":
                self._compute(self.asked, tuple(self.texts["notes"]))
        except Exception as error:
            report("a painting", self.lesson, error)
            self.texts = self.texts | {"alert": message_for(error)}
            self.live.end()
        self.texts = self.texts | {"run": self.live.status()}
        if self.live.error is not None:
            self.texts = self.texts | {"alert": message_for(self.live.error)}
        self._emit(frames.changed(before_figures, self.figures), before_texts)

    def _run(self, what: str) -> None:
        """Do what a button of the run asks for: play, pause, step, stop, reset, or seed (another one, and play)."""
        if self.live is None:
            return
        if what == "seed":
            seed = next((knob for knob in self.spec["knobs"] if knob["key"] == "seed"), None)
            if seed is None or "seed" in self.shell.lock:
                return
            low, high = int(seed["low"]), int(seed["high"])
            self._step({"seed": low + (getattr(self.asked, seed["name"]) + 1 - low) % (high + 1 - low)}, self.seq)
            what = "play"
        self.live.do(what, self.asked)

    def close(self) -> None:
        """End the live run, if there is one, and close the widget."""
        if self.live:
            self.live.end()
        super().close()

    def _emit(
        self, entries: list[frames.Entry], before: dict[str, Any] | None, *, whole: bool = False, began: float = 0
    ) -> None:
        self.version += not whole
        arrays, lists, buffer = frames.pack(entries)
        texts = {key: text for key, text in self.texts.items() if before is None or before.get(key) != text}
        frame = {
            "kind": "frame",
            "whole": whole,
            "version": self.version,
            "texts": texts,
            "arrays": arrays,
            "lists": lists,
        }
        if began:  # the browser has as many changes under way as the line holds beside the computation
            frame["spent"] = round(1000 * (time.perf_counter() - began), 1)
        self.send(frame, [buffer])

    def _moved(self, change: dict[str, Any]) -> None:
        self._changed(dict(change["new"]))

    def _changed(self, values: dict[str, Any]) -> None:
        seq = values.pop("seq", 0)
        seq = seq if isinstance(seq, int) and 0 <= seq < 2**53 else 0
        preset, pick = values.pop("preset", None), values.pop("pick", None)
        base = None
        if preset is not None:
            base = export.values(self.lesson.params()) | link.preset_values(self.lesson, str(preset))
            base |= {key: value for key, value in export.values(self.asked).items() if key in self.shell.lock}
        if pick is not None:
            values |= self._picked(pick)
        self._step(values, seq, base=base)

    def _picked(self, pick: Any) -> dict[str, Any]:
        try:
            chart, x, y = pick
            picked: Callable[..., Any] | None = self.lesson.pick
            params = picked(self.asked, int(chart), float(x), float(y)) if picked else None
        except (TypeError, ValueError, OverflowError):
            return {}
        before, kept = export.values(self.asked), {*self.shell.lock, *self.shell.hide}
        after = export.values(params) if params is not None else {}
        return {key: value for key, value in after.items() if key not in kept and value != before[key]}

    def _asked(self, _widget: Any, content: Any, _buffers: Any) -> None:
        kind = content.get("kind") if isinstance(content, dict) else None
        if kind == "hello" and content.get("version") != self.version:
            self._emit(list(frames.moving(self.figures)), None, whole=True)
        if kind == "change" and isinstance(content.get("values"), dict):
            self._changed(content["values"] | {"seq": content.get("seq")})
        if kind == "run":
            self._run(str(content.get("do"))[:20])
        if kind == "want":
            try:
                self.send(self._wanted(str(content.get("what"))[:20]))
            except Exception as error:
                report("an export", self.lesson, error)
                self.send({"kind": "failed", "text": message_for(error)})

    def _wanted(self, what: str) -> dict[str, Any]:
        if what == "table":
            header, rows = self.lesson.table(self.result)
            return {"kind": "table", "header": list(header), "rows": [[cell(item) for item in row] for row in rows]}
        name, mime, text = export.files(self.lesson, self.params, self.result, what)
        return {"kind": "file", "name": name, "mime": mime, "text": text}


def turned(before: Any, after: Any) -> set[str]:
    """Return the names of the fields in which two params differ."""
    return {field.name for field in fields(before) if getattr(before, field.name) != getattr(after, field.name)}


def cell(value: Any) -> Any:
    """Return a table cell as JSON: NaN as a dash, infinity as ∞, other numbers as they are."""
    item = frames.plain(value)
    if isinstance(item, float) and not math.isfinite(item):
        return "–" if math.isnan(item) else "∞" if item > 0 else "−∞"
    return item


def finite(value: float) -> float | None:
    """Return `value` as a float, None where it is not finite (JSON has no such numbers)."""
    number = float(value)
    return number if math.isfinite(number) else None
