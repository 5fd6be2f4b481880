"""Whether `.venv` is still what was installed: in the place where it was made, and with nothing taken out of it.

Standard library only, and cheap: two folders are listed, nothing is imported and no process is started.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

DATA = re.compile(r"(?:\.\./)+(share/jupyter/[^/,]+/[^/,]+)")  # a file outside site-packages, as a RECORD names it


def site(venv: Path) -> Path:
    """Return where the packages of a virtual environment lie."""
    if os.name == "nt":
        return venv / "Lib" / "site-packages"
    return next(iter(sorted(venv.glob("lib/python3*/site-packages"))), venv / "lib")


def contents(venv: Path) -> list[str]:
    """Return the names of what is installed: modules, records (without versions), folders below share/jupyter."""
    found = site(venv)
    names = {
        re.sub(r"-[^-]+\.dist-info$", ".dist-info", name) for name in (os.listdir(found) if found.is_dir() else ())
    }
    shared = {path.relative_to(venv).as_posix() for path in venv.glob("share/jupyter/*/*")}
    return sorted(name for name in names | shared if name != "__pycache__" and not name.startswith("~"))


def forget(venv: Path, missing: Iterable[str]) -> None:
    """Remove the records of packages of which something is missing, so that pip installs these anew."""
    gone = set(missing)
    for record in site(venv).glob("*.dist-info/RECORD"):
        files = record.read_text(encoding="utf-8", errors="replace").splitlines()
        if gone & {found[1] if (found := DATA.match(line)) else re.split("[/,]", line)[0] for line in files}:
            shutil.rmtree(record.parent)


def relocate(venv: Path, old: str, new: str) -> None:
    """Rewrite the paths in a virtual environment that was moved or copied with its project from `old` to `new`."""
    scripts = (venv / python_folder()).iterdir() if (venv / python_folder()).is_dir() else ()
    records = site(venv).glob("kdviz-*.dist-info/direct_url.json")
    for path in (venv / "pyvenv.cfg", *site(venv).glob("*.pth"), *records, *scripts):
        if path.is_file() and not path.is_symlink() and b"\0" not in (text := path.read_bytes()):
            for before, after in pairs(venv, old, new):
                text = re.sub(before, lambda _, after=after: after, text)
            if text != path.read_bytes():
                path.write_bytes(text)


def pairs(venv: Path, old: str, new: str) -> Iterator[tuple[bytes, bytes]]:
    """Return what to look for and what to put there: the head of a script first, then the path, in a URL and plain."""
    head = os.fsencode(f"{new}/{venv.name}/bin/python")  # read by a shell: `#!` takes no spaces and no long paths
    there = re.escape(os.fsencode(f"{old}/{venv.name}/bin/python"))
    yield rb"\A#!" + there + rb"[\d.]*\n", b"#!/bin/sh\n'''exec' \"" + head + b'" "$0" "$@"\n\' \'\'\'\n'
    for start, before, after in (("file://", quote(old), quote(new)), ("", old, new)):
        there = re.escape(os.fsencode(start + before))
        yield rb"(?<![\w.-])" + there + rb"(?![\w.-])", os.fsencode(start + after)


def python_folder() -> str:
    """Return the name of the folder of a virtual environment that holds its interpreter."""
    return "Scripts" if os.name == "nt" else "bin"
