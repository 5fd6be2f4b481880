"""One value of a value map: what a thing that can be chosen is called, what it is, and what makes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """A thing under its key in a plain dict: `label` as people read it, `help` in a sentence, `make` its maker.

    >>> Entry("Half", "The half of a number.", lambda x: x / 2).make(3)
    1.5
    """

    label: str
    help: str
    make: Callable[..., Any]


def keys(entries: Mapping[str, Entry]) -> str:
    """The keys of a value map, for an error that lists what there is.

    >>> keys({"half": Entry("Half", "", int), "all": Entry("All", "", int)})
    'half, all'
    """
    return ", ".join(entries)


def makers(entries: Mapping[str, Entry]) -> str:
    """What makes the things of a value map, as it is called, for an error that says what to write.

    >>> makers({"whole": Entry("Whole", "", int), "real": Entry("Real", "", float)})
    'int() or float()'
    """
    names = [f"{getattr(entry.make, '__name__', entry.label)}()" for entry in entries.values()]
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
