"""The dashboard's server for as long as a block of code runs: what browser tests, pictures and benchmarks look at."""

import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from planner.app.dashboard_server import command
from planner.app.jobs import environment

START_SECONDS = 120.0
END_SECONDS = 20.0
_LOOK_SECONDS = 0.3
_LOG_BYTES = 2_000


@dataclass(frozen=True)
class Server:
    """A server that answers.

    Attributes:
        address: where, without a slash at its end.
        pid: of its process, whose group holds all that it starts.
    """

    address: str
    pid: int


@contextmanager
def served(folder: Path, plan_path: Path | None = None, store_path: Path | None = None) -> Iterator[Server]:
    """Start the dashboard on a free port of localhost, as `labelplan dashboard` does, and end it after the block.

    Args:
        folder: where it runs: what it simulates is kept below, unless the plan or the store lies elsewhere.
        plan_path: plan file to open with; the default plan when not given.
        store_path: folder of simulated trajectories whose curves are used.

    Raises:
        RuntimeError: it does not answer within two minutes, or ends; with the last of what it said.
    """
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command(port), "--server.headless=true"],
            cwd=folder,
            env=environment(plan_path, store_path),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_healthy(process, port, log)
            yield Server(f"http://localhost:{port}", process.pid)
        finally:
            _end(process)


def _wait_until_healthy(process: "subprocess.Popen[bytes]", port: int, log: IO[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(_LOOK_SECONDS)
    log.seek(0)
    raise RuntimeError(f"the dashboard did not start: {log.read().decode(errors='replace')[-_LOG_BYTES:].strip()}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the group, so that nothing the server started outlives it."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=END_SECONDS)
    except ProcessLookupError:
        process.wait()
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
