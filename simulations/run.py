"""Runs a grid into a store: what is missing, in lockstep groups, over worker processes, ready to be stopped."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import takewhile
from time import perf_counter

from simulations.datasets import pool_size
from simulations.distributed import Cluster
from simulations.engine import lockstep_key
from simulations.errors import InputError
from simulations.grid import Grid, take_shard
from simulations.process import stoppable
from simulations.record import Record
from simulations.store import Store
from simulations.trajectory import Trajectory
from simulations.work_estimate import LowBudget, low_budgets
from simulations.workers import TIME_LIMIT, Advanced, Event, Failed, WorkerPool

Progress = Callable[[int, int], None]
Advance = Callable[[float, int], None]

_LONGEST = 1e6
_MOST_EXPECTED = 40
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
        ended: a sentence for each trajectory asked for, stored before or now, that ended before its last round.
        low_budgets: data sets on which it starts with few labels.
    """

    total: int
    stored: int
    done: int
    unconverged: int
    failed: tuple[str, ...]
    interrupted: bool
    seconds: float
    ended: tuple[str, ...] = ()
    low_budgets: tuple[LowBudget, ...] = ()

    @property
    def remaining(self) -> int:
        """Trajectories that are still missing; running again resumes with them."""
        return self.total - self.stored - self.done


def run_grid(
    grid: Grid,
    store: Store,
    *,
    processes: int | None = None,
    shard: str | None = None,
    time_limit: float | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
    advance: Advance | None = None,
) -> RunSummary:
    """Simulate what a grid asks for and a store lacks.

    Ctrl-C and SIGTERM end it cleanly: finished trajectories are kept, workers are gone, and the summary says so; a
    second one hurries that, a third ends the process (see `simulations.process`). The curves depend on neither the
    processes nor the shards.

    Args:
        grid: what to run.
        store: where to keep it.
        processes: worker processes; all processors allowed to this process when None.
        shard: `"3/20"` runs the third of twenty equal parts; all when None.
        time_limit: seconds per trajectory after which a group of them is given up; `TIME_LIMIT` when None.
        scheduler: address of a Dask scheduler, such as `tcp://10.0.0.1:8786`, whose workers are used instead.
        progress: called as progress(done, to_run), first with done = 0, then for each trajectory that is kept.
        advance: called likewise a few times a second, with done a number between whole ones: trajectories in work count
            by their rounds. It is not called where a cluster runs them, which tells of whole tasks only.

    Raises:
        InputError: an option is not understood, a setting is out of range, the scheduler cannot be reached,
            or the store cannot be written.
    """
    began = perf_counter()
    asked = take_shard(grid.trajectories, shard)
    pool = _choose_pool(store, asked, processes, time_limit, scheduler)
    store.sweep()
    tally = _Tally()
    tell, going = progress or (lambda done, to_run: None), advance or (lambda done, to_run: None)
    with stoppable() as stop:
        try:
            with ExitStack() as stack:
                stop.began = True
                for t in asked:
                    if isinstance(record := store.get(t.key), Record):
                        tally.stored += 1
                        tally.note(t, record.ended)
                        continue
                    if not tally.missing:
                        # Workers load what they need while the rest is still being counted.
                        stack.enter_context(stop.hurrying())
                        stack.enter_context(pool)
                    tally.missing.append(t)
                tell(0, len(tally.missing))
                for event in pool.run(into_tasks(tally.missing, pool.processes)) if tally.missing else ():
                    tally.add(event)
                    if isinstance(event, Advanced):
                        going(tally.done + sum(tally.shares.values()), len(tally.missing))
                    else:
                        tell(tally.done, len(tally.missing))
        except KeyboardInterrupt:
            tally.interrupted = True
            # What workers kept in that moment is counted too, unless there is no time for it.
            for t in takewhile(lambda _: not stop.hurried, tally.missing):
                if t.key not in tally.kept and isinstance(store.get(t.key), Record):
                    tally.kept.add(t.key)
    return RunSummary(
        total=len(asked),
        stored=tally.stored,
        done=tally.done,
        unconverged=tally.unconverged,
        failed=tuple(tally.failed),
        interrupted=tally.interrupted,
        seconds=perf_counter() - began,
        ended=tuple(tally.ended),
        low_budgets=low_budgets(asked),
    )


def into_tasks(missing: Iterable[Trajectory], processes: int) -> list[list[Trajectory]]:
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


@dataclass
class _Tally:
    """What has happened so far in a run."""

    stored: int = 0
    unconverged: int = 0
    interrupted: bool = False
    failed: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    missing: list[Trajectory] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    shares: dict[str, float] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return len(self.kept)

    def add(self, event: Event) -> None:
        if isinstance(event, Advanced):
            self.shares.update({t.key: event.share for t in event.task})
        elif isinstance(event, Failed):
            for t in event.task:
                self.shares.pop(t.key, None)
            if event.is_input:
                raise InputError(event.reason)
            t, count = event.task[0], len(event.task)
            learner = t.learner.name if t.chooser is None else f"{t.learner.name} chosen by {t.chooser.name}"
            lanes = "1 trajectory" if count == 1 else f"{count} trajectories"
            self.failed.append(f"{t.dataset.name}, {learner}, {lanes} from seed {t.seed} on: {event.reason}")
        else:
            self.kept.add(event.trajectory.key)
            self.shares.pop(event.trajectory.key, None)
            self.unconverged += not event.converged
            self.note(event.trajectory, event.ended)

    def note(self, t: Trajectory, ended: str | None) -> None:
        """Remember a trajectory that ended early."""
        if ended is not None:
            self.ended.append(f"{t.dataset.name}, {t.learner.name}, {t.strategy.name}, seed {t.seed}: {ended}")


def _choose_pool(
    store: Store, asked: Sequence[Trajectory], processes: int | None, time_limit: float | None, scheduler: str | None
) -> WorkerPool | Cluster:
    """Check where to run; nothing is started before the pool is entered."""
    if processes is not None and processes < 1:
        raise InputError(f"processes: found {processes}; allowed: a whole number of at least 1")
    if time_limit is not None and not 0 < time_limit < _LONGEST:
        raise InputError(f"time limit: found {time_limit:g}; allowed: seconds above 0 and below 1,000,000")
    if scheduler is None:
        count = max(1, min(processes or processors(), len(asked)))
        # One of each learner, chooser and strategy, to know what to load.
        unlike = {(t.learner, t.chooser, t.strategy): t for t in asked}
        return WorkerPool(count, store.directory, [*unlike.values()][:_MOST_EXPECTED], time_limit or TIME_LIMIT)
    if processes is not None:
        raise InputError(f"processes: found {processes} beside a scheduler; set it where its workers start")
    if time_limit is not None:
        raise InputError(
            f"time limit: found {time_limit:g}; allowed: none beside a scheduler, whose workers cannot be stopped in "
            "the middle of a task"
        )
    return Cluster(scheduler, store)


def processors() -> int:
    """Processors this process may run on, which on a shared machine may be fewer than it has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
