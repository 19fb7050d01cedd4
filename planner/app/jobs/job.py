"""A job: a grid that a process of its own runs into a store, found again by looking into the jobs' folder.

Nothing is kept in the server, so that a reload, a second browser and the server's next start all see the same jobs.
"""

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from planner.app.jobs import job_dir
from planner.app.jobs.job_dir import FINAL, JobDir, Report, ReportedStatus, environment, unwritable
from simulations.files import write_whole

Status = Literal["starting", "running", "pausing", "paused", "done", "failed", "stopped"]
RUNNING: tuple[Status, ...] = ("starting", "running", "pausing")
GRID, LOG, STATE, PAUSE = "grid.toml", "log.txt", "state.json", "pause"

_NAME = re.compile(r"\d{8}-\d{9}-[0-9a-f]{6}")
_LOG_BYTES = 6_000
_LOG_LINES = 30
_children: list["subprocess.Popen[bytes]"] = []


@dataclass(frozen=True)
class JobView:
    """A job as it stands.

    Attributes:
        status: `stopped` where its process is gone and has not said why.
        report: what its process said last; None where that cannot be read.
        left_seconds: time left by now; None where it is not known or nothing runs.
        log: the end of its log.
    """

    status: Status
    report: Report | None
    left_seconds: float | None
    log: str

    @property
    def runs(self) -> bool:
        """Whether its process lives and works."""
        return self.status in RUNNING

    @property
    def share(self) -> float:
        """The share of its trajectories that is simulated, 0 to 1; while it runs, those in work count by rounds."""
        if self.report is None:
            return 0.0
        # What was in work when its process ended is lost: only what is stored counts from then on.
        return (self.report if self.runs else replace(self.report, come=0.0)).share


@dataclass(frozen=True)
class Job:
    """A job of a place, by the name of its folder, which says when it was made."""

    place: JobDir
    name: str

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return self.place.folder / self.name

    @property
    def grid(self) -> str:
        """The text of its grid file; empty where that cannot be read."""
        with suppress(OSError, UnicodeDecodeError):
            return (self.folder / GRID).read_text(encoding="utf-8")
        return ""

    def look(self) -> JobView:
        """Say how it stands."""
        # Who holds the lock is asked first: a process that ends now has said its last before it lets go.
        lives = job_dir.lock_holder(self.place.lock) == self.name
        report = Report.read(self.folder / STATE)
        status = self._status(report.status if report else "starting", lives=lives)
        left = report.left_seconds if report and status == "running" else None
        if report and left is not None:
            left = max(0.0, left - max(0.0, time.time() - report.updated))
        return JobView(status, report, left, _log_end(self.folder / LOG))

    def pause(self) -> None:
        """Ask its process to end; finished trajectories are kept, and `resume` goes on with the rest.

        Raises:
            InputError: the request cannot be written down.
        """
        seen = self.look()
        if not seen.runs:
            return
        try:
            # Written first: a process that has not said its number yet looks for it as soon as it has.
            write_whole(self.folder / PAUSE, b"")
        except OSError as error:
            raise unwritable(self.folder, error) from error
        report = Report.read(self.folder / STATE)
        if report and report.pid and job_dir.lock_holder(self.place.lock) == self.name:
            with suppress(ProcessLookupError):
                os.kill(report.pid, signal.SIGTERM)

    def resume(self) -> None:
        """Run its grid again, in which what is stored is skipped.

        Raises:
            InputError: another job of the store runs, or no process can be started.
        """
        _run(self)

    def _status(self, said: ReportedStatus, *, lives: bool) -> Status:
        asked = (self.folder / PAUSE).exists()
        if said in FINAL:
            return said
        if lives:
            return "pausing" if asked else said
        return "paused" if asked else "stopped"


def start_job(place: JobDir, grid: str) -> Job:
    """Make a job of a grid file's text and run it in a process that outlives the server.

    Raises:
        InputError: another job of the store runs, the folder cannot be written, or no process can be started.
    """
    now = datetime.now(UTC)
    # To the millisecond, so that names sort by time.
    name = f"{now:%Y%m%d-%H%M%S}{now.microsecond // 1000:03}-{uuid.uuid4().hex[:6]}"
    job = Job(place, name)
    place.make()
    _run(job, grid)
    return job


def jobs_of(place: JobDir) -> list[Job]:
    """List the jobs of a place, the newest first."""
    try:
        names = [path.name for path in place.folder.iterdir() if _NAME.fullmatch(path.name)]
    except OSError:
        return []
    return [Job(place, name) for name in sorted(names, reverse=True)]


def running_job(place: JobDir) -> Job | None:
    """Give the job that runs now, if one does."""
    name = job_dir.lock_holder(place.lock)
    return Job(place, name) if name and _NAME.fullmatch(name) and Job(place, name).look().runs else None


def store_stamp(place: JobDir) -> float:
    """Give a number that changes when a trajectory is kept."""
    store = place.store
    folders = [store, *(path for path in store.iterdir() if path.is_dir())] if store.is_dir() else []
    return max((path.stat().st_mtime for path in folders), default=0.0)


def _run(job: Job, grid: str | None = None) -> None:
    _forget_ended()
    try:
        descriptor = job_dir.take_lock(job.place.lock, job.name)
        try:
            job.folder.mkdir(exist_ok=True)
            if grid is not None:
                write_whole(job.folder / GRID, grid.encode())
            (job.folder / PAUSE).unlink(missing_ok=True)
            _first_report(job).write(job.folder / STATE)
            _children.append(_process(job, descriptor))
        finally:
            # The process has it now; were there none, the lock would be free again.
            os.close(descriptor)
    except OSError as error:
        raise unwritable(job.folder, error) from error


def _first_report(job: Job) -> Report:
    """Say what is known before the process says it: what an earlier run of the job had stored."""
    now, before = time.time(), Report.read(job.folder / STATE)
    report = Report("starting", 0, now, now)
    return replace(report, total=before.total, stored=before.stored + before.done) if before else report


def _process(job: Job, descriptor: int) -> "subprocess.Popen[bytes]":
    module = "planner.app.jobs.runner"
    arguments = [sys.executable, "-P", "-m", module, str(job.folder), str(job.place.store), str(descriptor)]
    with (job.folder / LOG).open("ab") as log:
        return subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment(None, None),
            pass_fds=(descriptor,),
            # Ctrl-C in the server's terminal ends the server and not the simulation.
            start_new_session=True,
        )


def _forget_ended() -> None:
    """Take leave of processes that have ended, which the system would list until then."""
    _children[:] = [child for child in _children if child.poll() is None]


def _log_end(path: Path) -> str:
    """Read the end of a log, without the places in the program that an error came from."""
    try:
        with path.open("rb") as source:
            source.seek(max(0, path.stat().st_size - _LOG_BYTES))
            lines = source.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    kept, inside = list[str](), False
    for line in lines:
        begins = line.startswith("Traceback (most recent call last)")
        inside = begins or (inside and line.startswith((" ", "\t")))
        if not inside:
            kept.append(line)
    return "\n".join(kept[-_LOG_LINES:])
