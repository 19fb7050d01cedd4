"""One function over many items, in this process or several; results in the order of the items, all or none."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from typing import TypeVar

__all__ = ["Progress", "each"]

Item = TypeVar("Item")
Result = TypeVar("Result")

Progress = Callable[[int, int], None]
"""Told how many of how many items are done."""

_BLOCK = 4  # items handed to a process at a time: few enough for an even progress


def each(
    function: Callable[[Item], Result], items: Sequence[Item], *, jobs: int = 1, progress: Progress | None = None
) -> list[Result]:
    """Apply a function to each item; interrupted, it leaves nothing running and gives nothing back.

    Args:
        function: picklable when there are several jobs.
        items: what to apply it to.
        jobs: processes; with 1 nothing is started.
        progress: told after each item.
    """
    found: dict[int, Result] = {}
    for at, result in _alone(function, items) if jobs == 1 else _shared(function, items, jobs):
        found[at] = result
        if progress is not None:
            progress(len(found), len(items))
    return [found[at] for at in range(len(items))]


def _alone(function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[int, Result]]:
    for at, item in enumerate(items):
        yield at, function(item)


def _shared(function: Callable[[Item], Result], items: Sequence[Item], jobs: int) -> Iterator[tuple[int, Result]]:
    # A forked process may hold a lock of a thread that it does not have.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker)
    try:
        blocks: dict[Future[list[Result]], int] = {
            pool.submit(_block, function, items[at : at + _BLOCK]): at for at in range(0, len(items), _BLOCK)
        }
        for done in as_completed(blocks):
            for i, result in enumerate(done.result()):
                yield blocks[done] + i, result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _block(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return [function(item) for item in items]


def _start_worker() -> None:
    # Ctrl-C reaches the whole process group; the parent alone answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
