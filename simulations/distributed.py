"""Runs lockstep tasks on a Dask cluster.

A task is a pure function of text: trajectories as JSON go out, records as JSON come back, and the process that
submitted them writes the store. So workers need the same labelplan installed and nothing else: no shared disk, no
rights to write. The scheduler gives the task of a worker that died to another one.
"""

import json
import socket
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from simulations.config_values import shown
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.record import FORMAT, Record
from simulations.store import Store
from simulations.termination import NoCurveError
from simulations.trajectory import REVISION, Trajectory
from simulations.worker import wire
from simulations.workers import ATTEMPTS, Event, Failed, Kept, Task

if TYPE_CHECKING:
    from distributed import Client, Future

_CONNECT_SECONDS = 15
_ONE_AT_A_TIME = threading.Lock()


def compute(request: str) -> str:
    """Run lanes in lockstep on a worker.

    Args:
        request: JSON of `version` and `lanes`, a list of trajectories.

    Returns:
        JSON of `records`, or of `error`, a sentence, and `input`, whether the user's input is to blame; of all three
        where some lanes have no curve.
    """
    from threadpoolctl import threadpool_limits

    asked = json.loads(request)
    if asked["version"] != [FORMAT, REVISION]:
        return json.dumps({"error": "a worker of the cluster has another version of labelplan", "input": True})
    try:
        # Threads that compute at once would only slow each other down, and bits must not depend on their number.
        with _ONE_AT_A_TIME, threadpool_limits(1):
            records = run_lanes([Trajectory.from_json(data) for data in asked["lanes"]])
    except NoCurveError as error:
        made = [record.as_json() for record in error.records]
        return json.dumps({"records": made, "error": str(error), "input": False})
    except InputError as error:
        return json.dumps({"error": str(error), "input": True})
    except Exception as error:
        return json.dumps({"error": f"{type(error).__name__}: {error}", "input": False})
    return json.dumps({"records": [record.as_json() for record in records]})


class Cluster:
    """The workers of a Dask scheduler, to be used in a `with` block.

    Args:
        address: of the scheduler.
        store: where this process keeps what they send back.
    """

    def __init__(self, address: str, store: Store) -> None:
        self.address = address
        self.processes = 1
        self._store = store
        self._client: Client | None = None
        self._stack = ExitStack()

    def __enter__(self) -> "Cluster":
        """Connect.

        Raises:
            InputError: the extra is not installed, or no scheduler with workers answers.
        """
        try:
            from distributed import Client
        except ImportError as error:
            raise InputError(
                f"scheduler: {error.name} is not installed; install labelplan with its extra 'cluster'"
            ) from error
        try:
            _knock(self.address)
            self._client = self._stack.enter_context(
                Client(self.address, timeout=_CONNECT_SECONDS, set_as_default=False)
            )
        except (OSError, ValueError) as error:
            raise InputError(
                f"scheduler: nothing answers at {shown(self.address)}; allowed: the address of a running Dask "
                "scheduler, such as tcp://10.0.0.1:8786"
            ) from error
        try:
            self._client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        except TimeoutError as error:
            self._stack.close()
            raise InputError(f"scheduler: {self.address} has no workers; start some") from error
        self.processes = max(1, len(self._client.nthreads()))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def hurry(self) -> None:
        """Break off what waits for an answer of the scheduler, which may be long in coming."""
        raise KeyboardInterrupt

    def run(self, tasks: Sequence[Task]) -> Iterator[Event]:
        """Run tasks, telling of each trajectory once it is in the store and of each task that fails."""
        from distributed import as_completed

        client = self._client
        assert client is not None
        futures = {self._submit(task): task for task in tasks}
        # What is left when the caller stops early would only keep the cluster busy.
        self._stack.callback(lambda: client.cancel(list(futures)))
        for future in as_completed(list(futures), loop=client.loop, raise_errors=False):
            yield from self._collect(future, futures.pop(future))

    def _submit(self, task: Task) -> "Future[str]":
        assert self._client is not None
        request = json.dumps({"version": [FORMAT, REVISION], "lanes": [wire(t) for t in task]})
        # A name of its own: equal tasks of two runs must not share a fate.
        name = f"labelplan-{uuid.uuid4().hex}"
        return self._client.submit(compute, request, key=name, pure=False, retries=ATTEMPTS - 1)

    def _collect(self, future: "Future[str]", task: Task) -> Iterator[Event]:
        if future.status == "cancelled":
            raise InputError(
                f"scheduler: lost {self.address} or the tasks were cancelled there; what was finished is kept"
            )
        if future.status != "finished":
            error: Any = future.exception()
            yield Failed(task, f"{type(error).__name__} on the cluster: {error}")
            return
        answer = json.loads(future.result())
        kept = set()
        for data in answer.get("records", []):
            record = Record.from_json(data)
            self._store.put(record)
            kept.add(record.trajectory.key)
            yield Kept(record.trajectory, all(record.converged), record.ended)
        if "error" in answer:
            yield Failed([t for t in task if t.key not in kept], answer["error"], answer["input"])


def _knock(address: str) -> None:
    """Raise OSError or ValueError when nothing listens there, sooner and more cleanly than a client of Dask's."""
    parts = urlsplit(address)
    if parts.scheme not in ("tcp", "tls") or not parts.hostname or not parts.port:
        raise ValueError("not an address")
    socket.create_connection((parts.hostname, parts.port), timeout=_CONNECT_SECONDS).close()
