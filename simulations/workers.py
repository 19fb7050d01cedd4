"""Worker processes: what each does, and a pool of them that survives the death of any and leaves none behind.

Over a pipe, the pool sends tasks and a worker sends events, until all of a task is kept or it failed. Results go to the
store directly. The processes are `multiprocessing`'s: on Linux they are forked from its fork server, which loads this
module once for all; elsewhere each is started afresh. Its executors will not do, nor those of loky: both break when one
worker dies, and give up the tasks of all others; loky's workers load everything each for itself besides.
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
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from simulations.arrays import Ints
from simulations.compatibility import registered_parts
from simulations.datasets import DATASETS
from simulations.datasets.pool import open_space
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.learners import LEARNERS, make_learner
from simulations.process import follow_parent
from simulations.record import Record
from simulations.store import Store
from simulations.strategies import STRATEGIES
from simulations.tasks.loop import Watch
from simulations.tasks.task import CLASSIFICATION
from simulations.termination import NoCurveError
from simulations.trajectory import Part, Trajectory

PRELOAD_VARIABLE = "LABELPLAN_PRELOAD"
"""Environment variable by which a run tells the fork server, as JSON, what trajectories its workers will simulate."""

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")

_ADVANCE_SECONDS = 0.5

ATTEMPTS = 3
TIME_LIMIT = 1800.0

_CONTEXT: ForkServerContext | SpawnContext = (
    multiprocessing.get_context("forkserver") if sys.platform == "linux" else multiprocessing.get_context("spawn")
)
_STARTING = threading.Lock()
_ROOT = str(Path(__file__).resolve().parent.parent)
_LONGEST_VARIABLE = 100_000  # Linux allows 131,072 bytes
_LAST_WORDS = 1.0
_PATIENCE = 10.0
_LONGEST_WAIT = 3600.0  # what the system calls take is limited
_PAUSES = (0.05, 0.2, 1.0)  # seconds that a killed fork server may take to be gone

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
    """Do tasks until the line to the parent is closed, or the parent dies, which ends the process at once."""
    follow_parent()
    os.dup2(2, 1)  # what a library prints must not mix with what the parent prints
    os.environ.clear()  # the parent's may have changed since the fork server started
    os.environ.update({**environment, **ONE_THREAD})
    store = Store(directory)
    with suppress(EOFError, OSError):
        while True:
            simulate(store, line.recv(), line.send)


def simulate(store: Store, lanes: Task, tell: Callable[[Event], None]) -> None:
    """Run lanes in lockstep and keep them, telling of each; what another run has kept meanwhile is not run again."""
    waiting = {t.key: t for t in lanes}
    try:
        missing = store.missing(lanes)
        for t in lanes:
            if t not in missing:
                tell(Kept(waiting.pop(t.key)))
        for record in records_of(missing, _round_watch(missing, tell)):
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


def _round_watch(lanes: Task, tell: Callable[[Event], None]) -> Watch:
    """Tell how many of the rounds are done, a few times a second at most."""
    done, told = 0, 0.0

    def watch(labels: int, predicted: Ints) -> None:
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

    A fork keeps the locks of threads and not the threads, so nothing is loaded here that starts any, or may: plug-ins.
    """
    lanes = [t for t in lanes if all(part.name in registry for registry, part in registered_parts(t))]
    if not lanes:
        return
    first = lanes[0]
    # Tables are read by Arrow, whose threads stay.
    is_array = Path(first.dataset.options.get("path", "")).suffix.lower() in ("", ".npz")
    axes = LEARNERS[first.learner.name].axes  # tokens are counted out on threads too
    if is_array and axes != "tokens" and DATASETS[first.dataset.name].task == CLASSIFICATION:
        open_space(first.dataset, axes)
    for part in {part for t in lanes for part in (t.learner, t.chosen_by)}:
        make_learner(part)
    # Other learners compile nothing more, and torch starts threads where it computes.
    linear = [t for t in lanes if LEARNERS[t.chosen_by.name].family == "linear" and "torch" not in sys.modules]
    # What is tiny costs nothing, and has no rule.
    linear = [t for t in linear if "costs" not in STRATEGIES[t.strategy.name].needs and not t.queries]
    for part in {t.chosen_by for t in linear}:
        run_lanes([_tiny_copy(t) for t in linear if t.chosen_by == part])


