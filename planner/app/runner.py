"""Runs a grid file in this process, or says what that would take; and is the process of a job.

A job's process is started as `python -m planner.app.runner JOB_FOLDER STORE LOCK_DESCRIPTOR`; SIGTERM pauses it.
"""

import os
import signal
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

from planner.app.jobs import GRID, PAUSE, STATE, Report, Status
from planner.render.simulation_words import ended_words
from simulations import jit
from simulations.errors import InputError
from simulations.grid import load_grid
from simulations.process import stoppable
from simulations.run import Advance, RunSummary, run_grid
from simulations.store import Store
from simulations.work_estimate import WorkEstimate, estimate


def is_compiled() -> bool:
    """Whether the inner loops of the engine are compiled already, which takes the first run about 15 seconds."""
    return jit.has_kernels()


def simulate_grid(path: Path, store: Path, advance: Advance | None = None, **options: Any) -> RunSummary:
    """Run a grid file into a store, with the options of `simulations.run.run_grid`.

    `advance` is told how many trajectories are done, and of how many; rounds count as parts.

    Raises:
        InputError: the grid, the store or an option cannot be used.
    """
    return run_grid(load_grid(path), Store(store), progress=advance, advance=advance, **options)


def preview_grid(path: Path, store: Path, *, shard: str | None = None) -> WorkEstimate:
    """Say what `simulate_grid` would do, without doing it.

    Raises:
        InputError: the grid, the shard or the store cannot be used.
    """
    return estimate(load_grid(path), Store(store), shard=shard)


_STATE_SECONDS = 0.5
_LOG_SECONDS = 10.0


class StateWriter:
    """Writes the state of a job into its folder when there is news, though not more often than anybody looks."""

    def __init__(self, folder: Path) -> None:
        now = time.time()
        self._path = folder / STATE
        self._began = self._written = self._logged = time.monotonic()
        self.report = Report("running", os.getpid(), now, now)
        self._write()

    def count(self, total: int) -> None:
        """Take the number of trajectories asked for."""
        self.report = replace(self.report, total=total)

    def progress(self, done: int, to_run: int) -> None:
        """Take what `run_grid` tells of finished trajectories."""
        now = time.monotonic()
        if not done:
            self._began = now
        self.report = replace(self.report, stored=self.report.total - to_run, done=done)
        self._report_work(max(self.report.come, done), to_run, at_once=not done or done == to_run)
        if not done or done == to_run or now - self._logged > _LOG_SECONDS:
            self._logged = now
            log(f"{done:,} of {to_run:,} trajectories")

    def advance(self, come: float, to_run: int) -> None:
        """Take what `run_grid` tells of rounds."""
        self._report_work(max(come, self.report.done), to_run)

    def _report_work(self, come: float, to_run: int, *, at_once: bool = False) -> None:
        now = time.monotonic()
        # Lanes in lockstep end together, so the time left is judged by the whole run and not by the last of it.
        left = (now - self._began) / come * max(to_run - come, 0.0) if come else None
        self.report = replace(self.report, come=come, left_seconds=left)
        if at_once or now - self._written > _STATE_SECONDS:
            self._write()

    def end(self, summary: RunSummary) -> None:
        """Write how the run ended."""
        status: Status = "paused" if summary.interrupted else "failed" if summary.remaining else "done"
        missing = f"{summary.remaining:,} of {summary.total:,} trajectories could not be finished"
        self.report = replace(
            self.report,
            status=status,
            stored=summary.stored,
            done=summary.done,
            come=float(summary.done),
            left_seconds=None,
            error=missing if status == "failed" else None,
            faults=(*summary.failed, *ended_words(summary.ended)),
        )
        for fault in self.report.faults:
            log(fault)
        self._write()

    def break_off(self, error: str | None = None) -> None:
        """Write that it was asked to end, or the sentence why it could not go on."""
        status: Status = "paused" if error is None else "failed"
        self.report = replace(self.report, status=status, left_seconds=None, error=error)
        self._write()

    def _write(self) -> None:
        self._written = time.monotonic()
        self.report = replace(self.report, updated=time.time())
        self.report.write(self._path)


def main(folder: Path, store: Path, descriptor: int) -> None:
    """Run the job of a folder into a store; `descriptor` is of the lock, held until this process ends."""
    # Workers of the simulator would otherwise hold it on when this process has been killed.
    os.set_inheritable(descriptor, False)
    with stoppable() as stop:
        state = StateWriter(folder)
        try:
            _run(folder, store, state)
        except KeyboardInterrupt:
            state.break_off()
        except InputError as error:
            state.break_off(str(error))
        except Exception as error:
            if stop.number is not None:  # a signal in the middle of an import comes out as another error
                state.break_off()
            else:
                traceback.print_exc()
                state.break_off(f"the simulator broke off: {_first_line(error)}")
        log(f"{state.report.status}{'' if state.report.error is None else ': ' + state.report.error}")
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # all is said, and the process ends by itself


def log(sentence: str) -> None:
    """Write a line of the log, which standard output goes to."""
    print(time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()), sentence, flush=True)


def _run(folder: Path, store: Path, state: StateWriter) -> None:
    if (folder / PAUSE).exists():
        raise KeyboardInterrupt
    log("begins")
    grid = load_grid(folder / GRID)
    state.count(len(grid))
    state.end(run_grid(grid, Store(store), progress=state.progress, advance=state.advance))


def _first_line(error: Exception) -> str:
    said = (str(error).splitlines() or [""])[0].strip()[:300]
    return f"{type(error).__name__}{': ' if said else ''}{said}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
