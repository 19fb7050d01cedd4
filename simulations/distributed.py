"""Runs lockstep tasks on a Dask cluster.

A task is a pure function: trajectories go out and records come back, as JSON, and the process that submitted them
writes the store.
So workers need the same labelplan installed and nothing else: no shared disk, no rights to write. The scheduler gives
the task of a worker that died to another one.
"""

import json
import logging
import socket
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from simulations.compatibility import check_installed
from simulations.config_values import quote_value
from simulations.errors import InputError
from simulations.record import FORMAT, Record
from simulations.store import Store
from simulations.trajectory import REVISION, canonical_json
from simulations.workers import ATTEMPTS, Event, Failed, Kept, Task, as_text, failure, from_text, records_of

if TYPE_CHECKING:
    from distributed import Client, Future

_VERSION = (FORMAT, REVISION)
_CONNECT_SECONDS = 15
_ONE_AT_A_TIME = threading.Lock()


def compute(version: tuple[int, int], lanes: str) -> tuple[list[str], tuple[str, bool] | None]:
    """Run lanes in lockstep on a worker; what crosses is text, which a worker of another version need not unpickle.

    Args:
        version: of records and trajectories, as the submitter knows them.
        lanes: what to run, as `as_text` writes it.

    Returns:
        The records as JSON, and, where some lanes have none, why and whether their input is to blame.
    """
    if version != _VERSION:
        return [], ("a worker of the cluster has another version of labelplan", True)
    records = []
    try:
        with _ONE_AT_A_TIME:  # threads that compute at once would only slow each other down
            trajectories = from_text(lanes)
            check_installed(trajectories)
            for record in records_of(trajectories):
                text = canonical_json(record.as_json())
                records.append(text)
    except Exception as error:
        failed = failure([], error)
        return records, (failed.reason, failed.is_input)
    return records, None


class Cluster:
    """The workers of a Dask scheduler, to be used in a `with` block; this process stores what they send back."""

    def __init__(self, address: str, store: Store) -> None:
        self.address = address
        self.processes = 1
        self._store = store
        self._client: Client | None = None
        self._stack = ExitStack()

    def __enter__(self) -> "Cluster":
        """Connect; an InputError if the extra is not installed, or no scheduler with workers answers."""
        try:
            from distributed import Client
        except ImportError as error:
            raise InputError(
                f"scheduler: {error.name} is not installed; install labelplan with its extra 'cluster'"
            ) from error
        # A client that loses its scheduler logs a traceback, before the sentence that says so.
        log = logging.getLogger("distributed.client")
        self._stack.callback(log.setLevel, log.level)
        log.setLevel(logging.CRITICAL)
        try:
            _check_listening(self.address)
            client = Client(self.address, timeout=_CONNECT_SECONDS, set_as_default=False)
            self._client = self._stack.enter_context(client)
        except (OSError, ValueError) as error:
            self._stack.close()
            raise InputError(
                f"scheduler: nothing answers at {quote_value(self.address)}; allowed: the address of a running Dask "
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

    def run(self, tasks: Sequence[Task]) -> Iterator[Event]:
        """Run tasks, telling of each trajectory once it is in the store and of each task that fails."""
        from distributed import as_completed

        client = self._client
        assert client is not None
        futures = {
            # A name of its own: equal tasks of two runs must not share a fate.
            client.submit(
                compute, _VERSION, as_text(task), key=f"labelplan-{uuid.uuid4().hex}", pure=False, retries=ATTEMPTS - 1
            ): task
            for task in tasks
        }
        # What is left when the caller stops early would only keep the cluster busy.
        self._stack.callback(lambda: client.cancel(list(futures)))
        for future in as_completed(list(futures), loop=client.loop, raise_errors=False):
            yield from self._collect(future, futures.pop(future))

    def _collect(self, future: "Future[Any]", task: Task) -> Iterator[Event]:
        if future.status == "cancelled":
            raise InputError(
                f"scheduler: lost {self.address} or the tasks were cancelled there; what was finished is kept"
            )
        if future.status != "finished":
            error: Any = future.exception()
            yield Failed(task, f"{type(error).__name__} on the cluster: {error}")
            return
        records, failed = future.result()
        waiting = {t.key: t for t in task}
        for text in records:
            try:
                record = Record.from_json(json.loads(text))
            except ValueError as error:
                yield Failed([*waiting.values()], f"a worker's record cannot be used ({error})")
                return
            self._store.put(record)
            yield Kept(waiting.pop(record.trajectory.key), all(record.converged), record.ended)
        if failed is not None:
            yield Failed([*waiting.values()], *failed)


def _check_listening(address: str) -> None:
    """Raise OSError or ValueError when nothing listens there, sooner and more cleanly than a client of Dask's."""
    parts = urlsplit(address)
    if parts.scheme not in ("tcp", "tls") or not parts.hostname or not parts.port:
        raise ValueError("not an address")
    socket.create_connection((parts.hostname, parts.port), timeout=_CONNECT_SECONDS).close()