def _tiny_copy(t: Trajectory) -> Trajectory:
    """Give a trajectory that calls the same kernels as another and takes milliseconds."""
    data = Part.of("synthetic", {**DATASETS["synthetic"].defaults, "n": 90, "d": 8, "classes": 3, "test_size": 30})
    schedule: dict[str, Any] = {"initial_set": "one_per_class", "initial_size": 6, "batch_size": 3, "rounds": 1}
    schedule |= {"oracle": Part.of("perfect"), "seed": 0, "chooser": None, "stream_share": None}
    return replace(t, dataset=data, learner=t.chosen_by, **schedule)


@dataclass
class _Job:
    """A task that is waiting or in work: by key, its lanes that are not kept yet."""

    lanes: dict[str, Trajectory]
    deaths: int = 0
    deadline: float = 0.0


class WorkerPool:
    """Worker processes with one BLAS thread each, to be used in a `with` block.

    On Linux, what workers of a process's first pool need is loaded once for all of them, from the block's beginning on,
    while the caller still counts what to run; what later pools need beyond that is loaded by each worker.

    Args:
        count: how many processes.
        directory: the store they write to.
        expected: trajectories like those that will be run.
        time_limit: seconds per trajectory; a task of lanes in lockstep has that many for each.
    """

    def __init__(self, count: int, directory: Path, expected: Task, time_limit: float = TIME_LIMIT) -> None:
        self.processes = count
        self._directory = directory
        self._expected = expected
        self._time_limit = time_limit
        self._free: list[_Worker] = []
        self._busy: dict[_Worker, _Job] = {}

    def __enter__(self) -> "WorkerPool":
        with suppress(OSError):  # told of the first task, if it happens again
            _start_fork_server(self._expected)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End all workers and wait until they are gone; what is killed loses its unfinished lanes only."""
        workers = [*self._free, *self._busy]
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.end()

    def run(self, tasks: Sequence[Task]) -> Iterator[Event]:
        """Run tasks, telling of each trajectory as it is kept, of how far tasks have come, and of each that fails."""
        waiting = deque(_Job({t.key: t for t in task}) for task in tasks)
        while waiting or self._busy:
            yield from self._assign(waiting)
            left = min((job.deadline for job in self._busy.values()), default=0.0) - time.monotonic()
            heard = wait([worker.line for worker in self._busy], min(max(0.0, left), _LONGEST_WAIT))
            for worker, job in [*self._busy.items()]:
                if worker.line in heard:
                    yield from self._hear(worker, job, waiting)
                elif job.deadline < time.monotonic():
                    yield self._give_up(worker, job)

    def _assign(self, waiting: deque[_Job]) -> Iterator[Event]:
        """Give waiting jobs to workers that are free, or that can be started."""
        while waiting and (self._free or len(self._busy) < self.processes):
            job = waiting.popleft()
            try:
                worker = self._free.pop() if self._free else self._start()
            except (OSError, EOFError) as error:  # no memory, or as many processes as are allowed
                if self._busy:  # which will be free for it
                    waiting.appendleft(job)
                    break
                why = getattr(error, "strerror", None) or "its fork server died"
                yield from self._try_again(job, f"no worker could be started: {why}", waiting)
            else:
                job.deadline = time.monotonic() + len(job.lanes) * self._time_limit
                self._busy[worker] = job
                worker.give([*job.lanes.values()])

    def _start(self) -> "_Worker":
        """Start a worker; a fork server that was killed a moment ago seems to run until the system has ended it."""
        for pause in _PAUSES:
            _start_fork_server(self._expected)
            with suppress(ConnectionRefusedError):
                return _Worker(self._directory)
            time.sleep(pause)
        _start_fork_server(self._expected)
        return _Worker(self._directory)

    def _hear(self, worker: "_Worker", job: _Job, waiting: deque[_Job]) -> Iterator[Event]:
        """Pass on what a worker tells, striking off what it kept, and have its job done by another one if it died."""
        try:
            event: Event = worker.line.recv()
        except (EOFError, OSError):
            del self._busy[worker]
            yield from self._try_again(job, f"the worker {how_it_ended(worker.end())}", waiting)
            return
        if isinstance(event, Kept):
            del job.lanes[event.trajectory.key]
        if isinstance(event, Failed) or not job.lanes:
            del self._busy[worker]
            self._free.append(worker)
        yield event

    def _try_again(self, job: _Job, reason: str, waiting: deque[_Job]) -> Iterator[Event]:
        job.deaths += 1
        if job.deaths < ATTEMPTS:
            waiting.appendleft(job)
        else:
            yield Failed([*job.lanes.values()], f"tried {ATTEMPTS} times; {reason}")

    def _give_up(self, worker: "_Worker", job: _Job) -> Event:
        """End a worker whose time is up."""
        del self._busy[worker]
        worker.kill()
        worker.end()
        allowed = f"{len(job.lanes)} × {self._time_limit:g} s"
        reason = f"stopped after {allowed}; a larger --time-limit, fewer rounds or a smaller pool would let it end"
        return Failed([*job.lanes.values()], reason)


class _Worker:
    """The parent's side of a worker process; an OSError or EOFError where it cannot be started."""

    def __init__(self, directory: Path) -> None:
        self.line, theirs = _CONTEXT.Pipe()
        with theirs, _STARTING, _without_main():  # no other thread changes the environment meanwhile
            self.process = _CONTEXT.Process(target=serve, args=(theirs, directory, dict(os.environ)), daemon=True)
            self.process.start()

    def give(self, task: Task) -> None:
        """Send it a task."""
        with suppress(OSError):  # it has died, which is heard where its answer is waited for
            self.line.send(task)

    def kill(self) -> None:
        """End it at once."""
        if self.process.is_alive():  # else its number may be another process's by now
            self.process.kill()

    def end(self) -> int | None:
        """Let go of it and give its exit status, negative for the signal that ended it; None if it had to be killed."""
        self.line.close()
        self.process.join(_LAST_WORDS)  # it may be on its way out, and would seem to have been killed by something else
        status = self.process.exitcode
        if status is None:
            self.kill()
            self.process.join(_PATIENCE)
        return status


