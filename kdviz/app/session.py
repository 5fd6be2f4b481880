"""A page as a machine of values: messages in, answers out. It knows no widget, no thread and no clock.

The browser numbers its changes and keeps few of them under way (`js/sending.js`): no queue can build up, and the last
one that comes wins. A state is answered by one message with one buffer: its charts, verdict and numbers appear
together. Nothing that comes in is trusted: `kdviz.core.params.clean` bounds every knob, and no message raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from kdviz.app import export, link, screen
from kdviz.app.errors import message_for, report
from kdviz.app.link import Shell
from kdviz.app.protocol import Answer, Reply, Whole
from kdviz.app.runner import ACTS, IDLE, Look, Runner
from kdviz.app.screen import Screen
from kdviz.app.spec import page_spec
from kdviz.core.check import BadInput
from kdviz.core.params import clean, knobs
from kdviz.pages import Page

LARGEST = 2**53  # numbers of changes are exact in JavaScript below
NOTHING = Look(None, IDLE, None)


class Session:
    """One visit of a page: `screen` is what is shown, `asked` where the controls stand.

    The two differ only while a setting cannot be computed: then the charts keep the last one that could. `runner`
    drives the live runs of the page, if anything does.
    """

    def __init__(self, page: Page, shell: Shell, asked: Any, runner: Runner | None) -> None:
        self.page, self.shell, self.asked, self.runner = page, shell, asked, runner
        self.spec = page_spec(page, shell)
        self.trains = self.spec["live"] is not None and not self.spec["live"]["missing"]
        self.version = self.seq = 0
        self._seen = NOTHING
        self.screen: Screen
        self.fault: Exception | None = None  # why it opens with the defaults, where that is not the link's doing

    @classmethod
    def open(cls, page: Page, query: str = "", runner: Runner | None = None) -> Session:
        """Return the session of a link; one that cannot be computed shows the defaults and says why."""
        asked, shell, notes = link.read(page, query)
        session = cls(page, shell, asked, runner)
        try:
            session.screen = session._computed(asked, notes)
        except Exception as error:
            report("the first state", page, error)
            session.fault = None if isinstance(error, BadInput) else error
            session.screen = session._computed(page.params(), notes).saying(**session._refused(error, notes))
        return session

    def whole(self) -> Whole:
        """Return all that a page begins with: what never changes, and the present state."""
        return {"spec": self.spec, "start": screen.whole(self.screen, self.version)}

    def receive(self, message: object) -> list[Answer]:
        """Return the answers to a message, whatever it is: `kdviz.app.protocol.Up` says which ones mean something."""
        if not isinstance(message, Mapping):
            return []
        try:
            match message.get("kind"):
                case "hello" if message.get("version") != self.version:
                    return [screen.frame(None, self.screen, self.version)]
                case "change":
                    return self._change(message.get("values"), message.get("seq"))
                case "run":
                    return self._act(message.get("do"))
                case "want":
                    return [(self._wanted(message.get("what")), None)]
        except Exception as error:
            report("a message", self.page, error)
            return [({"kind": "failed", "text": message_for(error)}, None)]
        return []

    def tick(self) -> list[Answer]:
        """Take what the live run has made since it was looked at last; returns the frame that shows it, if it shows."""
        look = self._look()
        seen, self._seen = self._seen, look
        is_new = look.newest is not seen.newest
        if not is_new and standing(look) == standing(seen):
            return []
        moved, idle = is_new and look.newest is not None, look.status["state"] == "idle"
        notes = self.screen.texts["notes"]

        def shown() -> Screen:
            new = self._computed(self.asked, notes) if moved or idle else self.screen
            status = {"run": look.status} if self.trains else {}
            return new.saying(**status, **({"alert": message_for(look.error)} if look.error else {}))

        def failed(error: Exception) -> dict[str, Any]:
            report("a picture of a run", self.page, error)
            self.end()
            return {"alert": message_for(error), "run": self._seen.status}

        return [self._frame(shown, failed)]

    def set(self, **values: Any) -> list[Answer]:
        """Move controls by field name, locked ones too: `set(temperature=20)`. ValueError for an unknown field."""
        names = {knob.name: knob.key for knob in knobs(self.page.params)}
        if unknown := values.keys() - names.keys():
            raise ValueError(f"set: no {', '.join(sorted(unknown))}; this page has {', '.join(names)}")
        change = {names[name]: value for name, value in values.items()}
        return [self._step(export.values(self.asked) | change, self.seq)]

    def end(self) -> None:
        """End the live run, if there is one."""
        if self.runner:
            self.runner.end()
        self._seen = self._look()

    def _look(self) -> Look:
        return self.runner.look() if self.runner else NOTHING

    def _computed(self, params: Any, notes: Any) -> Screen:
        newest, status = self._seen.newest, self._seen.status if self.trains else None
        result = replace(newest.result, params=params) if newest else self.page.compute(params)
        return screen.draw(self.page, params, result, seq=self.seq, notes=notes, run=status)

    def _refused(self, error: Exception, notes: Any) -> dict[str, Any]:
        """Return the texts that keep the controls as they were asked for while the charts show the last good state."""
        status = {"run": self._seen.status} if self.trains else {}
        return {
            **screen.asked(self.asked),
            **status,
            "notes": list(notes),
            "seq": self.seq,
            "alert": message_for(error),
        }

    def _frame(self, shown: Callable[[], Screen], failed: Callable[[Exception], dict[str, Any]]) -> Answer:
        """Show what `shown` draws, or, where that fails, what is on the screen beside the texts of `failed`."""
        version = self.version + 1
        try:
            after = shown()
            answer = screen.frame(self.screen, after, version)
        except Exception as error:
            after = self.screen.saying(**failed(error))
            answer = screen.frame(self.screen, after, version)
        self.screen, self.version = after, version
        return answer

    def _step(self, values: Mapping[str, Any], seq: int) -> Answer:
        stood, self.seq = self.asked, seq
        self.asked, notes = clean(self.page.params, values)
        if turned(stood, self.asked) - set(self.page.views):
            self.end()

        def failed(error: Exception) -> dict[str, Any]:
            report("a step", self.page, error)
            return self._refused(error, notes)

        return self._frame(lambda: self._computed(self.asked, notes), failed)

    def _change(self, values: object, number: object) -> list[Answer]:
        if not isinstance(values, Mapping):
            return []
        good = isinstance(number, int) and not isinstance(number, bool) and 0 <= number < LARGEST
        stands = export.values(self.asked)
        change = {knob.key: values[knob.key] for knob in knobs(self.page.params) if knob.key in values}
        base, preset, pick = dict(stands), values.get("preset"), values.get("pick")
        if isinstance(preset, str) and preset in self.page.presets:
            base = export.values(self.page.params()) | link.preset_values(self.page, preset)
        if pick is not None:
            change |= self._picked(pick)
        held = {key: stands[key] for key in self.shell.lock}
        return [self._step(base | change | held, number if good else 0)]  # type: ignore[arg-type]

    def _picked(self, pick: Any) -> dict[str, Any]:
        try:
            chart, x, y = pick
            params = self.page.pick(self.asked, int(chart), float(x), float(y)) if self.page.pick else None
        except (TypeError, ValueError, OverflowError):
            return {}
        before, after = export.values(self.asked), export.values(params) if params is not None else {}
        return {key: value for key, value in after.items() if key not in self.shell.hide and value != before[key]}

    def _act(self, what: object) -> list[Answer]:
        """Do what a button of the run asks for: one of `ACTS`, or seed (another one, and play)."""
        if self.runner is None:
            return []
        answers = []
        if what == "seed":
            seed = next((knob for knob in knobs(self.page.params) if knob.key == "seed"), None)
            if seed is None or "seed" in self.shell.lock:
                return []
            low, high = int(seed.low or 0), int(seed.high or 0)
            after = low + (getattr(self.asked, seed.name) + 1 - low) % (high + 1 - low)
            answers, what = [self._step(export.values(self.asked) | {"seed": after}, self.seq)], "play"
        if what in ACTS:
            self.runner.do(str(what), self.asked)
        return [*answers, *self.tick()]

    def _wanted(self, what: object) -> Reply:
        if what == "table":
            header, rows = screen.table(self.page, self.screen.result)
            return {"kind": "table", "header": header, "rows": rows}
        name = what if isinstance(what, str) else "?"
        file, mime, text = export.files(self.page, self.screen.params, self.screen.result, name)
        return {"kind": "file", "name": file, "mime": mime, "text": text}


def standing(look: Look) -> tuple[str, int]:
    """Return what of a run is said at once when it changes."""
    return look.status["state"], look.status["place"]


def turned(before: Any, after: Any) -> set[str]:
    """Return the names of the fields in which two params differ."""
    return {field.name for field in fields(before) if getattr(before, field.name) != getattr(after, field.name)}
