"""Values as visitors send them: None, text, nan, lists, megabytes.

A reader takes a `Knob` and anything at all, and returns a value inside the knob's bounds and a note ("" where nothing
had to be changed). Notes are plain text; offending text is shortened and stripped of control characters.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdviz.core.params import Knob  # which reads with this module

LONGEST_NUMBER = 64  # characters: no honest number is longer


def plain(value: float) -> str:
    """A number as people write it, exact, with a true minus sign.

    >>> plain(4.0), plain(-0.1), plain(math.inf)
    ('4', '−0.1', 'inf')
    """
    whole = math.isfinite(value) and value == int(value) and abs(value) < 1e16  # from there on repr has an exponent
    return (str(int(value)) if whole else repr(float(value))).replace("-", "−")


def shown(value: object) -> str:
    """A visitor's value, printable and short.

    >>> shown("a" * 100), shown(None), shown([1])
    ('“aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…”', 'nothing', 'a value of type list')
    """
    if isinstance(value, str):
        start = "".join(c if c.isprintable() else " " for c in value[:41])
        return f"“{start[:40]}…”" if len(value) > 40 else f"“{start}”"
    if value is None:
        return "nothing"
    return f"a value of type {type(value).__name__[:40]}"


def _number(value: Any) -> float | None:
    """float from anything, or None; integers too large for a float become infinite."""
    if isinstance(value, str):
        value = value.strip().replace("∞", "inf").replace("−", "-") if len(value) <= LONGEST_NUMBER else "?"
    elif isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except (ValueError, TypeError):
        return None


def _read_number(k: Knob, value: object) -> tuple[Any, str]:
    number = _number(value)
    if number is None:
        return k.default, f"{shown(value)} is not a number; using {plain(k.default)}"
    if math.isnan(number):
        return k.default, f"nan is not a number; using {plain(k.default)}"
    if number == math.inf and k.infinite:
        return number, ""
    best, why = number, ""
    if k.low is not None and number < k.low:
        best, why = k.low, f"is below {plain(k.low)}"
    elif k.high is not None and number > k.high:
        best, why = k.high, f"is above {plain(k.high)}"
    elif math.isinf(number):
        best, why = k.default, "is not finite"
    if k.kind == "number":
        best = float(best)
    elif best != round(best):
        best, why = round(best), "is not a whole number"
    else:
        best = int(best)
    return best, why and f"{plain(number)} {why}; using {plain(best)}"


def _read_choice(k: Knob, value: object) -> tuple[Any, str]:
    if isinstance(value, str) and value in k.options:
        return value, ""
    return k.default, f"{shown(value)} is not one of {', '.join(k.options)}"[:140] + f"; using {k.default}"


def _read_toggle(k: Knob, value: object) -> tuple[Any, str]:
    word = value.strip().lower() if isinstance(value, str) and len(value) < 20 else value
    if isinstance(word, (bool, str, numbers.Real)):
        if word in (True, "1", "true", "on", "yes"):
            return True, ""
        if word in (False, "0", "false", "off", "no", ""):
            return False, ""
    return k.default, f"{shown(value)} is neither on nor off; using {'on' if k.default else 'off'}"


def _read_text(k: Knob, value: object) -> tuple[Any, str]:
    if not isinstance(value, str):
        return k.default, f"{shown(value)} is not text; using the default"
    longest = int(k.high or 0)
    kept = "".join(c if c.isprintable() else " " for c in value[:longest])
    over = len(value) > longest
    return kept, f"{shown(value)} is longer than {longest} characters; the rest is left out" if over else ""


READ: dict[str, Callable[[Knob, object], tuple[Any, str]]] = {
    "number": _read_number,
    "integer": _read_number,
    "choice": _read_choice,
    "toggle": _read_toggle,
    "text": _read_text,
}