def _start_fork_server(expected: Task) -> None:
    """Start multiprocessing's fork server, unless it runs; what it loads is loaded while the caller goes on."""
    if _CONTEXT.get_start_method() != "forkserver":
        return
    while len(text := as_text(expected)) > _LONGEST_VARIABLE:
        expected = expected[: len(expected) // 2]
    variables = {
        **ONE_THREAD,  # read by BLAS once, when numpy is imported
        "JE_ARROW_MALLOC_CONF": "background_thread:false",  # Arrow's allocator starts one when it is imported
        "PYTHONPATH": os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")])),
        "PYTHONSAFEPATH": "1",  # what lies in the folder the user happens to be in is not ours to import
        PRELOAD_VARIABLE: text,
    }
    with _STARTING, _environment(variables):
        forkserver.set_forkserver_preload([serve.__module__])
        resource_tracker.ensure_running()  # unblocks SIGINT
        # A Ctrl-C while it starts would end it with a traceback.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Set environment variables for a process that is started in the block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the caller's main module, which multiprocessing would import again in each worker: it needs no guard."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def how_it_ended(status: int | None) -> str:
    """Say in a clause how a process ended, from its exit status."""
    if status is None:
        return "died"
    if status >= 0:
        return f"ended with status {status}"
    if status == -9:
        return "was killed by signal 9 (out of memory? fewer processes need less)"
    name = {each.value: f" ({each.name})" for each in signal.Signals}.get(-status, "")
    return f"was killed by signal {-status}{name}"


if PRELOAD_VARIABLE in os.environ:  # the fork server imports this, with SIGINT blocked until it can ignore it
    with suppress(Exception):  # a worker meets it again, and tells
        preload(from_text(os.environ.pop(PRELOAD_VARIABLE)))
    gc.freeze()  # a collection in a worker would touch, and so copy, the memory it shares
    _handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    signal.signal(signal.SIGINT, _handler)
