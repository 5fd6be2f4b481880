"""Write recorded runs: `python data/make.py [NAME …]` makes data/NAME.npz and data/NAME.json (without NAME: all).

A recording is a module with a function `make() -> (arrays, facts)`: `arrays` a dict of NumPy arrays, `facts` a dict of
plain values for the provenance (seeds, settings, what was run and what was not). To add one: write
`record.py` beside the page it belongs to, put a line into RECORDS, run this command, commit both files. Pages read the
arrays with `kdviz.core.recorded.load(NAME)`. A recording is at most 300 kB; the same command on the same versions
writes the same arrays.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.metadata
import json
import platform
import time
from pathlib import Path

import numpy as np

import kdviz

HERE = Path(__file__).parent
LARGEST = 300_000  # bytes
RECORDS = {  # name of the file -> module whose make() gives its content
    "means": "kdviz.pages.who_moves_the_mean.record",
    "race": "kdviz.pages.training_race.record",
    "table1": "kdviz.pages.initialisation.record",
}
SHOWN = ("numpy", "torch", "scikit-learn")  # distributions whose versions are noted


def versions() -> dict[str, str]:
    """Versions of what computes."""
    found = {"kdviz": kdviz.__version__, "python": platform.python_version()}
    for name in SHOWN:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def write(name: str, folder: Path = HERE) -> Path:
    """Make one recording and its provenance in `folder`; ValueError if it is larger than a recording may be."""
    import torch

    torch.set_num_threads(1)
    start = time.process_time()
    arrays, facts = importlib.import_module(RECORDS[name]).make()
    spent = time.process_time() - start
    path = folder / f"{name}.npz"
    np.savez_compressed(path, allow_pickle=False, **arrays)
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path.name} must be at most {LARGEST} bytes, got {path.stat().st_size}; store less")
    provenance = {
        "command": f"python data/make.py {name}",
        "module": RECORDS[name],
        **facts,
        "arrays": {key: f"{value.dtype} {list(value.shape)}" for key, value in sorted(arrays.items())},
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "cpu_seconds_one_thread": round(spent, 1),
        "versions": versions(),
        "licence": "ours, BSD-3-Clause, like the code",
    }
    path.with_suffix(".json").write_text(json.dumps(provenance, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def main(argv: list[str] | None = None) -> int:
    """Make the recordings that were named, or all."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(RECORDS)} (default: all)")
    names = asked.parse_args(argv).names or list(RECORDS)
    if unknown := set(names) - set(RECORDS):
        asked.error(f"there is no recording {', '.join(sorted(unknown))}; there are {', '.join(RECORDS)}")
    for name in names:
        path = write(name)
        print(f"{path.name}: {path.stat().st_size} bytes, provenance in {path.with_suffix('.json').name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
