"""What the command line can say, and what it means on this machine."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from kdviz.serve import address, memory

ROOT = Path(__file__).parents[2]  # the project: dashboards/ and voila.json lie here
MOST = 1000  # sessions, and places in the queue: many times what one machine was measured with
LEAST = 256  # MiB of data (RLIMIT_DATA) without which no page starts: 171 to 209 were measured, and a fifth more
FORKED, OWN = 30.0, 75.0  # MiB that a page takes, in a fork and in a process of its own
PREPARED = 180.0  # MiB of the prepared process with torch, which forked live runs share
OPENING_FORKED, OPENING_OWN = 10.0, 60.0  # MiB of the process that computes with what pages open
RUNS = 2 * 400.0  # MiB for two live runs, whoever sits there


@dataclass(frozen=True)
class Settings:
    """What the command line can say; see `python -m kdviz serve --help`."""

    folder: Path
    host: str = address.HERE
    port: int = address.PORT
    names: tuple[str, ...] = ()  # names in `Host` that a proxy passes on, besides those of this machine
    lab: bool = False
    max_sessions: int = 20
    max_starting: int = 2
    memory_per_session: int = 1024  # MiB
    token: str = ""
    open: bool = False
    verbose: bool = False
    fork: bool = False
    deadline: float = 45.0  # s from the seat to the whole page
    idle: int = 1800  # s that a session outlives its last connection


def session_cost(fork: bool) -> float:
    """Return the MiB that a page takes while it does not train; live runs are admitted apart, by measured memory."""
    return FORKED if fork and sys.platform == "linux" else OWN


def default_sessions(free: float, fork: bool = False) -> int:
    """Return how many sessions fit into three quarters of `free` MiB beside two live runs, between 2 and 60.

    >>> default_sessions(4096), default_sessions(4096, fork=True), default_sessions(64000), default_sessions(50)
    (29, 60, 60, 2)
    """
    shared = RUNS + (PREPARED + OPENING_FORKED if fork else OPENING_OWN)
    return max(2, min(60, int((0.75 * free - shared) / session_cost(fork))))


def default_starts(processors: int, fork: bool = False) -> int:
    """Return how many pages start at once; the start of a forked one waits longer than it computes.

    >>> default_starts(1), default_starts(2, fork=True), default_starts(8)
    (2, 4, 8)
    """
    return max(2, processors * (2 if fork else 1))


def bounds() -> dict[str, tuple[int, int, bool, str]]:
    """Return for each whole number (least, most, whether 0 is allowed too, what to do instead) on this machine."""
    everything = int(psutil.virtual_memory().total / 2**20)
    return {
        "max_sessions": (1, MOST, False, "leave it out for as many as the memory allows"),
        "max_starting": (1, MOST, False, "leave it out for what this machine starts best"),
        "memory_per_session": (LEAST, everything, True, "leave it out for 1024 MiB, or say 0 for no limit"),
    }


def refuse_outside(name: str, value: int | None, least: int, most: int, nothing: bool, cure: str) -> None:
    """Raise SystemExit with the cure for a number that makes no sense here."""
    if value is None or least <= value <= most or (nothing and value == 0):
        return
    raise SystemExit(
        f"kdviz serve: --{name.replace('_', '-')} must be between {least} and {most}, and {value} is not; {cure}"
    )


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the options of `kdviz serve`."""
    add = parser.add_argument
    add("--lab", action="store_true", help="for a class: every address of this machine, a token, a QR code")
    add("--host", help=f"address to listen on ({address.HERE}: this machine only; with --lab {address.EVERYWHERE})")
    add("--port", type=int, default=address.PORT, help=f"TCP port (default {address.PORT}; 0 takes a free one)")
    add(
        "--name",
        action="append",
        default=[],
        help="a name that visitors use when a proxy is in front, as in the address bar; may be repeated",
    )
    add("--max-sessions", type=int, metavar="N", help="pages open at once; others wait (default: as memory allows)")
    add(
        "--max-starting",
        type=int,
        metavar="N",
        help="pages that start at once (default: two per processor when forked, else one, at least 2)",
    )
    add(
        "--memory-per-session",
        type=int,
        default=1024,
        metavar="MIB",
        help=f"data of one session (1024; at least {LEAST}, which is too little to train; 0: no limit)",
    )
    add("--token", nargs="?", const="", metavar="TEXT", help="ask visitors for a token (default with --lab: a new one)")
    add("--no-token", action="store_true", help="let everybody in, also with --lab")
    add(
        "--fork",
        action=argparse.BooleanOptionalAction,
        help="start sessions from one prepared process (default where there is Linux)",
    )
    add("--open", action="store_true", help="open the index page in the browser")
    add("--verbose", action="store_true", help="show Voila's own log")


def settings(args: argparse.Namespace, folder: Path = ROOT / "dashboards") -> Settings:
    """Return what the options mean here; SystemExit with the cure for what makes no sense."""
    if args.no_token and args.token is not None:
        raise SystemExit("kdviz serve: --token and --no-token exclude each other; leave one out")
    for name, bound in bounds().items():
        refuse_outside(name, getattr(args, name), *bound)
    if args.token and len(args.token) < 8:
        raise SystemExit("kdviz serve: a token under 8 characters can be guessed; leave the text out for a good one")
    if args.token and (args.token != args.token.strip() or not args.token.isprintable()):
        raise SystemExit(
            "kdviz serve: --token begins or ends with a space or holds a control character, which a form cannot send"
        )
    asked = (args.lab or args.token is not None) and not args.no_token
    fork = args.fork is not False and sys.platform == "linux"
    try:
        host, port = address.listenable(address.listened(args.host, args.lab), args.port)
        names = tuple(address.name(name) for name in args.name)
    except address.Unusable as error:
        raise SystemExit(f"kdviz serve: {error}") from None
    return Settings(
        folder=folder,
        host=host,
        names=names,
        port=port,
        lab=args.lab,
        max_sessions=args.max_sessions or default_sessions(memory.free(), fork),
        max_starting=args.max_starting or default_starts(os.cpu_count() or 2, fork),
        memory_per_session=args.memory_per_session,
        token=(args.token or secrets.token_urlsafe(16)) if asked else "",
        open=args.open,
        verbose=args.verbose,
        fork=fork,
    )
