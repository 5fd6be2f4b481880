"""Where a sweep may be done: a place that would hang, is none, or has closed is refused at once with the cure."""

import subprocess
import sys
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

import pytest
import torch
import xarray as xr

from kdviz.core.check import BadInput
from kdviz.losses import CE, KD
from kdviz.train import device
from kdviz.train.fit import Plan, Run, fit
from kdviz.train.sweep import Setting, sweep

torch.set_num_threads(1)
GRID, SHORT = {"loss": [CE(), KD(8.0)], "n": [20, 30]}, Setting(steps=5)
FORKED = """
import multiprocessing, torch
from kdviz.train.fit import Plan, Run, fit
from kdviz.core.check import BadInput
torch.set_num_threads(2)
x = torch.randn(2000, 300)
def train(words=None):
    try:
        list(fit([Run()], Plan(steps=1), x, None, x[:, :5]))
    except BadInput as error:
        words.put(str(error))
x.T @ x, train()  # torch has had threads
words = multiprocessing.get_context("fork").SimpleQueue()
process = multiprocessing.get_context("fork").Process(target=train, args=(words,), daemon=True)
process.start()
print(words.get())
"""


class Breaks(Executor):
    """A pool whose worker has died."""

    def submit(self, *arguments, **options):
        """A future that fails as those of a broken pool do."""
        future = Future()
        future.set_exception(BrokenProcessPool("a worker ended"))
        return future


def test_a_pool_of_forked_processes_is_refused_with_the_cure():
    cure = r'must not fork.*mp_context=multiprocessing.get_context\("spawn"\)'
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool, pytest.raises(BadInput, match=cure):
        sweep(GRID, SHORT, executor=pool, progress=False)


def test_training_in_a_forked_process_is_refused_where_it_would_hang():
    run = [sys.executable, "-W", "ignore", "-c", FORKED]
    printed = subprocess.run(run, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "must not go on in a forked process" in printed


def test_a_fork_is_noticed_by_every_training(monkeypatch):
    monkeypatch.setattr(device, "THREADED", {-1})
    with pytest.raises(BadInput, match="forked process"):
        next(fit([Run()], Plan(), torch.ones(3, 2), None, torch.ones(3, 2)))


def test_threads_do_the_same_and_leave_torch_as_it_was():
    expected, before = sweep(GRID, SHORT, progress=False), torch.get_num_threads()
    with ThreadPoolExecutor(2) as pool:
        xr.testing.assert_identical(sweep(GRID, SHORT, executor=pool, progress=False), expected)
    assert torch.get_num_threads() == before


def test_what_is_no_executor_is_refused():
    for what in (2, "processes", ThreadPoolExecutor, object()):
        with pytest.raises(BadInput, match="or a Dask client, got"):
            sweep(GRID, SHORT, executor=what, progress=False)


def test_an_executor_that_was_shut_down_is_refused():
    with ThreadPoolExecutor(1) as pool:
        pass
    with pytest.raises(BadInput, match=r"executor must be open, .* call inside its with"):
        sweep(GRID, SHORT, executor=pool, progress=False)


def test_a_broken_pool_says_what_may_have_broken_it():
    with pytest.raises(BrokenProcessPool) as caught:
        sweep(GRID, SHORT, executor=Breaks(), progress=False)
    assert "cannot import what a task needs" in caught.value.__notes__[0]
