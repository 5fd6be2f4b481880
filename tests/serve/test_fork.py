"""Kernels as forks of one prepared process: as good as others, apart from each other, and gone when they should be."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from kdviz.serve import forkserver
from kdviz.serve.forkserver import Forked, ForkProvisioner, Zygote
from kdviz.serve.options import Settings
from tests.support.serving import (
    MARK,
    end_all,
    eventually,
    folder,
    forks,
    kernel_of,
    local_server,
    runs,
    zygote,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forking is for Linux")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Write the test pages once."""
    return folder(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def here(pages):
    """Run one server that forks."""
    with local_server(pages, max_sessions=8, fork=True, deadline=30, memory_per_session=1024) as running:
        assert eventually(lambda: zygote(running) != 0, 20)
        yield running


def test_a_page_comes_from_a_fork_and_leaving_it_ends_the_fork(here):
    page = here.open()[1]
    assert MARK in page
    (kernel,) = forks(here)
    assert os.getpgid(kernel) == kernel
    assert psutil.Process(kernel).environ()["OMP_NUM_THREADS"] == "1"
    end_all(here, page)
    assert eventually(lambda: not forks(here), 1)
    assert not [child for child in here.process.children(recursive=True) if child.status() == "zombie"]


def test_every_fork_draws_numbers_of_its_own(here):
    pages = [here.open("draws")[1] for _ in range(3)]
    drawn = [re.search(r"drawn (0\.\d+) (0\.\d+)", page).groups() for page in pages]
    assert len({numbers for pair in drawn for numbers in pair}) == 6
    end_all(here, *pages)


def test_the_query_and_the_folder_of_a_page_reach_its_fork(here):
    page = here.get("/voila/render/plain.ipynb?T=3")[1]
    (kernel,) = forks(here)
    assert os.readlink(f"/proc/{kernel}/cwd").endswith("/pages")
    end_all(here, page)


def test_a_fork_that_asks_for_too_much_memory_is_refused_and_lives(here):
    page = here.open("hungry")[1]
    assert "refused, and still here" in page
    end_all(here, page)


def test_a_fork_that_is_killed_is_noticed(here):
    page = here.open()[1]
    os.kill(forks(here)[0], signal.SIGKILL)
    assert eventually(lambda: '"died"' in here.get(f"/voila/session/{kernel_of(page)}")[1], 2)
    assert eventually(lambda: here.health()["sessions"] == 0, 8)


def test_a_lost_zygote_takes_its_kernels_along_and_a_new_one_is_made(here):
    page = here.open()[1]
    first, kernels = zygote(here), forks(here)
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: not any(runs(kernel) for kernel in kernels), 2)
    assert eventually(lambda: '"died"' in here.get(f"/voila/session/{kernel_of(page)}")[1], 2)
    page = here.open()[1]
    assert MARK in page
    assert zygote(here) not in (0, first)
    end_all(here, page)


def test_a_zygote_that_was_stopped_is_woken_up_and_its_kernels_live_on(here):
    page, first = here.open()[1], zygote(here)
    (kernel,) = forks(here)
    os.kill(first, signal.SIGSTOP)
    began = time.monotonic()
    other = here.open()[1]
    assert MARK in other
    assert time.monotonic() - began < 3 * forkserver.ANSWER
    assert zygote(here) == first
    assert runs(kernel)
    end_all(here, page, other)


def test_a_zygote_that_does_not_answer_is_replaced_long_before_a_page_gives_up(monkeypatch):
    assert Settings.deadline > 2 * forkserver.IN_ALL  # also where the start is tried the usual way afterwards
    monkeypatch.setattr(Zygote, "modules", ())
    monkeypatch.setattr(forkserver, "ANSWER", 0.3)
    monkeypatch.setattr(Zygote, "one", None)
    Zygote.fork()
    deaf = Zygote.one.process
    deaf.send_signal(signal.SIGSTOP)
    send = deaf.send_signal
    monkeypatch.setattr(deaf, "send_signal", lambda number: number == signal.SIGCONT or send(number))  # of no help
    try:
        pid = Zygote.fork({"argv": ["--version"], "env": {}, "cwd": ""})
        assert pid
        assert deaf.returncode == -signal.SIGKILL
    finally:
        Zygote.one.close()


def test_whoever_waits_too_long_for_the_zygote_gets_a_kernel_the_usual_way(monkeypatch):
    monkeypatch.setattr(forkserver, "IN_ALL", 0.2)
    with Zygote.lock, pytest.raises(OSError, match="others wait"):
        Zygote.fork({"argv": []})


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
def test_the_end_of_the_server_ends_the_zygote_and_its_kernels(pages, how):
    with local_server(pages, fork=True) as other:
        other.open()
        below = [child.pid for child in other.process.children(recursive=True)]
        assert len(below) >= 2
        other.process.send_signal(how)
        assert eventually(lambda: not any(runs(pid) for pid in below), 10)


def test_a_process_with_two_threads_is_not_forked():
    code = "import threading, time; threading.Thread(target=time.sleep, args=(5,), daemon=True).start()\n"
    code += "from kdviz.serve.zygote import prepare; prepare([])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "cannot fork a process with 2 threads" in done.stderr


def test_a_kernel_that_cannot_be_forked_is_started_the_usual_way(monkeypatch):
    tried = []

    async def usual(self, cmd, **keys):
        tried.append("usual")
        return {}

    def broken(request=None):
        tried.append("fork")
        raise OSError("no process")

    monkeypatch.setattr(LocalProvisioner, "launch_kernel", usual)
    monkeypatch.setattr(Zygote, "fork", broken)
    monkeypatch.setattr(ForkProvisioner, "refused_until", 0.0)
    monkeypatch.setattr(forkserver, "available", lambda: True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "file"]
    asyncio.run(ForkProvisioner().launch_kernel(command))
    asyncio.run(ForkProvisioner().launch_kernel(command))  # not tried again for a minute
    asyncio.run(ForkProvisioner().launch_kernel(["julia", "kernel.jl"]))
    assert tried == ["fork", "usual", "usual", "usual"]


def test_the_handle_of_a_fork_behaves_like_a_popen():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        fork = Forked(child.pid)
        assert fork.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            fork.wait(0.01)
        began = time.monotonic()
        fork.kill()
        assert fork.wait(10) == -1
        assert time.monotonic() - began < 5
        fork.terminate()  # nothing happens to one that is gone
        assert fork.poll() == -1
