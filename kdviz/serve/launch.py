"""From the settings to a running server."""

from __future__ import annotations

import dataclasses
import logging
import os
import platform
import signal
import sys

from kdviz.serve import descriptors
from kdviz.serve.options import ROOT, Settings

ONE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PYDEVD_DISABLE_FILE_VALIDATION")
MEMORY = {"PYTHONMALLOC": "malloc", "MALLOC_ARENA_MAX": "1"}  # memory from the C library, in one heap


def launch(said: Settings) -> int:
    """Serve the dashboards until Ctrl+C or SIGTERM; returns the exit status.

    Raises SystemExit with one clear line when the dashboards are not there.
    """
    if not (said.folder / "index.ipynb").exists():
        raise SystemExit(
            "kdviz serve: no dashboards/ beside the package; run it from a clone, installed with pip install -e ."
        )
    choose_memory()
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # 1 s of grammar for addresses nobody checks
    from kdviz.serve import wakeup
    from kdviz.serve.app import Dashboards
    from kdviz.serve.quiet import quieten

    fits = descriptors.seats(descriptors.raise_limit())
    if fits < said.max_sessions:
        print(f"kdviz: up to {fits} sessions, as this system allows {descriptors.limit()} open files (ulimit -n)")
        said = dataclasses.replace(said, max_sessions=fits)
    os.chdir(ROOT)  # Voila reads voila.json from the working directory
    for name in ONE:
        os.environ.setdefault(name, "1")
    os.environ["JUPYTER_PATH"] = os.pathsep.join(
        [str(ROOT / "share/jupyter"), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    )
    wakeup.patch()
    app = Dashboards.instance().prepare(said)
    if not said.verbose:
        app.log.setLevel(logging.WARNING)
    quieten(app.log)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # Ctrl+C, also where a script's shell has it ignored
    app.start()
    return 0


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
