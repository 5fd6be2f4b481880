"""One command for everything: `python3 run.py serve` opens the pages, `python3 run.py test` runs every test,
`python3 run.py check` those that need no browser and no server, within a minute and a half.

Needs Python 3.11 or newer and nothing else. The first call makes `.venv` beside this file and installs into it.
"""

import sys

if sys.version_info < (3, 11):  # said before anything that an older Python cannot read
    import shutil

    newer = [name for name in ("python3.13", "python3.12", "python3.11", "python3.14") if shutil.which(name)]
    cure = f"run `{newer[0]} run.py ...` instead." if newer else "install a newer one from https://www.python.org."
    sys.exit(f"kdviz needs Python 3.11 or newer, and this is {sys.version_info[0]}.{sys.version_info[1]}; {cure}")

import argparse
import difflib
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from kdviz.serve import address  # noqa: E402  (standard library only)
from tools import browser, checks, environment, node  # noqa: E402
from tools.environment import Trouble, on, say  # noqa: E402

VARIABLES = """\
variables:
  KDVIZ_BROWSER=PATH   the Chromium, Chrome or Edge that the tests drive
  KDVIZ_NO_BROWSER=1   leave the browser tests out; their number is printed last
  KDVIZ_NO_TORCH=1     do without PyTorch; the tests that need it are left out and counted
  KDVIZ_STRICT=1       set by `test`: a test that skips itself fails the run
  KDVIZ_MEMORY_LIMIT=N MiB that the server and all its processes may take, for `serve`; by default what is free
  KDVIZ_LANGUAGE=XX    the language of the pages, where there are words for it (en)
  KDVIZ_RUNS=PATH      set by `serve` for its sessions: where live runs are lent
  CI=true              set by CI services; hypothesis then draws the same examples every time

Options that are not listed go on: those of `test` to pytest, of `serve` to `python -m kdviz serve`, of `lab` to
JupyterLab.
"""
QUIET = ("quiet", "gpu", "slow")  # marks of tests that need the machine for themselves; the others run side by side
NOTHING_TO_RUN = 5  # pytest's exit status where every test was left out


