"""Node's tools for the JavaScript of the pages: installed from the lock file, and run (standard library only).

`python tools/node.py types | lint | format | test | build` runs one of them by hand.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.environment import ROOT, Trouble, say, surroundings

MODULES = ROOT / "node_modules"
STAMP = MODULES / "kdviz-stamp.txt"
MISSING = "Node is missing; run `python3 run.py test`, which installs it, or put node and npm on PATH."
# esbuild's script of installation only saves it a few milliseconds; a proxy's address must not get into the lock file
CLEAN = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def find(name: str, python: Path) -> str:
    """Return the path of `node` or `npm`: beside `python`, else on PATH; Trouble where there is none."""
    found = shutil.which(name, path=surroundings(python)["PATH"])
    if found is None:
        raise Trouble(MISSING)
    return found


def ensure(python: Path) -> None:
    """Install what package-lock.json names into node_modules, unless that was done; Trouble when it fails."""
    lock = (ROOT / "package-lock.json").read_bytes()
    wanted = hashlib.sha256(lock).hexdigest()
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted:
        return
    started = time.monotonic()
    say("installing the JavaScript tools ...")
    done = subprocess.run(
        [find("npm", python), *CLEAN], cwd=ROOT, env=surroundings(python), capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = "\n".join(f"    {line}" for line in (done.stdout + done.stderr).strip().splitlines()[-8:])
        raise Trouble(f"`npm {' '.join(CLEAN)}` failed; its last lines:\n{last}")
    STAMP.write_text(wanted, encoding="utf-8")
    say(f"    done in {time.monotonic() - started:.0f} s")


def npm(script: str, python: Path = Path(sys.executable)) -> subprocess.CompletedProcess[str]:
    """Run a script of package.json; the caller looks at `returncode`, `stdout` and `stderr`."""
    ensure(python)
    command = [find("npm", python), "run", "--silent", script]
    return subprocess.run(
        command, cwd=ROOT, env=surroundings(python), capture_output=True, text=True, encoding="utf-8", check=False
    )


def main(argv: list[str]) -> int:
    """Run the scripts that are named; 0 when all of them are content."""
    worst = 0
    for script in argv or ["types", "lint", "test"]:
        done = npm(script)
        print(done.stdout + done.stderr, end="")
        worst = max(worst, done.returncode)
    return worst


if __name__ == "__main__":
    os.chdir(ROOT)
    try:
        sys.exit(main(sys.argv[1:]))
    except Trouble as trouble:
        sys.exit(f"kdviz: {trouble}")
