"""From the settings to a running server."""

from __future__ import annotations

import dataclasses
import importlib.machinery
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from kdviz.serve import descriptors, folders, signals
from kdviz.serve.options import ROOT, Settings

ONE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PYDEVD_DISABLE_FILE_VALIDATION")
MEMORY = {"PYTHONMALLOC": "malloc", "MALLOC_ARENA_MAX": "1"}  # memory from the C library, in one heap


def launch(settings: Settings) -> int:
    """Serve the dashboards until Ctrl+C or SIGTERM; returns the exit status.

    Raises SystemExit with one clear line when the dashboards are not there.
    """
    if not (settings.folder / "index.ipynb").exists():
        raise SystemExit(
            "kdviz serve: no dashboards/ beside the package; run it from a clone, installed with pip install -e ."
        )
    refuse_another_package()
    choose_memory()
    signals.on_ending(signals.stop_early)
    try:
        folders.tidy(Path(tempfile.gettempdir()), Path("/tmp"))
        added, private = folders.home(os.environ)
    except FileNotFoundError as error:
        raise SystemExit(f"kdviz serve: {error.strerror}; name a folder for them in TMPDIR") from None
    os.environ.update(added)
    try:
        return run(settings)
    finally:
        if private:
            shutil.rmtree(private, ignore_errors=True)


def run(settings: Settings) -> int:
    """Make the server and run it until it is stopped."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # 1 s of grammar for addresses nobody checks
    from kdviz.serve import logs, malformed, wakeup
    from kdviz.serve.app import Dashboards

    fits = descriptors.seats(descriptors.raise_limit())
    if fits < settings.max_sessions:
        print(f"kdviz: up to {fits} sessions, as this system allows {descriptors.limit()} open files (ulimit -n)")
        settings = dataclasses.replace(settings, max_sessions=fits)
    os.chdir(ROOT)  # Voila reads voila.json from the working directory
    for name in ONE:
        os.environ.setdefault(name, "1")
    os.environ["JUPYTER_PATH"] = os.pathsep.join(
        [str(ROOT / "share/jupyter"), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    )
    wakeup.patch()
    malformed.patch()
    app = Dashboards.instance().prepare(settings)
    logs.set_up(app.log, settings.verbose)
    try:
        app.start()
    finally:
        shutil.rmtree(app.connection_dir, ignore_errors=True)
    return 0


def refuse_another_package() -> None:
    """Raise SystemExit where the kernels, which run in another folder, would find another kdviz than this, or none."""
    found = importlib.machinery.PathFinder.find_spec("kdviz", sys.path[1:])  # the first is the working directory
    here = Path(__file__).resolve().parents[1]
    there = Path(found.origin).resolve().parent if found and found.origin else None
    if there != here:
        raise SystemExit(
            f"kdviz serve: this is {here}, but its pages would load {there or 'none'}; the folder was moved or copied: "
            "start it by `python3 run.py serve`, or run `pip install -e .` in it"
        )


def choose_memory() -> None:
    """Start this program anew, once, so that it uses the C library's memory instead of Python's (with glibc).

    Python gives memory back in mebibytes, and one object left by a crowd holds a whole one; glibc gives back every page
    of 4 KiB. The choice is made when Python starts. Whoever set one of these variables has chosen; kernels get neither.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    if MEMORY.keys().isdisjoint(os.environ):
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | MEMORY)
    for name in MEMORY:
        os.environ.pop(name, None)
