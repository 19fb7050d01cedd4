"""A worker process: simulates the tasks it is sent, writes them to the store, and ends with its parent.

Over a pipe, the parent sends tasks and the worker sends events, until all of a task is kept or it failed. Results go to
the store directly. This module is also what multiprocessing's fork server loads, once for all workers.
"""

import gc
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simulations.datasets import DATASETS
from simulations.datasets.pool import open_space
from simulations.engine import Watch, run_lanes
from simulations.errors import InputError
from simulations.learners import LEARNERS, make_learner
from simulations.record import Record
from simulations.store import Store
from simulations.strategies import STRATEGIES
from simulations.tasks.task import CLASSIFICATION
from simulations.termination import NoCurveError
from simulations.trajectory import Part, Trajectory

PRELOAD_VARIABLE = "LABELPLAN_PRELOAD"
"""Environment variable by which a run tells the fork server, as JSON, what trajectories its workers will simulate."""

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")

_ADVANCE_SECONDS = 0.5

Task = Sequence[Trajectory]


@dataclass(frozen=True)
class Kept:
    """A trajectory is in the store: whether each training met its stopping rule, and why it ended early, if it did."""

    trajectory: Trajectory
    converged: bool = True
    ended: str | None = None


@dataclass(frozen=True)
class Advanced:
    """Trajectories in work have done a share of their rounds; it may be less than before, when a worker died."""

    task: Task
    share: float


@dataclass(frozen=True)
class Failed:
    """Trajectories that are not kept, the reason in a clause, and whether the user's input is to blame for any task."""

    task: Task
    reason: str
    is_input: bool = False


Event = Kept | Advanced | Failed


def serve(line: Connection, directory: Path, environment: Mapping[str, str]) -> None:
    """Do tasks until the line is closed, or the parent dies, which ends the process at once.

    Args:
        line: to the parent.
        directory: the store.
        environment: the parent's environment variables, which may have changed since the fork server started.
    """
    # Ctrl-C reaches the whole process group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)  # what a library prints must not mix with what the parent prints
    os.environ.clear()
    os.environ.update({**environment, **ONE_THREAD})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    store = Store(directory)
    with suppress(EOFError, OSError):
        while True:
            simulate(store, line.recv(), line.send)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def simulate(store: Store, lanes: Task, tell: Callable[[Event], None]) -> None:
    """Run lanes in lockstep and keep them, telling of each, of their rounds, and of what goes wrong.

    What another run has kept meanwhile is not run again.
    """
    waiting = {t.key: t for t in lanes}
    try:
        missing = store.missing(lanes)
        for t in lanes:
            if t not in missing:
                tell(Kept(waiting.pop(t.key)))
        for record in records_of(missing, _watch(missing, tell)):
            store.put(record)
            tell(Kept(waiting.pop(record.trajectory.key), all(record.converged), record.ended))
    except ConnectionError:  # the parent is gone, and nobody listens
        raise
    except Exception as error:
        if not isinstance(error, InputError):
            traceback.print_exc()
        tell(failure([*waiting.values()], error))


def records_of(lanes: Task, watch: Watch | None = None) -> Iterator[Record]:
    """Run lanes in lockstep and yield their records; raises at last what kept some of them from having one."""
    try:
        yield from run_lanes(lanes, watch) if lanes else ()
    except NoCurveError as error:
        yield from error.records
        raise


def failure(lanes: Task, error: Exception) -> Failed:
    """Say in a clause what kept lanes from being done."""
    if isinstance(error, InputError):
        return Failed(lanes, str(error), not isinstance(error, NoCurveError))  # which is the input of its lanes alone
    return Failed(lanes, f"{type(error).__name__}: {error}")


def _watch(lanes: Task, tell: Callable[[Event], None]) -> Watch:
    """Tell how many of the rounds are done, a few times a second at most."""
    done, told = 0, 0.0

    def watch(labels: int, predicted: npt.NDArray[np.int64]) -> None:
        nonlocal done, told
        done += 1
        now, rounds = time.monotonic(), lanes[0].rounds + 1
        if done == 1:
            told = now
        elif done < rounds and now - told >= _ADVANCE_SECONDS:
            told = now
            tell(Advanced(lanes, done / rounds))

    return watch


def as_text(lanes: Task) -> str:
    """Write trajectories as JSON: their content and every setting, where a file lies on this machine included."""
    datasets = [{**t.dataset.as_json(), "settings": t.dataset.options} for t in lanes]
    return json.dumps([{**t.as_json(), "dataset": dataset} for t, dataset in zip(lanes, datasets, strict=True)])


def from_text(text: str) -> list[Trajectory]:
    """Read back what `as_text` wrote."""
    return [Trajectory.from_json(data) for data in json.loads(text)]


def preload(lanes: Task) -> None:
    """Load what workers will need: modules, compiled kernels, the first one's data set unless a table.

    A fork keeps the locks of threads and not the threads, so nothing is loaded here that starts any.
    """
    first = lanes[0]
    # Tables are read by Arrow, whose threads stay.
    is_array = Path(first.dataset.options.get("path", "")).suffix.lower() in ("", ".npz")
    if is_array and DATASETS[first.dataset.name].task == CLASSIFICATION:
        open_space(first.dataset, LEARNERS[first.learner.name].axes)
    for part in {part for t in lanes for part in (t.learner, t.chosen_by)}:
        make_learner(part)
    # Other learners compile nothing more, and torch starts threads where it computes.
    linear = [t for t in lanes if LEARNERS[t.chosen_by.name].family == "linear" and "torch" not in sys.modules]
    linear = [t for t in linear if "costs" not in STRATEGIES[t.strategy.name].needs]  # what is tiny costs nothing
    for part in {t.chosen_by for t in linear}:
        run_lanes([_tiny(t) for t in linear if t.chosen_by == part])


def _tiny(t: Trajectory) -> Trajectory:
    """Give a trajectory that calls the same kernels as another and takes milliseconds."""
    data = Part.of("synthetic", {**DATASETS["synthetic"].defaults, "n": 90, "d": 8, "classes": 3, "test_size": 30})
    schedule: dict[str, Any] = {"initial_set": "one_per_class", "initial_size": 6, "batch_size": 3, "rounds": 1}
    return replace(t, dataset=data, learner=t.chosen_by, chooser=None, oracle=Part.of("perfect"), seed=0, **schedule)


if PRELOAD_VARIABLE in os.environ:  # the fork server imports this, with SIGINT blocked until it can ignore it
    with suppress(Exception):  # a worker meets it again, and tells
        preload(from_text(os.environ.pop(PRELOAD_VARIABLE)))
    gc.freeze()  # a collection in a worker would touch, and so copy, the memory it shares
    _handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    signal.signal(signal.SIGINT, _handler)
