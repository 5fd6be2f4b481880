"""The address of a page: its knobs plus the keys of the shell (`preset hide lock theme mode`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kdviz.core.params import clean, knobs, pairs
from kdviz.pages import Page
from kdviz.words import W


@dataclass(frozen=True)
class Shell:
    """What the address says about the page itself, not about its knobs."""

    preset: str = ""
    hide: tuple[str, ...] = ()
    lock: tuple[str, ...] = ()
    theme: str = ""  # "light", "dark" or "" for what the system uses
    mode: str = ""  # "projector" or ""


def read(page: Page, query: str) -> tuple[Any, Shell, tuple[str, ...]]:
    """Return (params, shell, notes) of the address `query`; never raises, whatever the address holds.

    A preset is taken first, other keys of the address win over it. Unknown keys are ignored; what had to be changed
    is said in a note.
    """
    asked, notes = pairs(query)
    shell, unknown = read_shell(asked, page)
    params, more = clean(page.params, preset_values(page, shell.preset) | asked)
    return params, shell, (*notes, *unknown, *more)


def preset_values(page: Page, name: str) -> dict[str, str]:
    """Return the knob values of a preset by its name, empty for an unknown one."""
    preset = page.presets.get(name)
    return pairs(preset.query)[0] if preset else {}


def read_shell(asked: dict[str, str], page: Page) -> tuple[Shell, list[str]]:
    """Return the shell keys of an address and notes on those that mean nothing here."""
    known = {knob.key for knob in knobs(page.params)}
    notes = []

    def keys(name: str) -> tuple[str, ...]:
        wanted = [key.strip() for key in asked.get(name, "").split(",") if key.strip()]
        unknown = [key for key in wanted if key not in known]
        if unknown:
            listed = {"known": ", ".join(sorted(known)), "unknown": ", ".join(unknown)[:60]}
            notes.append(W.UNKNOWN_KEYS.format(name=name, **listed))
        return tuple(key for key in wanted if key in known)

    def one_of(name: str, allowed: tuple[str, ...]) -> str:
        value = asked.get(name, "")
        if value and value not in allowed:
            notes.append(W.UNKNOWN_VALUE.format(name=name, value=value[:30], known=", ".join(allowed)))
        return value if value in allowed else ""

    shell = Shell(
        preset=one_of("preset", tuple(page.presets)),
        hide=keys("hide"),
        lock=keys("lock"),
        theme=one_of("theme", ("light", "dark")),
        mode=one_of("mode", ("projector",)),
    )
    return shell, notes
