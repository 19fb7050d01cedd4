"""Apply a function to many items, in one process or several."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from planner.backtest.scoring import Progress
from simulations.process import follow_parent

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHUNK = 4  # items handed to a process at a time: few enough for an even progress


def map_items(
    function: Callable[[Item], Result], items: Sequence[Item], *, jobs: int = 1, progress: Progress | None = None
) -> list[Result]:
    """Apply a function to each item; interrupted, it leaves nothing running and gives nothing back.

    With several jobs the function is picklable and runs in so many processes; with 1 nothing is started.
    """
    results: list[Result] = []
    for result in map(function, items) if jobs == 1 else _map_in_processes(function, items, jobs):
        results.append(result)
        if progress is not None:
            progress(len(results), len(items))
    return results


def _map_in_processes(function: Callable[[Item], Result], items: Sequence[Item], jobs: int) -> Iterator[Result]:
    # A forked process may hold a lock of a thread that it does not have.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=follow_parent)
    try:
        yield from pool.map(function, items, chunksize=_CHUNK)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
