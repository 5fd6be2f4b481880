"""Both sides state the same messages, and both homes of a name are one."""

from __future__ import annotations

from pathlib import Path
from typing import get_args, is_typeddict

import pytest

from kdviz.app import closed, forms, protocol
from kdviz.serve import websocket
from tests.support.forms import wrong
from tests.support.jsdoc import Reader, javascript, keys, python

TEXT = (Path(protocol.__file__).parent / "js/protocol.js").read_text(encoding="utf-8")
BROWSER = ("Trace", "Model", "Entry", "Libraries")  # what only the browser has
SESSION = ("Answer",)  # what only Python has: a message and its buffer
THERE = javascript(TEXT, BROWSER)


def stated() -> dict[str, str]:
    """Return the types that Python states, by name."""
    found = {}
    for module in (forms, protocol):
        for name, form in vars(module).items():
            if name[0].isupper() and name not in SESSION and (is_typeddict(form) or get_args(form)):
                found[name] = keys(form) if is_typeddict(form) else python(form)
    return {name: text for name, text in found.items() if name not in ("Any", "Literal", "NotRequired", "TypedDict")}


HERE = stated()


def test_both_sides_have_the_same_names() -> None:
    assert THERE.keys() == HERE.keys()
    assert len(HERE) >= 30


@pytest.mark.parametrize("name", HERE)
def test_a_form_has_the_same_keys_and_kinds_on_both_sides(name: str) -> None:
    assert THERE[name] == HERE[name]


def test_the_comparison_notices_a_key_a_kind_an_option_and_a_name() -> None:
    for old, new in (
        ("[spent]", "spent"),
        ('{kind: "run", do: string}', '{kind: "run", act: string}'),
        ("@property {boolean} whole", "@property {number} whole"),
        ('{kind: "hello", version: number}', '{kind: "hello", version?: number}'),
        ("}} Whole", "}} All"),
        ("role: string, text: string]", "role: string]"),
    ):
        assert old in TEXT
        assert javascript(TEXT.replace(old, new), BROWSER) != HERE, old


def test_types_are_read_as_they_are_written() -> None:
    read = [
        Reader(text, {"Json": "record<any>"}).type() for text in ("(null | string)[]", "{b: [x: Json, y: A], a?: 1}")
    ]
    assert read == ["list<null | string>", "{a?: 1, b: [record<any>, A]}"]


def test_the_validator_notices_what_is_wrong() -> None:
    hello = {"kind": "hello", "version": 3}
    assert wrong(hello, protocol.Hello) == ""
    for broken in (
        {**hello, "version": True},
        {**hello, "more": 1},
        {"kind": "hello"},
        {**hello, "kind": "x"},
        [],
        None,
    ):
        assert wrong(broken, protocol.Hello)
    status = {"state": "idle", "done": 0, "total": 0, "words": "", "left": 1.5, "place": 0}
    assert wrong(status, protocol.RunStatus) == ""
    assert wrong(status | {"left": float("nan")}, protocol.RunStatus)
    assert wrong([["a", 1.0, 0, 1, "r"]], list[protocol.Gauge])


def test_the_channel_of_widgets_has_one_name_and_one_home() -> None:
    assert closed.CONTROL is websocket.CONTROL is protocol.CONTROL
    root = Path(protocol.__file__).parents[1]
    homes = [path.name for path in root.rglob("*.py") if f'"{protocol.CONTROL}"' in path.read_text(encoding="utf-8")]
    assert homes == ["protocol.py"]
