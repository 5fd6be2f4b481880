"""The folders of a server: gone with it whatever ended it, and never in a home that cannot be written to."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

PREFIX = "voila_"  # of every folder that a server makes in the folder for temporary files
LOCK = "kdviz.lock"  # in each of them: held by its server, and let go by the system when that ends
HELD: list[int] = []  # file descriptors of the locks of this process


def claim(folder: Path) -> None:
    """Hold a folder as long as this process lives: the lock is taken before it has the name that others look for."""
    if os.name != "posix":
        return
    import fcntl

    held = os.open(folder / f"{LOCK}.new", os.O_CREAT | os.O_RDWR, 0o600)  # not inherited by kernels
    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.rename(folder / f"{LOCK}.new", folder / LOCK)
    HELD.append(held)


def tidy(*roots: Path) -> None:
    """Remove the folders of this user's servers that are gone; where a lock cannot be asked for (Windows), none."""
    if os.name != "posix":
        return
    for folder in {folder for root in roots for folder in root.glob(f"{PREFIX}*")}:
        if abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def abandoned(folder: Path) -> bool:
    """Tell whether a folder is this user's, was claimed once, and nobody holds it."""
    import fcntl

    try:
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            return False
        asked = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(asked, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(asked)
    return True


def writable(place: Path) -> bool:
    """Tell whether files can be made below `place`, or it can be made; tried, since root passes every other check."""
    there = next(folder for folder in (place, *place.parents) if folder.exists())
    try:
        os.rmdir(tempfile.mkdtemp(prefix=".kdviz-", dir=there))
    except OSError:
        return False
    return True


def home(environ: Mapping[str, str]) -> tuple[dict[str, str], Path | None]:
    """Return what to add to the environment so that everything written to a home can be written, and a folder made.

    Jupyter and the kernels keep a history, profiles and connections there. Nothing is added where that works.
    """
    base = Path(environ.get("HOME") or Path.home())
    data = Path(environ.get("XDG_DATA_HOME") or base / ".local/share")
    places = {
        "HOME": base,
        "IPYTHONDIR": Path(environ.get("IPYTHONDIR") or base / ".ipython"),
        "JUPYTER_DATA_DIR": Path(environ.get("JUPYTER_DATA_DIR") or data / "jupyter"),
        "JUPYTER_RUNTIME_DIR": Path(environ.get("JUPYTER_RUNTIME_DIR") or data / "jupyter/runtime"),
    }
    closed = [name for name, place in places.items() if os.name == "posix" and not writable(place)]
    if not closed:
        return {}, None
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    claim(folder)
    return {name: str(folder if name == "HOME" else folder / name.lower()) for name in closed}, folder
