"""A pool of worker processes that survives the death of any of them and leaves none behind.

The processes are `multiprocessing`'s: on Linux they are forked from its fork server, which has loaded what they need;
elsewhere each is started afresh. Its executors will not do, nor those of loky: both break when one worker dies, and
give up the tasks of all others; loky's workers load everything each for itself besides.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext, SpawnContext
from pathlib import Path
from types import ModuleType, TracebackType

from simulations.trajectory import Trajectory
from simulations.worker import ONE_THREAD, PRELOAD_VARIABLE, Event, Failed, Kept, Task, as_text, serve

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


@dataclass
class _Job:
    """A task that is waiting or in work: by key, its lanes that are not kept yet."""

    lanes: dict[str, Trajectory]
    deaths: int = 0
    deadline: float = 0.0


class WorkerPool:
    """Worker processes with one BLAS thread each, to be used in a `with` block.

    On Linux, what they need is loaded from the block's beginning on, while the caller still counts what to run.

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
    """The parent's side of a worker process.

    Raises:
        OSError, EOFError: it cannot be started.
    """

    def __init__(self, directory: Path) -> None:
        self.line, theirs = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=serve, args=(theirs, directory, dict(os.environ)), daemon=True)
        with theirs, _STARTING, _without_main():
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