def serve(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Start Voila on the dashboards; Ctrl-C stops it and every kernel."""
    host = address.listened(options.host, options.lab)
    try:
        address.listenable(host, options.port)
    except address.Unusable as error:
        raise Trouble(f"{error}.") from None
    python = environment.ensure(test=False, gpu=options.gpu)
    command = ["-m", "kdviz", "serve", "--port", str(options.port), "--host", host]
    return become(python, command + ["--lab"] * options.lab + ["--open"] * options.open + list(rest))


def lab(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Open the same notebooks in JupyterLab."""
    python = environment.ensure(test=False, gpu=options.gpu)
    where = [f"--ServerApp.root_dir={ROOT}", "--LabApp.default_url=/lab/tree/dashboards/index.ipynb"]
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return become(python, ["-m", "jupyterlab", *where, *as_root, *rest])


def test(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Install what tests need, a browser included, and run them all (slow ones with --all)."""
    no_torch = on("KDVIZ_NO_TORCH")
    python = environment.ensure(test=True, gpu=options.gpu, torch_required=not no_torch)
    node.ensure(python)
    extra = {"KDVIZ_STRICT": "1"}  # tests/conftest.py: a skipped test fails the run
    if not on("KDVIZ_NO_BROWSER"):
        extra["KDVIZ_BROWSER"] = browser.ensure(python)
    if rest or no_torch:  # what is left out without torch is counted in one process
        return become(python, ["-m", "pytest", *(["-m", ""] if options.all else []), *rest], **extra)
    surroundings = environment.surroundings(python) | extra
    found = [
        subprocess.call([str(python), "-m", "pytest", *arguments], cwd=ROOT, env=surroundings)
        for arguments in division(slow=options.all, browsers=not on("KDVIZ_NO_BROWSER"))
    ]
    return next((status for status in found if status not in (0, NOTHING_TO_RUN)), 0)


def division(*, slow: bool, browsers: bool) -> list[list[str]]:
    """Return what pytest is asked for, one part after the other: what needs no browser, what does, what needs quiet."""
    workers = str(max(1, min(4, os.cpu_count() or 1)))
    beside, apart = ["-n", workers, "--dist", "loadfile", "-m"], " or ".join(QUIET)
    left_out = "" if slow else " and not slow"
    first = [*beside, f"not (browser or {apart})"]
    if not browsers:  # none of them runs: they are counted, in one process
        return [first, ["-m", f"(browser or {apart}){left_out}", "tests/browser", *marked(*QUIET)]]
    second = [*beside, f"browser and not ({apart})", "tests/browser"]
    return [first, second, ["-m", f"({apart}){left_out}", *marked(*QUIET)]]


def marked(*marks: str) -> list[str]:
    """Return the files of tests in which one of these marks is set: to read three thousand others takes its time."""
    words = [f"mark.{mark}" for mark in marks]
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    found = [path for path in files if any(word in path.read_text(encoding="utf-8") for word in words)]
    return [path.relative_to(ROOT).as_posix() for path in found]


def check(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Check style, types, JavaScript and the mathematics, side by side: no browser, no server."""
    if rest:
        raise Trouble(f"check takes no options, and `{rest[0]}` is one; `python3 run.py test {rest[0]}` passes it on.")
    python = environment.ensure(test=True, gpu=options.gpu)
    node.ensure(python)
    surroundings = environment.surroundings(python) | {"KDVIZ_STRICT": "1"}
    return checks.report(checks.run_all(checks.PARTS, python, ROOT, surroundings))


def bench(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Print the performance table: ratios against named peers, measured in one run."""
    python = environment.ensure(test=True, gpu=options.gpu, torch_required=True)
    peers = ["--peers"] if options.peers else []
    return become(python, ["-m", "benchmarks", *peers, *rest], KDVIZ_BROWSER=browser.ensure(python))


def thumbs(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Take the thumbnails and screenshots anew, from the real pages."""
    python = environment.ensure(test=True, gpu=options.gpu)
    return become(python, ["-m", "tools.thumbnails", *rest], KDVIZ_BROWSER=browser.ensure(python))


def data(options: argparse.Namespace, rest: Sequence[str]) -> int:
    """Make the recorded data anew (see data/README.md)."""
    if not (ROOT / "data" / "make.py").exists():
        say("this release ships no recorded data, so there is nothing to make (data/README.md)")
        return 0
    return become(environment.ensure(test=False, gpu=options.gpu, torch_required=True), ["data/make.py", *rest])


COMMANDS = {command.__name__: command for command in (serve, lab, test, check, bench, thumbs, data)}


def become(python: Path, arguments: Sequence[str], **extra: str) -> int:
    """Hand this process over to `python arguments` in the project's folder, so that Ctrl-C reaches it and nothing else.

    On Windows, where a process cannot become another, wait for it and return its exit status.
    """
    surroundings = environment.surroundings(python) | extra
    sys.stdout.flush()
    os.chdir(ROOT)
    if os.name == "posix":
        os.execve(python, [str(python), *arguments], surroundings)
    with subprocess.Popen([str(python), *arguments], env=surroundings) as child:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the child shares the console and gets Ctrl-C itself
        return child.wait()


def parser() -> argparse.ArgumentParser:
    """Return the command line as described in --help."""
    top = argparse.ArgumentParser(
        prog="run.py", description=__doc__, epilog=VARIABLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name, command in COMMANDS.items():
        text = (command.__doc__ or "").splitlines()[0]
        sub = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        sub.add_argument(
            "--gpu", action="store_true", help="install PyTorch's default build (CUDA on Linux: gigabytes)"
        )
        if command is serve:
            sub.add_argument("--port", type=int, default=address.PORT, help=f"where to listen ({address.PORT})")
            sub.add_argument(
                "--host", help=f"the address to listen on ({address.HERE}; with --lab {address.EVERYWHERE})"
            )
            sub.add_argument("--lab", action="store_true", help="for a class: all addresses, a token and a QR code")
            sub.add_argument("--open", action="store_true", help="open the index page in your browser")
        if command is test:
            sub.add_argument("--all", action="store_true", help="the slow tests too")
        if command is bench:
            sub.add_argument(
                "--peers",
                action="store_true",
                help="measure the same page in Dash, marimo, Panel, Solara and stock Voila too",
            )
    return top


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit status: 2 for a bad command line, 1 when something is missing."""
    if argv and not argv[0].startswith("-") and argv[0] not in COMMANDS:
        close = difflib.get_close_matches(argv[0], COMMANDS, n=1)
        hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(COMMANDS)}."
        print(f"run.py: there is no command `{argv[0]}`; {hint}", file=sys.stderr)
        return 2
    options, rest = parser().parse_known_args(argv)
    if options.command is None:
        parser().print_help()
        return 2 if rest else 0
    try:
        return COMMANDS[options.command](options, [item for item in rest if item != "--"])
    except Trouble as trouble:
        say(str(trouble))
        return 1
    except KeyboardInterrupt:
        say("stopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
