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
_NO_THREAD = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}  # Arrow's allocator starts one when it is imported
_PATIENCE = 10.0
_LAST_WORDS = 1.0
_LONGEST_ARGUMENT = 100_000  # Linux allows 131,072 bytes
_CAN_FORK = sys.platform == "linux"
_KILLED = -9


class GoneError(Exception):
    """A worker could not be started: the message says in a clause what happened."""


class Worker(Protocol):
    """A worker process."""

    number: int | None
    """Its process id, once it has said that it is ready."""

    def send(self, message: object) -> None:
        """Send one line of JSON; raises OSError or ValueError when the worker is gone."""

    def receive(self) -> dict[str, Any] | None:
        """Wait for one line of JSON; None when the worker is gone."""

    def kill(self) -> None:
        """End it at once, from any thread or signal handler; the thread that waits for it then receives None."""

    def bury(self) -> int | None:
        """Let go of one that was killed, in the thread that used it.

        Returns:
            Its exit status, negative for the signal that ended it before it was killed, if one did; None if not known.
        """


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

    def start(self) -> Worker:
        """Start a worker and wait until it is ready.

        Raises:
            GoneError: it could not be started, it died before it was ready, or the workshop is closed.
        """
        with self._guard:
            if self._closed:
                raise GoneError("the run is ending")
            try:
                worker: Worker = self._fork() if _CAN_FORK else _Spawned(_python([*self._arguments, "alone"]))
            except ConnectionError as error:  # a nursery that is on its way out, which knows why
                status = self._nursery.bury(None) if self._nursery else None
                raise GoneError(f"it {how_it_ended(status)}") from error
            except OSError as error:  # no memory, or as many processes as are allowed
                raise GoneError(str(error.strerror)) from error
            self._workers.add(worker)
        hello = worker.receive() or {}
        if "ready" not in hello:
            status = self.end(worker)
            raise GoneError(hello.get("error") or f"it {how_it_ended(status)}")
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

    def end(self, worker: Worker) -> int | None:
        """End one worker and give what `Worker.bury` does."""
        with self._guard:
            self._workers.discard(worker)
        worker.kill()
        return worker.bury()

    def kill(self) -> None:
        """End all processes at once and wait for none; for a signal handler, so it takes no lock of this object."""
        if self._nursery:
            self._nursery.kill()
        for worker in list(self._workers):
            worker.kill()

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
        self._killed = False
        self.number: int | None = None

    def send(self, message: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def receive(self) -> dict[str, Any] | None:
        assert self._process.stdout is not None
        message = _message(self._process.stdout.readline())
        if message is None:
            # It is on its way out; killed now, it would seem to have been killed by something else.
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_LAST_WORDS)
        return message

    def kill(self) -> None:
        self._killed = self._process.poll() is None
        self._process.kill()

    def bury(self) -> int | None:
        assert self._process.stdin is not None and self._process.stdout is not None
        with suppress(OSError):  # what was left to be written
            self._process.stdin.close()
        self._process.stdout.close()
        status = self._process.wait()
        return None if self._killed else status


class _Forked:
    """A worker forked by a nursery, over a socket."""

    def __init__(self, line: socket.socket, nursery: "_Nursery") -> None:
        self._line = line
        self._nursery = nursery
        self._guard = threading.RLock()
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
        with self._guard:
            if self.number is not None:
                with suppress(ProcessLookupError):
                    os.kill(self.number, signal.SIGKILL)

    def bury(self) -> int | None:
        self._source.close()
        self._line.close()
        with self._guard:  # once it is buried, its number may be another process's
            number, self.number = self.number, None
        return self._nursery.bury(number)


class _Nursery:
    """The process that workers are forked from; see `simulations.nursery`."""

    def __init__(self, arguments: list[str]) -> None:
        # Messages keep their ends in such a socket.
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(_PATIENCE)
        self._guard = threading.Lock()
        self._killed = False
        try:
            with theirs:
                self._process = _python(arguments, theirs.fileno())
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
        return _Forked(ours, self)

    def bury(self, number: int | None) -> int | None:
        """Have a worker waited for and give its exit status; without a number, give this process's, if it has ended."""
        if number is None:
            with suppress(subprocess.TimeoutExpired):
                status = self._process.wait(_LAST_WORDS)
                return None if self._killed else status
            return None
        with self._guard, suppress(OSError):
            self._control.send(str(number).encode())
            while answer := self._control.recv(100):
                # One that came too late for its question is passed over.
                whose, status = map(int, answer.split())
                if whose == number:
                    return status
        return None

    def kill(self) -> None:
        self._killed = self._killed or self._process.poll() is None
        self._process.kill()

    def end(self, *, at_once: bool) -> None:
        """Let it end its workers, unless at once, and then itself."""
        self._control.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0 if at_once else _PATIENCE)
        self.kill()
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


def _python(arguments: list[str], source: int = subprocess.PIPE) -> "subprocess.Popen[str]":
    root = str(Path(__file__).resolve().parent.parent)
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        # -P: what lies in the folder the user happens to be in is not ours to import.
        [sys.executable, "-P", "-m", "simulations.nursery", *arguments],
        stdin=source,
        stdout=subprocess.PIPE if source == subprocess.PIPE else None,
        encoding="utf-8",
        # Set before numpy is imported, since BLAS reads it once.
        env={**os.environ, **dict.fromkeys(_ONE_THREAD, "1"), **_NO_THREAD, "PYTHONPATH": paths},
    )


def how_it_ended(status: int | None) -> str:
    """Say in a clause how a process ended, from its exit status."""
    if status is None:
        return "died"
    if status >= 0:
        return f"ended with status {status}"
    if status == _KILLED:
        return "was killed by signal 9 (out of memory? fewer processes need less)"
    known = {one.value: f" ({one.name})" for one in signal.Signals}
    return f"was killed by signal {-status}{known.get(-status, '')}"


def _message(line: str) -> dict[str, Any] | None:
    """Read a line; one that was cut short by its writer's death is none."""
    if not line.endswith("\n"):
        return None
    message: dict[str, Any] = json.loads(line)
    return message
