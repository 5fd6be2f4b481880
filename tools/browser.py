"""Find the Chromium that the browser tests drive, or install one (standard library only)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.environment import Trouble, say, surroundings

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge", "microsoft-edge", "chrome")
PLACES = (  # where macOS and Windows keep them, off PATH
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
MISSING = (
    "no browser for the browser tests; install Chromium (Debian: sudo apt install chromium), name one in "
    "KDVIZ_BROWSER, or set KDVIZ_NO_BROWSER=1 to leave these tests out."
)


def ensure(python: Path) -> str:
    """Return the path of a browser that starts, installing Chromium when there is none; Trouble when that fails."""
    named = os.environ.get("KDVIZ_BROWSER")
    if named:
        found = shutil.which(named)
        if found is None:
            raise Trouble(f"KDVIZ_BROWSER={named} is no program; give the path of Chromium, Chrome or Edge.")
        return found
    return find(python) or install(python)


def find(python: Path) -> str | None:
    """Return the first browser on PATH, in the usual places, or in Playwright's own folder; None when there is none."""
    for name in (*NAMES, *PLACES):
        found = shutil.which(name)
        if found and starts(found):
            return found
    ask = "import playwright.sync_api as s\nwith s.sync_playwright() as p: print(p.chromium.executable_path)"
    own = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False).stdout.strip()
    return own if own and Path(own).exists() and starts(own) else None


def starts(path: str) -> bool:
    """Return whether `path --version` succeeds; on Windows, where that would open a window, take its word for it.

    Ubuntu's `chromium-browser` outside snap is a stub that only prints advice and fails.
    """
    if sys.platform == "win32":
        return True
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def install(python: Path) -> str:
    """Install Chromium, with apt as root on Debian and its kin, otherwise through Playwright; return its path."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    ways = []
    if root and shutil.which("apt-get"):
        ways.append([["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]])
    ways.append([[str(python), "-m", "playwright", "install", *(["--with-deps"] if root else []), "chromium"]])
    held = surroundings(python) | {"DEBIAN_FRONTEND": "noninteractive"}
    for way in ways:
        say(f"no browser found; trying `{' '.join(way[-1]).replace(str(python), 'python')}` ...")
        for command in way:
            try:
                done = subprocess.run(command, env=held, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                      errors="replace", timeout=900, check=False)  # fmt: skip
            except (OSError, subprocess.TimeoutExpired) as error:
                say(f"    that failed: {error}")
                break
            if done.returncode:
                last = "\n".join(f"    {line}" for line in (done.stdout + done.stderr).strip().splitlines()[-4:])
                say(f"    that failed:\n{last}")
                break
        else:
            found = find(python)
            if found:
                return found
    raise Trouble(MISSING)
