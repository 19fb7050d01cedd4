"""A worker process: simulates the lanes it is sent, keeps them in the store, and ends with its parent.

Started as `python -m simulations.worker STORE`. Each line of standard input is a JSON list of trajectories to run in
lockstep; each is answered by one JSON line on standard output, `{"unconverged": n}` or `{"error": …, "input": …}`.
Plain pipes and JSON need no pickle, no guard in the caller's main module, and no fork of a process with threads.
"""

import json
import os
import queue
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import TextIO

from simulations.engine import run_lanes
from simulations.errors import SimulationInputError
from simulations.store import Store
from simulations.trajectory import Trajectory


def main() -> None:
    """Answer tasks until standard input ends."""
    # Ctrl-C reaches the whole process group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not mix with the answers
    tasks: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin, tasks), daemon=True).start()
    store = Store(Path(sys.argv[1]))
    while True:
        answers.write(json.dumps(_answer(store, tasks.get())) + "\n")
        answers.flush()


def _listen(source: TextIO, tasks: "queue.SimpleQueue[str]") -> None:
    for line in source:
        tasks.put(line)
    # The pipe is closed: the parent is done or dead, and nobody waits for what is still being computed.
    os._exit(0)


def _answer(store: Store, line: str) -> dict[str, object]:
    try:
        return {"unconverged": simulate(store, [Trajectory.from_json(data) for data in json.loads(line)])}
    except SimulationInputError as error:
        return {"error": str(error), "input": True}
    except Exception as error:
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}", "input": False}


def simulate(store: Store, lanes: list[Trajectory]) -> int:
    """Run lanes in lockstep and keep them.

    Returns:
        How many of them had a training that did not meet its stopping rule.
    """
    records = run_lanes(lanes)
    for record in records:
        store.put(record)
    return sum(not all(record.converged) for record in records)


if __name__ == "__main__":
    main()
