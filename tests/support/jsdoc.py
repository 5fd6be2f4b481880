"""The types that JSDoc comments and Python annotations state, written alike: `{a, b?}`, `list<number>`, `A | null`."""

import re
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

TOKEN = re.compile(r"""\s*("[^"]*"|[\w$]+|=>|[{}\[\]()<>|,:?])""")
BLOCK = re.compile(r"/\*\*(.*?)\*/", re.S)
PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", None: "null", NoneType: "null", Any: "any"}
PLAIN |= {bytes: "DataView"}


def union(parts: list[str]) -> str:
    """One type out of several, in a fixed order."""
    return " | ".join(sorted({one for part in parts for one in alternatives(part)}))


def alternatives(text: str) -> Iterator[str]:
    """The types between which `|` stands, not those inside of others."""
    depth, start = 0, 0
    for at, letter in enumerate(text):
        depth += (letter in "{[<") - (letter in "}]>")
        if letter == "|" and depth == 0:
            yield text[start : at - 1]
            start = at + 2
    yield text[start:]


class Reader:
    """Reads one type of JSDoc; `known` are the types that were read before, by name."""

    def __init__(self, text: str, known: dict[str, str]) -> None:
        self.tokens, self.known = [*TOKEN.findall(text), ""], known

    def next(self, *wanted: str) -> str:
        """Take the next token, which must be one of these if any are given."""
        token = self.tokens.pop(0)
        assert not wanted or token in wanted, f"{token!r} instead of {wanted}"
        return token

    def type(self) -> str:
        """Read a type with all its alternatives."""
        parts = [self.one()]
        while self.tokens[0] == "|":
            self.next()
            parts.append(self.one())
        return union(parts)

    def one(self) -> str:
        """Read a type without alternatives."""
        token = self.next()
        if token == "{":
            found = self.keys()
        elif token == "[":
            found = f"[{', '.join(self.items())}]"
        elif token == "(":
            found = self.type()
            self.next(")")
        elif self.tokens[0] == "<":
            found = self.generic(token)
        else:
            found = token if token[0] == '"' else self.known.get(token, token)
        while self.tokens[:2] == ["[", "]"]:
            del self.tokens[:2]
            found = f"list<{found}>"
        return found

    def generic(self, name: str) -> str:
        """Read the rest of `Record<string, T>` or `Partial<T>`."""
        self.next("<")
        inner = [self.type()]
        while self.next(",", ">") == ",":
            inner.append(self.type())
        return f"record<{inner[1]}>" if name == "Record" else "record<any>"  # Python knows no part of a TypedDict

    def items(self) -> Iterator[str]:
        """Read the items of a tuple, with names or without."""
        while True:
            if self.tokens[1] == ":":
                del self.tokens[:2]
            yield self.type()
            if self.next(",", "]") == "]":
                return

    def keys(self) -> str:
        """Read the keys of an object."""
        found = []
        while True:
            key = self.next()
            if self.next("?", ":") == "?":
                key += "?"
                self.next(":")
            found.append(f"{key}: {self.type()}")
            if self.next(",", "}") == "}":
                return written(found)


def written(keys: list[str]) -> str:
    """An object type with its keys in a fixed order."""
    return f"{{{', '.join(sorted(keys))}}}"


def javascript(text: str, skip: tuple[str, ...]) -> dict[str, str]:
    """The typedefs of a JavaScript file; an object is known to others by its name, everything else by its content."""
    found, known = {}, {}
    for block in BLOCK.findall(text):
        head = re.search(r"@typedef \{(.*)\} (\w+)", block)
        if head is None or "=>" in block:
            continue
        if head[1] == "object":
            keys = re.findall(r"@property \{(.*)\} (\[?)(\w+)", block)
            found[head[2]] = written(
                [f"{key}{'?' if open else ''}: {Reader(kind, known).type()}" for kind, open, key in keys]
            )
            continue
        found[head[2]] = Reader(head[1], known).type()
        if not found[head[2]].startswith("{"):
            known[head[2]] = found[head[2]]
    return {name: text for name, text in found.items() if name not in skip}


def python(form: Any) -> str:
    """A Python type as a JavaScript one; a TypedDict is its name."""
    origin, parts = get_origin(form), get_args(form)
    if is_typeddict(form):
        return form.__name__
    if origin in (Union, UnionType):
        return union([python(part) for part in parts])
    if origin is Literal:
        return union([f'"{part}"' for part in parts])
    if origin is list:
        return f"list<{python(parts[0])}>"
    if origin is tuple:
        return f"[{', '.join(map(python, parts))}]"
    if origin is dict:
        return f"record<{python(parts[1])}>"
    return PLAIN[form]


def keys(form: Any) -> str:
    """A TypedDict as an object type."""
    kinds, whole = get_type_hints(form), get_type_hints(form, include_extras=True)
    optional = {key for key, kind in whole.items() if get_origin(kind) is NotRequired}
    return written([f"{key}{'?' if key in optional else ''}: {python(kind)}" for key, kind in kinds.items()])
