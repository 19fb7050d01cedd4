"""A pool of worker processes that survives the death of any of them and leaves none behind."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from simulations.trajectory import Trajectory

ATTEMPTS = 3
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class WorkerPool:
    """Worker processes with one BLAS thread each, to be used in a `with` block.

    Args:
        count: how many processes.
        directory: the store they write to.
    """

    def __init__(self, count: int, directory: Path) -> None:
        self.count = count
        self.directory = directory
        self._stopping = False
        self._processes: set[subprocess.Popen[str]] = set()
        self._threads: list[threading.Thread] = []
        self._guard = threading.Lock()

    def __enter__(self) -> "WorkerPool":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Kill what still runs and wait until it is gone; a killed worker loses its unfinished lanes only."""
        with self._guard:
            self._stopping = True
            for process in self._processes:
                process.kill()
        for thread in self._threads:
            thread.join()

    def run(self, tasks: Sequence[Sequence[Trajectory]]) -> Iterator[tuple[Sequence[Trajectory], dict[str, Any]]]:
        """Run tasks, giving each with its worker's answer as it comes; see `simulations.worker` for the answers."""
        waiting = deque(tasks)
        answers: queue.SimpleQueue[tuple[Sequence[Trajectory], dict[str, Any]]] = queue.SimpleQueue()
        for _ in range(min(self.count, len(tasks))):
            thread = threading.Thread(target=self._serve, args=(waiting, answers), daemon=True)
            self._threads.append(thread)
            thread.start()
        for _ in tasks:
            yield answers.get()

    def _serve(self, waiting: deque[Sequence[Trajectory]], answers: "queue.SimpleQueue[Any]") -> None:
        process = None
        while not self._stopping:
            try:
                task = waiting.popleft()
            except IndexError:
                break
            answer = None
            for _ in range(ATTEMPTS):
                process = process or self._start()
                answer = _ask(process, task) if process else None
                if answer is not None or self._stopping:
                    break
                self._end(process)
                process = None
            died = {"error": f"the worker died {ATTEMPTS} times (out of memory?)", "input": False}
            answers.put((task, answer or died))
        self._end(process)

    def _start(self) -> "subprocess.Popen[str] | None":
        with self._guard:
            if self._stopping:
                return None
            root = str(Path(__file__).resolve().parent.parent)
            paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
            process = subprocess.Popen(
                [sys.executable, "-m", "simulations.worker", str(self.directory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
                # Set before the worker imports numpy, since BLAS reads it once.
                env={**os.environ, **dict.fromkeys(_ONE_THREAD, "1"), "PYTHONPATH": paths},
            )
            self._processes.add(process)
            return process

    def _end(self, process: "subprocess.Popen[str] | None") -> None:
        if process is not None:
            process.kill()
            process.communicate()
            with self._guard:
                self._processes.discard(process)


def _ask(process: "subprocess.Popen[str]", task: Sequence[Trajectory]) -> dict[str, Any] | None:
    """Send a task and wait for the answer; None when the worker died."""
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps([t.as_json() for t in task]) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
    except (OSError, ValueError):
        return None
    if not line.endswith("\n"):
        return None
    answer: dict[str, Any] = json.loads(line)
    return answer
