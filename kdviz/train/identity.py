"""What a value is, beyond how it is printed: the key under which results are kept and runs are taken up again.

Numbers count by value (3, 3.0 and NumPy's 3 are one), arrays and tensors by their content, values of our own classes by
their fields. A class or a function that is not ours counts by its code as well, see `kdviz.train.codes`.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cached_property, partial
from pathlib import PurePath
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch

from kdviz.core.check import BadInput
from kdviz.train import codes


def digest(value: Any, what: str) -> str:
    """64 hex digits that are equal for equal values; BadInput where something cannot be told apart by its value.

    >>> digest([1, np.float64(2)], "grid") == digest((1.0, 2), "grid"), digest(1, "grid") == digest(2, "grid")
    (True, False)
    """
    return hashlib.sha256(repr(Identity(what).of(value)).encode()).hexdigest()


class Identity:
    """Nested tuples that are equal for equal values; one of these serves many values, so that code is read once.

    `what` names the argument in the error for an object that has no value (a file, a generator of random numbers);
    without it such an object is equal to itself alone.

    >>> from kdviz.losses import KD
    >>> same = Identity()
    >>> same.of(KD(8)) == same.of(KD(np.float32(8))), same.of(KD(8)) == same.of(KD(4))
    (True, False)
    """

    def __init__(self, what: str = "") -> None:
        self.what = what
        self.within: list[int] = []  # ids of what is being looked into
        self.read: dict[int, tuple] = {}  # id of a class or function -> itself, which keeps the id its own; its digest
        self.met: dict[int, int] | None = None  # while code is read: id -> the how manieth it was

    def of(self, value: Any) -> tuple:
        """The nested tuple of a value."""
        plain = simple(value)
        if plain is not None:
            return plain
        if isinstance(value, (type, FunctionType, ModuleType)):
            return self._code(value)
        if id(value) in self.within:
            return ("again", type(value).__qualname__)
        self.within.append(id(value))
        try:
            return self._held(value)
        finally:
            self.within.pop()

    def _code(self, value: Any) -> tuple:
        named = codes.named(value)
        if named is not None:
            return named
        if self.met is not None:
            if id(value) in self.met:
                return ("again", self.met[id(value)])
            self.met[id(value)] = len(self.met)
            return self.of(codes.parts(value))
        if id(value) not in self.read:
            self.met = {id(value): 0}
            try:
                content = repr(self.of(codes.parts(value)))
            finally:
                self.met = None
            self.read[id(value)] = value, ("code", hashlib.sha256(content.encode()).hexdigest())
        return self.read[id(value)][1]

    def _held(self, value: Any) -> tuple:
        if isinstance(value, (list, tuple, range)):
            return ("several", *(self.of(one) for one in value))
        if isinstance(value, dict):
            return ("dict", *sorted(((self.of(k), self.of(v)) for k, v in value.items()), key=repr))
        if isinstance(value, (set, frozenset)):
            return ("set", *sorted((self.of(one) for one in value), key=repr))
        if isinstance(value, np.ndarray):
            return ("objects", value.shape, self.of(value.tolist()))
        if isinstance(value, partial):
            return ("partial", self.of(value.func), self.of(value.args), self.of(value.keywords))
        if isinstance(value, MethodType):
            return ("method", self.of(value.__func__), self.of(value.__self__))
        inner = codes.wrapped(value)
        if inner is not None:
            return (type(value).__name__, self.of(inner))
        names = self._names(value)
        if names is None:
            return ("object", type(value).__qualname__, id(value))
        return ("value", self.of(type(value)), *((name, self.of(getattr(value, name))) for name in names))

    def _names(self, value: Any) -> list[str] | None:
        kind = type(value)
        names = {field.name for field in fields(value)} if is_dataclass(value) else set()
        names |= {name for base in kind.__mro__ for name in _slots(base)}
        if not hasattr(value, "__dict__") and not names:
            if self.what:
                raise BadInput(
                    f"{self.what} must consist of values, got {value!r}, which cannot be known again on another day; "
                    "keep numbers, arrays and functions in it, or do without files"
                )
            return None
        names |= set(getattr(value, "__dict__", ()))
        return sorted(n for n in names if hasattr(value, n) and not isinstance(getattr(kind, n, 0), cached_property))


def simple(value: Any) -> tuple | None:
    """The tuple of a value that holds no others; None for one that does.

    >>> simple(True), simple(0.5), simple("a")
    (('number', '1'), ('number', '0x1.0000000000000p-1'), ('str', 'a'))
    """
    if isinstance(value, Enum):
        return ("enum", type(value).__qualname__, value.name)
    if value is None or value is Ellipsis or isinstance(value, (str, bytes)):
        return (type(value).__name__, value)
    if isinstance(value, (bool, int, np.bool_, np.integer)):
        return ("number", str(int(value)))
    if isinstance(value, (float, np.floating)):
        return ("number", str(int(value)) if float(value).is_integer() else float(value).hex())
    if isinstance(value, (complex, torch.dtype, torch.device, np.dtype, PurePath)):
        return (type(value).__name__, str(value))
    if isinstance(value, torch.Tensor) and value.layout is torch.strided and value.device.type != "meta":
        raw = value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()
        return ("tensor", str(value.dtype), tuple(value.shape), hashlib.sha256(raw).hexdigest())
    if isinstance(value, np.ndarray) and value.dtype != object and not isinstance(value, np.ma.MaskedArray):
        return ("array", value.dtype.str, value.shape, hashlib.sha256(value.tobytes()).hexdigest())
    return None


def _slots(base: type) -> Iterable[str]:
    slots = base.__dict__.get("__slots__", ())
    return [slots] if isinstance(slots, str) else [name for name in slots if name not in ("__dict__", "__weakref__")]
