"""A pool of worker processes that survives the death of any of them and leaves none behind."""

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal

from simulations.processes import GoneError, Worker, Workshop, how_it_ended
from simulations.trajectory import Trajectory
from simulations.worker import wire

ATTEMPTS = 3
TIME_LIMIT = 1800.0

Task = Sequence[Trajectory]


@dataclass(frozen=True)
class Kept:
    """A trajectory was finished and is in the store.

    Args:
        trajectory: which.
        converged: whether each of its trainings met its stopping rule.
        ended: why it ended before its last round; None where it did not.
    """

    trajectory: Trajectory
    converged: bool
    ended: str | None = None


@dataclass(frozen=True)
class Advanced:
    """Trajectories in work have come some way; it may be less than before, when a worker died.

    Args:
        task: which.
        share: of their rounds that are done.
    """

    task: Task
    share: float


@dataclass(frozen=True)
class Failed:
    """A task ended before all of its trajectories were kept.

    Args:
        task: those that were not.
        reason: one clause, what happened and what may help.
        is_input: whether what the user gave is to blame, so that there is no use in going on.
    """

    task: Task
    reason: str
    is_input: bool = False


Event = Kept | Advanced | Failed


class WorkerPool:
    """Worker processes with one BLAS thread each, to be used in a `with` block.

    They are started by the block's beginning, and load what they need while the caller still counts what to run.

    Args:
        count: how many processes.
        directory: the store they write to.
        expected: trajectories like those that will be run.
        time_limit: seconds per trajectory; a task of lanes in lockstep has that many for each.
    """

    def __init__(
        self, count: int, directory: Path, expected: Sequence[Trajectory], time_limit: float = TIME_LIMIT
    ) -> None:
        self.processes = count
        self._time_limit = time_limit
        self._workshop = Workshop(directory, expected)
        self._stopping = False
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[Event | BaseException | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(count)]

    def __enter__(self) -> "WorkerPool":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End what still runs and wait until it is gone."""
        try:
            self._end()
        except KeyboardInterrupt:
            self.hurry()
            self._end()
            raise

    def hurry(self) -> None:
        """End all processes at once, so that nothing that waits for them waits any longer."""
        self._stopping = True
        self._workshop.kill()

    def _end(self) -> None:
        self._stopping = True
        for _ in self._threads:
            self._tasks.put(None)
        self._workshop.close()
        for thread in self._threads:
            thread.join()

    def run(self, tasks: Sequence[Task]) -> Iterator[Event]:
        """Run tasks, telling of each trajectory as it is kept, of how far tasks have come, and of each that fails."""
        for task in tasks:
            self._tasks.put(task)
        left = len(tasks)
        while left:
            event = self._events.get()
            if isinstance(event, BaseException):
                raise event
            if event is not None:
                yield event
            left -= event is None

    def _serve(self) -> None:
        try:
            self._work()
        except BaseException as error:  # told where the events are waited for, which would else be for ever
            self._events.put(error)

    def _work(self) -> None:
        worker = None
        with suppress(GoneError):  # told of the first task, if it happens again
            worker = self._workshop.start()
        try:
            while (task := self._tasks.get()) is not None and not self._stopping:
                worker = self._finish(worker, {t.key: t for t in task})
                self._events.put(None)
        finally:
            if worker is not None:
                self._workshop.end(worker)

    def _finish(self, worker: Worker | None, waiting: dict[str, Trajectory]) -> Worker | None:
        """Have a task done, by new workers if this one dies; gives the one that is alive afterwards, if one is."""
        reason = ""
        for _ in range(ATTEMPTS):
            try:
                worker = worker or self._workshop.start()
            except GoneError as error:
                reason = f"no worker could be started: {error}"
            else:
                ending = self._ask(worker, waiting)
                if ending == "answered":
                    return worker
                reason = f"the worker {how_it_ended(self._workshop.end(worker))}"
                worker = None
                if ending == "late":
                    return None
            if self._stopping:
                return None
        self._events.put(Failed([*waiting.values()], f"tried {ATTEMPTS} times; {reason}"))
        return None

    def _ask(self, worker: Worker, waiting: dict[str, Trajectory]) -> Literal["answered", "died", "late"]:
        """Send a task and pass on what its worker tells, striking off what it kept."""
        lanes, late = len(waiting), threading.Event()

        def stop() -> None:
            late.set()
            worker.kill()

        timer = threading.Timer(lanes * self._time_limit, stop)
        timer.daemon = True
        timer.start()
        try:
            worker.send([wire(t) for t in waiting.values()])
            while (answer := worker.receive()) is not None:
                if "share" in answer:
                    self._events.put(Advanced([*waiting.values()], answer["share"]))
                    continue
                if "kept" not in answer:
                    if "error" in answer:
                        self._events.put(Failed([*waiting.values()], answer["error"], answer["input"]))
                    return "answered"
                self._events.put(Kept(waiting.pop(answer["kept"]), answer["converged"], answer["ended"]))
        except OSError:
            pass
        finally:
            timer.cancel()
        if not late.is_set():
            return "died"
        allowed = f"{lanes} × {self._time_limit:g} s"
        reason = f"stopped after {allowed}; a larger --time-limit, fewer rounds or a smaller pool would let it end"
        self._events.put(Failed([*waiting.values()], reason))
        return "late"
