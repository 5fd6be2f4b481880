"""Params: frozen dataclasses whose fields know their bounds, and their way into a link and back.

A field made by `knob`, `choice`, `toggle` or `text` is the only place where a bound, a label or a default lives:
sliders, links and tests read it from there. Whatever a visitor sends is cleaned here: never an exception, always a
value inside its bounds.
"""

import dataclasses
import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from kdviz.core.untrusted import READ, plain, shown

P = TypeVar("P")  # a params class
LONGEST_QUERY = 32768  # characters of a link that are read; servers take 64 kB of headers


@dataclass(frozen=True)
class Knob:
    """What one field of a params class may hold: kind is number, integer, choice, toggle or text."""

    name: str
    key: str
    label: str
    kind: str
    default: Any
    low: float | None = None
    high: float | None = None  # for text: the longest length, in characters
    log: bool = False
    infinite: bool = False
    step: float | None = None
    options: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()  # of a choice: what a visitor reads for each option
    help: str = ""
    main: bool = False


def knob(
    default: float,
    label: str,
    low: float | None = None,
    high: float | None = None,
    log: bool = False,
    help: str = "",
    *,
    key: str | None = None,
    integer: bool = False,
    infinite: bool = False,
    main: bool = True,
    step: float | None = None,
) -> Any:
    """A number between `low` and `high` (either may be None); `infinite` also admits infinity beyond `high`.

    ValueError where the definition contradicts itself (a default outside its bounds, a log scale that reaches zero).

    >>> knob(4.0, "T", low=0.05, high=1e6, log=True, infinite=True).default
    4.0
    """
    if log and not (low is not None and low > 0):
        raise ValueError(
            f"low must be positive on a log scale, got {low!r} for {label!r}; give the smallest useful value"
        )
    lowest, highest = -math.inf if low is None else low, math.inf if high is None else high
    if not (lowest <= default <= highest or (infinite and default == math.inf)):
        raise ValueError(f"default must lie between low and high, got {default!r} for {label!r}; move it or the bounds")
    kind = "integer" if integer else "number"
    default = int(default) if integer else float(default)
    return _field(
        Knob(
            "",
            key or "",
            label,
            kind,
            default,
            low,
            high,
            log,
            infinite,
            step or (1 if integer else None),
            help=help,
            main=main,
        )
    )


def choice(
    default: str,
    label: str,
    options: Iterable[str],
    help: str = "",
    *,
    key: str | None = None,
    main: bool = False,
    texts: Mapping[str, str] | None = None,
) -> Any:
    """One of `options` (a sequence of strings, or a dict whose keys are the options); `texts` {option: what is read}.

    >>> choice("kd", "loss", {"kd": 1, "lm": 2}).metadata["knob"].options
    ('kd', 'lm')
    """
    options = tuple(options)
    shown = tuple((texts or {}).get(option, option) for option in options)
    if default not in options:
        raise ValueError(f"default must be one of {options}, got {default!r} for {label!r}; name an option")
    return _field(Knob("", key or "", label, "choice", default, options=options, texts=shown, help=help, main=main))


def toggle(default: bool, label: str, help: str = "", *, key: str | None = None, main: bool = False) -> Any:
    """On or off.

    >>> toggle(False, "as printed").default
    False
    """
    return _field(Knob("", key or "", label, "toggle", bool(default), help=help, main=main))


def text(
    default: str, label: str, help: str = "", *, key: str | None = None, longest: int = 400, main: bool = False
) -> Any:
    """One line of printable text of at most `longest` characters.

    >>> text("2 0 -1 3", "student", longest=60).metadata["knob"].high
    60
    """
    return _field(Knob("", key or "", label, "text", str(default), high=longest, help=help, main=main))


def _field(made: Knob) -> Any:
    return dataclasses.field(default=made.default, metadata={"knob": made})


