"""The parent's side of worker processes: how they are started, spoken to and ended.

On Linux they are forked from a nursery; elsewhere each is started afresh, which takes longer.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from simulations.trajectory import Trajectory
from simulations.worker import wire

_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_PATIENCE = 10.0
_LONGEST_ARGUMENT = 100_000  # Linux allows 131,072 bytes
_CAN_FORK = sys.platform == "linux"


class Worker(Protocol):
    """A worker process."""

    number: int | None
    """Its process id, once it has said that it is ready."""

    def send(self, message: object) -> None:
        """Send one line of JSON; raises OSError or ValueError when the worker is gone."""

    def receive(self) -> dict[str, Any] | None:
        """Wait for one line of JSON; None when the worker is gone."""

    def kill(self) -> None:
        """End it at once, from any thread; the thread that waits for it then receives None."""

    def close(self) -> None:
        """Let go of the line to it, in the thread that used it."""


class Workshop:
    """Starts workers for one store and ends them all.

    Args:
        directory: the store.
        expected: trajectories like those that will be run, for what is to be loaded ahead.
    """

    def __init__(self, directory: Path, expected: Sequence[Trajectory]) -> None:
        self._arguments = [str(directory), _as_argument(expected)]
        self._nursery: _Nursery | None = None
        self._workers: set[Worker] = set()
        self._guard = threading.Lock()
        self._closed = False

    def start(self) -> Worker | None:
        """Start a worker and wait until it is ready.

        Returns:
            None when it could not be started, when it died before it was ready, or when the workshop is closed.
        """
        with self._guard:
            if self._closed:
                return None
            try:
                worker: Worker = self._fork() if _CAN_FORK else _Spawned(_python("worker", self._arguments))
            except OSError:  # no memory, or as many processes as are allowed
                return None
            self._workers.add(worker)
        hello = worker.receive()
        if hello is None:
            self.end(worker)
            return None
        worker.number = hello["ready"]
        return worker

    def _fork(self) -> "_Forked":
        self._nursery = self._nursery or _Nursery(self._arguments)
        try:
            return self._nursery.fork()
        except OSError:  # it died, for want of memory perhaps
            self._nursery.end(at_once=True)
            self._nursery = _Nursery(self._arguments)
            return self._nursery.fork()

    def end(self, worker: Worker) -> None:
        """End one worker."""
        worker.kill()
        worker.close()
        with self._guard:
            self._workers.discard(worker)

    def close(self) -> None:
        """End all workers and wait until they are gone; a worker that is killed loses its unfinished lanes only."""
        with self._guard:
            self._closed = True
            for worker in self._workers:
                worker.kill()
            if self._nursery:
                # With no worker to look after it may still be loading, and would not hear.
                self._nursery.end(at_once=all(worker.number is None for worker in self._workers))


class _Spawned:
    """A worker started as a process of its own, over pipes."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.number: int | None = None

    def send(self, message: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def receive(self) -> dict[str, Any] | None:
        assert self._process.stdout is not None
        return _message(self._process.stdout.readline())

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        with suppress(OSError):  # what was left to be written
            self._process.stdin.close()
        self._process.stdout.close()


class _Forked:
    """A worker forked by a nursery, over a socket."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._source = line.makefile("r", encoding="utf-8")
        self.number: int | None = None

    def send(self, message: object) -> None:
        self._line.sendall(json.dumps(message).encode() + b"\n")

    def receive(self) -> dict[str, Any] | None:
        with suppress(OSError):
            return _message(self._source.readline())
        return None

    def kill(self) -> None:
        # A worker that has not said its number yet ends when it finds its line cut.
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        if self.number is not None:
            with suppress(ProcessLookupError):
                os.kill(self.number, signal.SIGKILL)

    def close(self) -> None:
        self._source.close()
        self._line.close()


class _Nursery:
    """The process that workers are forked from; see `simulations.nursery`."""

    def __init__(self, arguments: list[str]) -> None:
        self._control, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = _python("nursery", arguments, theirs.fileno())
        except OSError:
            self._control.close()
            raise

    def fork(self) -> _Forked:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(self._control, [b"f"], [theirs.fileno()])
        except OSError:
            ours.close()
            raise
        return _Forked(ours)

    def end(self, *, at_once: bool) -> None:
        """Let it end its workers, unless at once, and then itself."""
        self._control.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0 if at_once else _PATIENCE)
        self._process.kill()
        self._process.wait()


def _as_argument(expected: Sequence[Trajectory]) -> str:
    """Write trajectories as JSON, no more of them than one argument of a command may hold."""
    written: list[str] = []
    for t in expected:
        written.append(json.dumps(wire(t)))
        if sum(map(len, written)) > _LONGEST_ARGUMENT:
            written.pop()
            break
    return f"[{', '.join(written)}]"


def _python(module: str, arguments: list[str], source: int = subprocess.PIPE) -> "subprocess.Popen[str]":
    root = str(Path(__file__).resolve().parent.parent)
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        # -P: what lies in the folder the user happens to be in is not ours to import.
        [sys.executable, "-P", "-m", f"simulations.{module}", *arguments],
        stdin=source,
        stdout=subprocess.PIPE if source == subprocess.PIPE else None,
        encoding="utf-8",
        # Set before numpy is imported, since BLAS reads it once.
        env={**os.environ, **dict.fromkeys(_ONE_THREAD, "1"), "PYTHONPATH": paths},
    )


def _message(line: str) -> dict[str, Any] | None:
    """Read a line; one that was cut short by its writer's death is none."""
    if not line.endswith("\n"):
        return None
    message: dict[str, Any] = json.loads(line)
    return message
