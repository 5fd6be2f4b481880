"""From the settings to a running server."""

from __future__ import annotations

import logging
import os
import signal
import sys

from kdviz.serve.options import ROOT, Settings

ONE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PYDEVD_DISABLE_FILE_VALIDATION")


def launch(said: Settings) -> int:
    """Serve the dashboards until Ctrl+C or SIGTERM; returns the exit status.

    Raises SystemExit with one clear line when the dashboards are not there.
    """
    if not (said.folder / "index.ipynb").exists():
        raise SystemExit(
            "kdviz serve: no dashboards/ beside the package; run it from a clone, installed with pip install -e ."
        )
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # 1 s of grammar for addresses nobody checks
    from kdviz.serve import wakeup
    from kdviz.serve.app import Dashboards

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
    signal.signal(signal.SIGINT, signal.default_int_handler)  # Ctrl+C, also where a script's shell has it ignored
    app.start()
    return 0
