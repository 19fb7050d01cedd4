"""Runs a grid into a store: what is missing, in lockstep groups, over worker processes, ready to be stopped."""

import os
import signal
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from types import FrameType

from simulations.datasets import pool_size
from simulations.engine import lockstep_key
from simulations.errors import SimulationInputError
from simulations.grid import Grid
from simulations.record import Record
from simulations.store import Store
from simulations.trajectory import Trajectory
from simulations.workers import WorkerPool

Progress = Callable[[int, int], None]

_MOST_LANES = 20
_MOST_SCORES = 20_000_000
_TASKS_PER_PROCESS = 3


@dataclass(frozen=True)
class RunSummary:
    """What a run did.

    Args:
        total: trajectories asked for, in this shard.
        stored: those that were in the store before.
        done: those simulated and kept now.
        unconverged: of those, how many had a training that did not meet its stopping rule.
        failed: one sentence for each lockstep group that could not be finished.
        interrupted: whether Ctrl-C or SIGTERM ended the run early.
        seconds: wall time.
    """

    total: int
    stored: int
    done: int
    unconverged: int
    failed: tuple[str, ...]
    interrupted: bool
    seconds: float

    @property
    def remaining(self) -> int:
        """Trajectories that are still missing; running again resumes with them."""
        return self.total - self.stored - self.done


@dataclass(frozen=True)
class Estimate:
    """What a run would do.

    Args:
        trajectories: asked for, in this shard.
        stored: those already in the store.
        fits: trainings still to be run, R + 1 for each trajectory that is missing.
        seconds: processor seconds these take, judged by stored trajectories of the same data set and learner; None
            when there is none to judge by.
    """

    trajectories: int
    stored: int
    fits: int
    seconds: float | None

    @property
    def to_run(self) -> int:
        """Trajectories that are missing."""
        return self.trajectories - self.stored


def run_grid(
    grid: Grid,
    store: Store,
    *,
    processes: int | None = None,
    shard: str | None = None,
    progress: Progress | None = None,
) -> RunSummary:
    """Simulate what a grid asks for and a store lacks.

    Ctrl-C and SIGTERM end it cleanly: finished trajectories are kept, workers are gone, and the summary says so.
    The curves depend on neither the processes nor the shards.

    Args:
        grid: what to run.
        store: where to keep it.
        processes: worker processes; all processors allowed to this process when None.
        shard: `"3/20"` runs the third of twenty equal parts; all when None.
        progress: called as progress(done, to_run), first with done = 0, then after each lockstep group.

    Raises:
        SimulationInputError: the shard or processes are not understood, a setting is out of range, or the store
            cannot be written.
    """
    began = perf_counter()
    asked = take_shard(grid.trajectories, shard)
    missing = store.missing(asked)
    if processes is not None and processes < 1:
        raise SimulationInputError(f"processes: found {processes}; allowed: a whole number of at least 1")
    count = processes or _processors()
    tasks = _divide(missing, count)
    tell = progress or (lambda done, to_run: None)
    tell(0, len(missing))
    done, unconverged, failed, interrupted = 0, 0, [], False
    try:
        with _sigterm_as_interrupt(), WorkerPool(count, store.directory) as pool:
            for task, answer in pool.run(tasks):
                if answer.get("input"):
                    raise SimulationInputError(answer["error"])
                if "error" in answer:
                    failed.append(f"{_describe(task)}: {answer['error']}")
                    continue
                done, unconverged = done + len(task), unconverged + answer["unconverged"]
                tell(done, len(missing))
    except KeyboardInterrupt:
        interrupted = True
        # What a worker kept in the moment of the interrupt is done too.
        done = len(missing) - len(store.missing(missing))
    stored = len(asked) - len(missing)
    seconds = perf_counter() - began
    return RunSummary(len(asked), stored, done, unconverged, tuple(failed), interrupted, seconds)


def estimate(grid: Grid, store: Store, *, shard: str | None = None) -> Estimate:
    """Tell what `run_grid` would do, without doing it."""
    asked = take_shard(grid.trajectories, shard)
    kept: list[Record] = []
    missing = []
    for t in asked:
        found = store.get(t.key)
        if isinstance(found, Record):
            kept.append(found)
        else:
            missing.append(t)
    fits = sum(t.rounds + 1 for t in missing)
    return Estimate(len(asked), len(kept), fits, _seconds(missing, kept))


def take_shard(trajectories: Sequence[Trajectory], shard: str | None) -> list[Trajectory]:
    """Give the trajectories of one shard, by rank of their keys, so that every machine divides alike.

    Raises:
        SimulationInputError: the shard is not of the form i/n with 1 ≤ i ≤ n.
    """
    if shard is None:
        return list(trajectories)
    number, slash, count = shard.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise SimulationInputError(f"shard: found '{shard}'; allowed: i/n with i from 1 to n, such as 3/20")
    ranked = sorted(t.key for t in trajectories)
    mine = set(ranked[int(number) - 1 :: int(count)])
    return [t for t in trajectories if t.key in mine]


def _divide(missing: Iterable[Trajectory], processes: int) -> list[list[Trajectory]]:
    """Group trajectories into lockstep tasks, replicates of one seed together since they share a pool."""
    groups: dict[object, list[Trajectory]] = defaultdict(list)
    for t in missing:
        groups[lockstep_key(t)].append(t)
    lanes = sum(map(len, groups.values()))
    fair = max(1, -(-lanes // (processes * _TASKS_PER_PROCESS)))
    tasks = []
    for group in groups.values():
        size, classes = pool_size(group[0].dataset)
        width = min(_MOST_LANES, fair, max(1, _MOST_SCORES // (size * classes)))
        ordered = sorted(group, key=lambda t: t.seed)
        tasks += [ordered[at : at + width] for at in range(0, len(ordered), width)]
    return tasks


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """Let SIGTERM end the run as Ctrl-C does; only a main thread can, others are left as they are."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _seconds(missing: Sequence[Trajectory], kept: Sequence[Record]) -> float | None:
    spent: dict[object, list[float]] = defaultdict(list)
    for record in kept:
        parts = (record.series[name] for name in ("fit_seconds", "score_seconds", "select_seconds"))
        t = record.trajectory
        spent[t.dataset, t.learner].append(sum(map(sum, parts)) / (t.rounds + 1))
    if not all((t.dataset, t.learner) in spent for t in missing):
        return None
    rates = {key: sum(values) / len(values) for key, values in spent.items()}
    return sum((rates[t.dataset, t.learner] * (t.rounds + 1) for t in missing), 0.0)


def _describe(task: Sequence[Trajectory]) -> str:
    t = task[0]
    return f"{t.dataset.name}, {t.learner.name}, {len(task)} trajectories from seed {t.seed} on"


def _processors() -> int:
    """Processors this process may run on, which on a shared machine may be fewer than it has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
