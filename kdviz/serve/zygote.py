"""The prepared process: imports what every page needs, then forks one kernel per request.

`python -m kdviz.serve.zygote FD MODULE ...` reads one JSON request a line on the socket FD and answers `{"pid": …}`:
`{"argv", "env", "cwd"}` asks for a kernel; with the descriptor of a connection, `{"asked", "memory"}` asks for a live
run on it, `{"opener"}` for the process of the early pictures.
It ends when the other side does, and its forks end with it. Linux only.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import random
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

DEATH_SIGNAL, NAME = 1, 15  # PR_SET_PDEATHSIG and PR_SET_NAME of prctl(2)
KERNEL, RUN, OPENER = "kdviz-kernel", "kdviz-run", "kdviz-opening"  # what `ps` and `top` call a fork


def prepare(modules: Sequence[str]) -> None:
    """Import the modules that there are, and refuse to go on with more than one thread: forks would lose the others."""
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError as error:
            print(f"kdviz: {name} is not prepared: {error}", file=sys.stderr)
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        raise SystemExit(f"kdviz: cannot fork a process with {threads} threads")
    gc.collect()
    gc.freeze()  # a collection in a kernel would write to every object, and copy every page of memory


def serve(line: socket.socket) -> None:
    """Fork for every request until the line is closed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended kernels leave no zombies
    libc = ctypes.CDLL(None)
    line.sendall(b'{"ready": true}\n')
    for request, descriptors in asked(line):
        mine, child = os.getpid(), os.fork()
        if child == 0:
            try:
                line.close()
                become(request, descriptors, libc, mine)
            finally:
                os._exit(1)
        line.sendall(json.dumps({"pid": child}).encode() + b"\n")


def asked(line: socket.socket) -> Iterator[tuple[dict[str, Any], list[int]]]:
    """Yield every request with the descriptors that came along; they are closed here afterwards."""
    text, descriptors = b"", list[int]()
    while True:
        while b"\n" not in text:
            more, came, *_ = socket.recv_fds(line, 2**16, 1)
            if not more:
                return
            text, descriptors = text + more, [*descriptors, *came]
        request, _, text = text.partition(b"\n")
        yield json.loads(request), descriptors
        while descriptors:
            os.close(descriptors.pop())


def become(request: dict[str, Any], descriptors: list[int], libc: Any, parent: int) -> None:
    """Be the kernel, or the run, of a request."""
    os.setsid()
    libc.prctl(DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    random.seed()
    for name in ("numpy", "torch"):
        if name in sys.modules:
            reseed(name)
    kind = KERNEL if "argv" in request else OPENER if "opener" in request else RUN
    libc.prctl(NAME, kind.encode())
    if kind == OPENER:
        from kdviz.serve import opener

        opener.work(Connection(descriptors[0]))
        os._exit(0)
    if kind == RUN:
        from kdviz.serve.trainer import work

        work(Connection(descriptors[0]), request["asked"], request["memory"])
        os._exit(0)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"] or ".")
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(argv=request["argv"], parent_handle=parent)
    os._exit(0)


def reseed(name: str) -> None:
    """Give a library a seed of this process: a forked one would draw what every other kernel draws."""
    module = sys.modules[name]
    seed = int.from_bytes(os.urandom(4), "little")
    if name == "numpy":
        module.random.seed(seed)
    else:
        module.manual_seed(seed)


def main(argv: Sequence[str]) -> None:
    """Prepare, then serve."""
    if sys.path and Path(sys.path[0]).resolve() == Path.cwd():
        del sys.path[0]  # a kernel has its own folder there
    number, *modules = argv
    line = socket.socket(fileno=int(number))
    prepare(modules)
    serve(line)


if __name__ == "__main__":
    main(sys.argv[1:])