def knobs(params: Any) -> tuple[Knob, ...]:
    """The knobs of a params class (or instance), in the order of its fields.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Params:
    ...     temperature: float = knob(4.0, "T", low=0.05, high=1e6, log=True, key="T", infinite=True)
    >>> [(k.name, k.key, k.high) for k in knobs(Params)]
    [('temperature', 'T', 1000000.0)]
    """
    return _knobs(params if isinstance(params, type) else type(params))


@functools.cache
def _knobs(params: type) -> tuple[Knob, ...]:
    held = ((f.name, f.metadata["knob"]) for f in dataclasses.fields(params) if "knob" in f.metadata)
    found = tuple(dataclasses.replace(k, name=name, key=k.key or name) for name, k in held)
    names = [name for k in found for name in {k.name, k.key}]
    if len(set(names)) < len(names):
        raise ValueError(f"key must differ from every other key and field name, got {', '.join(names)}; rename one")
    return found


def clean(params: type[P], mapping: object) -> tuple[P, tuple[str, ...]]:
    """An instance of the class `params` from untrusted values, and notes about what had to be changed.

    `mapping` goes from field names or keys to values of any type. Unknown names are ignored; a bad value is clamped or
    replaced by the default, and one short note (plain text, at most 200 characters) says so. No value raises.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Params:
    ...     temperature: float = knob(4.0, "T", low=0.05, high=1e6, log=True, key="T", infinite=True)
    >>> clean(Params, {"T": "-3"})
    (Params(temperature=0.05), ('T = −3 is below 0.05; using 0.05',))
    """
    values, notes = {}, []
    if not isinstance(mapping, Mapping):
        mapping, notes = {}, [] if mapping is None else [f"{shown(mapping)} is no set of values; using the defaults"]
    for k in knobs(params):
        for name in (k.name, k.key):
            if name in mapping:
                values[k.name], note = READ[k.kind](k, mapping[name])
                if note:
                    notes.append(f"{k.key} = {note}"[:200])
                break
    return params(**values), tuple(notes)


def pairs(query: object) -> tuple[dict[str, str], tuple[str, ...]]:
    """The keys and values of a link's query string as a dict of strings, and notes on what could not be read.

    Never raises: at most LONGEST_QUERY characters are read, what is no text is read as nothing.

    >>> pairs("?T=20&cs=1")
    ({'T': '20', 'cs': '1'}, ())
    """
    if isinstance(query, (bytes, bytearray)):
        query = bytes(query[: LONGEST_QUERY + 1]).decode("utf-8", "replace")
    notes: tuple[str, ...] = ()
    if not isinstance(query, str):
        query, notes = "", () if query is None else ("the link is not text; using the defaults",)
    if len(query) > LONGEST_QUERY:
        notes = (f"the link is longer than {LONGEST_QUERY} characters; the rest is not read",)
        query = query[:LONGEST_QUERY]
    return dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True, errors="replace")), notes


def from_query(params: type[P], query: object) -> tuple[P, tuple[str, ...]]:
    """An instance of the class `params` from a link's query string ("T=20&cs=1"), and notes as in `clean`.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Params:
    ...     temperature: float = knob(4.0, "T", low=0.05, high=1e6, log=True, key="T", infinite=True)
    >>> from_query(Params, "?T=inf&unknown=1")
    (Params(temperature=inf), ())
    """
    read, notes = pairs(query)
    made, more = clean(params, read)
    return made, notes + more


def to_query(params: object, full: bool = False) -> str:
    """The query string that gives this instance back: only what differs from the defaults, or everything if `full`.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Params:
    ...     temperature: float = knob(4.0, "T", low=0.05, high=1e6, log=True, key="T", infinite=True)
    >>> to_query(Params(20.0)), to_query(Params()), to_query(Params(), full=True)
    ('T=20', '', 'T=4')
    """
    held = [(k, getattr(params, k.name)) for k in knobs(params)]
    return urlencode([(k.key, _write(k, value)) for k, value in held if full or value != k.default])


def _write(k: Knob, value: Any) -> str:
    if k.kind == "toggle":
        return "1" if value else "0"
    return plain(value).replace("−", "-") if k.kind in ("number", "integer") else str(value)
