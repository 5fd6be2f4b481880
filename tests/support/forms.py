"""Whether a value has the form that a type of `kdviz.app.protocol` states."""

import math
from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict


def wrong(value: object, form: Any, where: str = "it") -> str:
    """What is wrong with a value that came out of JSON ("" where nothing is): keys, kinds, lengths of tuples, NaN."""
    origin, parts = get_origin(form), get_args(form)
    if form is Any:
        return ""
    if is_typeddict(form):
        return wrong_keys(value, form, where)
    if origin in (Union, UnionType):
        found = [wrong(value, part, where) for part in parts]
        return "" if "" in found else " and ".join(found)
    if origin is Literal:
        return "" if value in parts else f"{where} is {value!r}, not one of {parts}"
    if origin is dict:
        if not isinstance(value, dict):
            return f"{where} is {value!r}, not an object"
        return first(wrong(item, parts[1], f"{where}.{key}") for key, item in value.items())
    if origin in (list, tuple):
        if not isinstance(value, list):
            return f"{where} is {value!r}, not a list"
        if origin is tuple and len(value) != len(parts):
            return f"{where} has {len(value)} items, not {len(parts)}"
        forms = parts if origin is tuple else parts * len(value)
        return first(
            wrong(item, part, f"{where}[{i}]") for i, (item, part) in enumerate(zip(value, forms, strict=True))
        )
    return "" if is_a(value, form) else f"{where} is {value!r:.80}, not {form}"


def wrong_keys(value: object, form: Any, where: str) -> str:
    """What is wrong with an object of stated keys."""
    if not isinstance(value, dict):
        return f"{where} is {value!r}, not an object"
    keys = get_type_hints(form, include_extras=True)
    optional = {key for key, kind in keys.items() if get_origin(kind) is NotRequired}
    if odd := (value.keys() - keys.keys()) | (keys.keys() - optional - value.keys()):
        return f"{where} has other keys than {form.__name__}: {sorted(odd)}"
    plain = get_type_hints(form)
    return first(wrong(item, plain[key], f"{where}.{key}") for key, item in value.items())


def is_a(value: object, form: Any) -> bool:
    """Whether a plain value is of a plain type; whole numbers are floats too, NaN is none, bools are no numbers."""
    if form is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if form in (None, NoneType):
        return value is None
    return type(value) is form


def first(complaints: Any) -> str:
    """The first of some complaints that is one."""
    return next(filter(None, complaints), "")
