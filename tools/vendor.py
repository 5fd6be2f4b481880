"""Record, or check, where the browser libraries in `static/` come from.

`python tools/vendor.py` prints what differs from VENDORED.json and exits 1; `--write` records what is there now.
To renew a library: `npm pack NAME@VERSION`, copy the file named below out of the archive, edit SOURCES, run `--write`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path

STATIC = Path(__file__).parents[1] / "share/jupyter/labextensions/kdviz/static"
RECORD = STATIC / "VENDORED.json"
# file here -> npm package, version, path inside the package, licence, licence file here
SOURCES = {
    "plotly-cartesian.min.js": (
        "plotly.js-cartesian-dist-min",
        "4.1.1",
        "plotly-cartesian.min.js",
        "MIT",
        "plotly-cartesian.LICENSE",
    ),
    "temml.min.js": ("temml", "0.13.5", "dist/temml.min.js", "MIT", "temml.LICENSE"),
}


def record() -> dict[str, dict[str, str | int]]:
    """Return {file: {package, version, path, licence, licence_file, sha256, bytes}} of the files as they are now."""
    found = {}
    for name, (package, version, path, licence, licence_file) in SOURCES.items():
        data = (STATIC / name).read_bytes()
        found[name] = {
            "package": package,
            "version": version,
            "path": path,
            "licence": licence,
            "licence_file": licence_file,
            "sha256": hashlib.sha256(data).hexdigest(),
            "bytes": len(data),
        }
    return found


def integrity(sha256: str) -> str:
    """Return a SHA-256 in hexadecimal digits in the form of the attribute `integrity`.

    >>> integrity("00" * 32)
    'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='
    """
    return f"sha256-{base64.b64encode(bytes.fromhex(sha256)).decode()}"


def main(argv: list[str]) -> int:
    """Write the record with `--write`, otherwise compare it with the files; 0 when they agree."""
    now = record()
    if "--write" in argv:
        RECORD.write_text(json.dumps(now, indent=2) + "\n")
        return 0
    kept = json.loads(RECORD.read_text())
    for name in sorted(now.keys() | kept.keys()):
        if now.get(name) != kept.get(name):
            print(f"{name}: recorded {kept.get(name)}, found {now.get(name)}")
    return int(now != kept)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
