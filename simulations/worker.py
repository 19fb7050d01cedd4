"""A worker process: simulates the lanes it is sent, keeps them in the store, and ends with its parent.

Each line it reads is a JSON list of trajectories to run in lockstep. It writes JSON lines: `{"ready": pid}` once, then
for each task `{"share": of its rounds that are done}` now and then, `{"kept": key, "converged": …, "ended": why}` for
every trajectory and at last `{"done": true}`, or `{"error": sentence, "input": whether the input is to blame}`. Lines
of JSON need no pickle.
"""

import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from simulations.datasets import DATASETS
from simulations.datasets.pool import open_space
from simulations.engine import Watch, run_lanes
from simulations.errors import InputError
from simulations.learners import LEARNERS, make_learner
from simulations.store import Store
from simulations.strategies import STRATEGIES
from simulations.tasks.task import CLASSIFICATION
from simulations.termination import NoCurveError
from simulations.trajectory import Part, Trajectory

Tell = Callable[[dict[str, object]], None]

_SAY_SECONDS = 0.5


def wire(t: Trajectory) -> dict[str, object]:
    """Write a trajectory for a worker: its content and every setting, where a file lies on this machine included."""
    return {**t.as_json(), "dataset": {**t.dataset.as_json(), "settings": dict(t.dataset.settings)}}


def preload(expected: str) -> None:
    """Load what trajectories to come will need: modules, compiled kernels, the first one's data set unless a table.

    Args:
        expected: the trajectories as a JSON list. What is wrong with them is told when they are run, not here.
    """
    with suppress(Exception):
        asked = [Trajectory.from_json(data) for data in json.loads(expected)]
        first = asked[0]
        # Tables are read by Arrow, whose threads stay; a process that has any is not to be forked.
        tabled = DATASETS[first.dataset.name].task == CLASSIFICATION
        if tabled and Path(first.dataset.options.get("path", "")).suffix.lower() in ("", ".npz"):
            open_space(first.dataset, LEARNERS[first.learner.name].axes)
        for part in {part for t in asked for part in (t.learner, t.chosen_by)}:
            make_learner(part)
        # A process in which torch has computed may not be forked, and other learners than these compile nothing more.
        linear = [t for t in asked if LEARNERS[t.chosen_by.name].family == "linear"]
        linear = [t for t in linear if "costs" not in STRATEGIES[t.strategy.name].needs]  # what is tiny costs nothing
        if "torch" not in sys.modules:
            for part in {t.chosen_by for t in linear}:
                run_lanes([_tiny(t) for t in linear if t.chosen_by == part])


def _tiny(t: Trajectory) -> Trajectory:
    """Give a trajectory that calls the same kernels as another and takes milliseconds."""
    knobs = {**DATASETS["synthetic"].defaults, "n": 90, "d": 8, "classes": 3, "test_size": 30}
    return replace(
        t,
        learner=t.chosen_by,
        chooser=None,
        dataset=Part.of("synthetic", knobs),
        oracle=Part.of("perfect"),
        initial_set="one_per_class",
        initial_size=6,
        batch_size=3,
        rounds=1,
        seed=0,
    )


def serve(directory: Path, source: TextIO, sink: TextIO) -> None:
    """Answer tasks until the source ends, which ends the process at once.

    Args:
        directory: the store.
        source: where tasks come from.
        sink: where answers go.
    """
    tasks: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, tasks), daemon=True).start()
    store = Store(directory)

    def tell(answer: dict[str, object]) -> None:
        # Nobody listens any more when this fails, and the listener is about to end the process.
        with suppress(OSError):
            sink.write(json.dumps(answer) + "\n")
            sink.flush()

    tell({"ready": os.getpid()})
    while True:
        _answer(store, tasks.get(), tell)


def simulate(store: Store, lanes: Sequence[Trajectory], tell: Tell) -> None:
    """Run lanes in lockstep and keep them, telling of each; what another run has kept meanwhile is not run again.

    Raises:
        NoCurveError: some have none to keep; the others are kept.
    """
    missing, lost = store.missing(lanes), None
    try:
        records = run_lanes(missing, _watch(missing[0].rounds + 1, tell)) if missing else []
    except NoCurveError as error:
        records, lost = error.records, error
    for record in records:
        store.put(record)
        tell({"kept": record.trajectory.key, "converged": all(record.converged), "ended": record.ended})
    for t in lanes:
        if t not in missing:
            tell({"kept": t.key, "converged": True, "ended": None})
    if lost is not None:
        raise lost


def _watch(rounds: int, tell: Tell) -> Watch:
    """Tell how many of the rounds are done, a few times a second at most."""
    done, said = 0, 0.0

    def watch(labels: int, predicted: npt.NDArray[np.int64]) -> None:
        nonlocal done, said
        done += 1
        now = time.monotonic()
        if done == 1:
            said = now
        elif done < rounds and now - said >= _SAY_SECONDS:
            said = now
            tell({"share": done / rounds})

    return watch


def _listen(source: TextIO, tasks: "queue.SimpleQueue[str]") -> None:
    with suppress(OSError):
        for line in source:
            tasks.put(line)
    # The line is cut: the parent is done or dead, and nobody waits for what is still being computed.
    os._exit(0)


def _answer(store: Store, line: str, tell: Tell) -> None:
    try:
        simulate(store, [Trajectory.from_json(data) for data in json.loads(line)], tell)
    except NoCurveError as error:  # the input of these alone: other tasks go on
        tell({"error": str(error), "input": False})
    except InputError as error:
        tell({"error": str(error), "input": True})
    except Exception as error:
        traceback.print_exc()
        tell({"error": f"{type(error).__name__}: {error}", "input": False})
    else:
        tell({"done": True})
