"""Where the tasks of a sweep are done: here, in a pool, on a cluster; what is no place for them is refused at once."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, as_completed
from typing import Any

from kdviz.core.check import BadInput
from kdviz.train.device import STARTED


def usable(executor: Any) -> Any:
    """An executor as it can be used: None, any of `concurrent.futures`, or the one of a Dask client.

    BadInput for what is none, and for a pool of forked processes: torch computes with threads, a fork takes none of
    them along, and the forked process would wait for them for ever.

    >>> usable(None) is None
    True
    """
    if executor is None:
        return None
    if callable(getattr(executor, "get_executor", None)) and not isinstance(executor, type):
        executor = executor.get_executor()  # a Dask client
    if isinstance(executor, type) or not callable(getattr(executor, "submit", None)):
        named = executor.__name__ if isinstance(executor, type) else repr(executor)
        raise BadInput(f"executor must be an executor of concurrent.futures or a Dask client, got {named}; {STARTED}")
    context = getattr(executor, "_mp_context", None)  # of ProcessPoolExecutor; others notice a fork in `pinned`
    if context is not None and context.get_start_method() == "fork":
        raise BadInput(f"executor must not fork, got {executor!r}: torch would wait for ever in its workers; {STARTED}")
    return executor


def worked(work: Callable[[Any], Any], tasks: Iterable[Any], executor: Any) -> Iterator[tuple[Any, Any]]:
    """(task, work(task)) as they end, here or in an executor; those not begun are given up when the caller leaves."""
    if executor is None:
        yield from ((task, work(task)) for task in tasks)
        return
    futures: dict = {}
    try:
        for task in tasks:
            futures[executor.submit(work, task)] = task
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenExecutor as error:
        error.add_note(
            "A worker ended: without memory, or because it cannot import what a task needs (a loss of your own must be "
            'in a module, not in a notebook; a script that makes a pool needs if __name__ == "__main__":). What is '
            "done is kept in folder; run the sweep again with a new executor."
        )
        raise
    except RuntimeError as error:
        if "after shutdown" not in str(error):
            raise
        raise BadInput(f"executor must be open, got {executor!r}, which was shut down; call inside its with") from None
    finally:
        for future in futures:
            future.cancel()
