"""Jobs: grids that processes of their own run into a store, found again by looking into the jobs' folder.

Nothing is kept in the server, so that a reload, a second browser and the server's next start all see the same jobs.
Of the store `runs`, `.labelplan/jobs/runs-1a2b3c4d/` holds
    lock                        held by the process that runs
    uploads/                    the user's own data, by content
    20261121-171500123-ab12cd/  a job: grid.toml, state.json, log.txt

Who starts a job takes the lock and hands it to the job's process. The system frees the lock when that process is gone,
so neither a killed job nor a process number that was given to another process since can look like a running job.
"""

import hashlib
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

from pydantic import NonNegativeInt, TypeAdapter, ValidationError

import planner
from simulations.errors import InputError
from simulations.files import write_whole

try:
    import fcntl
except ImportError:  # no such locks on Windows
    fcntl = None  # type: ignore[assignment]


def environment(plan_path: Path | None, store_path: Path | None) -> dict[str, str]:
    """Give a process's environment: where the package is, and what to open with."""
    # Streamlit puts the script's own folder on the path, not the package's parent.
    home = str(Path(planner.__file__).resolve().parents[1])
    paths = [home, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    for name, path in (("LABELPLAN_PLAN", plan_path), ("LABELPLAN_STORE", store_path)):
        env.pop(name, None)
        if path is not None:
            env[name] = str(path.resolve())
    return env


HOME = ".labelplan"
DEFAULT_STORE = "dashboard"


@dataclass(frozen=True)
class JobDir:
    """A store and the folder of its jobs.

    Both are made when they are needed first.
    """

    store: Path
    folder: Path

    @classmethod
    def beside(cls, store: Path) -> "JobDir":
        """Give the place of a store."""
        store = store.resolve()
        parent = store.parent
        root = parent.parent if parent.name == HOME else parent
        # Told apart by the path from the root, so that a project that is moved as a whole keeps its jobs.
        mark = hashlib.sha256(store.relative_to(root).as_posix().encode()).hexdigest()[:8]
        return cls(store, root / HOME / "jobs" / f"{store.name}-{mark}")

    @property
    def lock(self) -> Path:
        """The file that the process of a running job holds."""
        return self.folder / "lock"

    @property
    def uploads(self) -> Path:
        """Where the user's own data are kept."""
        return self.folder / "uploads"

    def make(self) -> None:
        """Make the folders.

        Raises:
            InputError: they cannot be made.
        """
        try:
            self.uploads.mkdir(parents=True, exist_ok=True)
            ignore = self.folder.parent / ".gitignore"
            if not ignore.exists():
                write_whole(ignore, b"*\n")
        except OSError as error:
            raise unwritable(self.folder, error) from error


def default_store(base: Path) -> Path:
    """Give the dashboard's own store under the folder it was started in."""
    return base / HOME / DEFAULT_STORE


def holds_curves(store: Path) -> bool:
    """Say whether a store holds a trajectory at all."""
    return next(store.glob("[0-9a-f][0-9a-f]/[0-9a-f]*.json"), None) is not None


def unwritable(path: Path, error: OSError) -> InputError:
    """Say that something cannot be written."""
    return InputError(f"{path}: cannot be written ({error.strerror or error}); start the dashboard where it can be")


BUSY = "a simulation into this store is running already; allowed: one at a time, so pause it or wait until it has ended"
_LOCK_SECONDS = 1.0
_LONGEST_NAME = 200


def take_lock(path: Path, name: str) -> int:
    """Take the lock for the job of a name, and give its descriptor; closed everywhere, the lock is free again.

    Raises:
        InputError: another process holds it.
        OSError: the file cannot be written.
    """
    if fcntl is None:
        raise InputError("jobs of the dashboard need a system with file locks; run 'labelplan simulate' instead")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        deadline = time.monotonic() + _LOCK_SECONDS
        # Another browser that looks holds it for a moment, and so does a job that has just said its last.
        while not _locked(descriptor, shared=False):
            if time.monotonic() > deadline:
                raise InputError(BUSY)
            time.sleep(0.02)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, name.encode(), 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def lock_holder(path: Path) -> str | None:
    """Name the job that holds the lock; None where none does."""
    if fcntl is None:
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if _locked(descriptor, shared=True):
            return None
        return os.pread(descriptor, _LONGEST_NAME, 0).decode(errors="replace")
    finally:
        with suppress(OSError):
            os.close(descriptor)


def _locked(descriptor: int, *, shared: bool) -> bool:
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


Status = Literal["starting", "running", "pausing", "paused", "done", "failed", "stopped"]
RUNNING: tuple[Status, ...] = ("starting", "running", "pausing")
FINAL: tuple[Status, ...] = ("paused", "done", "failed")
_MOST_FAULTS = 20


@dataclass(frozen=True)
class Report:
    """What the process of a job said last, and how the job stands by that.

    Attributes:
        status: `pausing` and `stopped`, gone without a word, are what `Job.look` sees; the process says the others.
        pid: its process id; 0 before it has begun.
        started: when it began, in seconds since 1970.
        total: trajectories asked for; 0 before they are counted, as the numbers below.
        stored: those that were in the store before.
        done: those simulated since.
        come: likewise, with those in work counted by their rounds: never less than `done`.
        left_seconds: time left, judged by `come`; None before there is any.
        faults: a sentence for each group of trajectories that could not be finished.
    """

    status: Status
    pid: NonNegativeInt
    started: float
    updated: float
    total: NonNegativeInt = 0
    stored: NonNegativeInt = 0
    done: NonNegativeInt = 0
    left_seconds: float | None = None
    error: str | None = None
    faults: tuple[str, ...] = ()
    come: float = 0.0

    @property
    def runs(self) -> bool:
        """Whether the process lives and works."""
        return self.status in RUNNING

    @property
    def share(self) -> float:
        """The share of the trajectories that is simulated, 0 to 1, in those in work by rounds."""
        return min(1.0, (self.stored + max(self.done, self.come)) / self.total) if self.total else 0.0

    def write(self, path: Path) -> None:
        """Put this in the place of what was said before."""
        write_whole(path, _REPORT.dump_json(replace(self, faults=self.faults[:_MOST_FAULTS])))

    @classmethod
    def read(cls, path: Path) -> "Report | None":
        """Read what was said; None where there is nothing that can be read."""
        try:
            return _REPORT.validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return None


_REPORT = TypeAdapter(Report)


GRID, LOG, STATE, PAUSE = "grid.toml", "log.txt", "state.json", "pause"

_NAME = re.compile(r"\d{8}-\d{9}-[0-9a-f]{6}")
_LOG_BYTES = 6_000
_LOG_LINES = 30
_children: list["subprocess.Popen[bytes]"] = []


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

    @property
    def log(self) -> str:
        """The end of its log, without the places in the program that an error came from."""
        path = self.folder / LOG
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

    def look(self) -> Report:
        """Say how it stands; nothing is counted where what its process said cannot be read."""
        # Who holds the lock is asked first: a process that ends now has said its last before it lets go.
        lives = lock_holder(self.place.lock) == self.name
        report = Report.read(self.folder / STATE) or Report("starting", 0, 0.0, 0.0)
        status = self._status(report.status, lives=lives)
        left = report.left_seconds if status == "running" else None
        if left is not None:
            left = max(0.0, left - max(0.0, time.time() - report.updated))
        # What was in work when its process ended is lost: only what is stored counts from then on.
        come = report.come if status in RUNNING else 0.0
        return replace(report, status=status, left_seconds=left, come=come)

    def pause(self) -> None:
        """Ask its process to end; finished trajectories are kept, and `resume` goes on with the rest.

        Raises:
            InputError: the request cannot be written down.
        """
        if not self.look().runs:
            return
        try:
            # Written first: a process that has not said its number yet looks for it as soon as it has.
            write_whole(self.folder / PAUSE, b"")
        except OSError as error:
            raise unwritable(self.folder, error) from error
        report = Report.read(self.folder / STATE)
        if report and report.pid and lock_holder(self.place.lock) == self.name:
            with suppress(ProcessLookupError):
                os.kill(report.pid, signal.SIGTERM)

    def resume(self) -> None:
        """Run its grid again, in which what is stored is skipped.

        Raises:
            InputError: another job of the store runs, or no process can be started.
        """
        _run(self)

    def _status(self, said: Status, *, lives: bool) -> Status:
        if said in FINAL:
            return said
        if (self.folder / PAUSE).exists():
            return "pausing" if lives else "paused"
        return said if lives else "stopped"


def start_job(place: JobDir, grid: str) -> Job:
    """Make a job of a grid file's text and run it in a process that outlives the server.

    Raises:
        InputError: another job of the store runs, the folder cannot be written, or no process can be started.
    """
    now = datetime.now(UTC)
    # To the millisecond, so that names sort by time.
    job = Job(place, f"{now:%Y%m%d-%H%M%S}{now.microsecond // 1000:03}-{uuid.uuid4().hex[:6]}")
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
    name = lock_holder(place.lock)
    return Job(place, name) if name and _NAME.fullmatch(name) and Job(place, name).look().runs else None


def newest_change(store: Path | None, *files: Path) -> float:
    """Give a number that changes when a trajectory is kept in a store, or one of some files is written."""
    inside = [store, *store.iterdir()] if store is not None and store.is_dir() else []
    return max((path.stat().st_mtime for path in (*inside, *files) if path.exists()), default=0.0)


def _run(job: Job, grid: str | None = None) -> None:
    # Processes that have ended are listed by the system until leave is taken of them.
    _children[:] = [child for child in _children if child.poll() is None]
    try:
        descriptor = take_lock(job.place.lock, job.name)
        try:
            job.folder.mkdir(exist_ok=True)
            if grid is not None:
                write_whole(job.folder / GRID, grid.encode())
            (job.folder / PAUSE).unlink(missing_ok=True)
            # What is known before the process says it: what an earlier run had stored.
            now, before = time.time(), Report.read(job.folder / STATE)
            total, stored = (before.total, before.stored + before.done) if before else (0, 0)
            Report("starting", 0, now, now, total, stored).write(job.folder / STATE)
            _children.append(_process(job, descriptor))
        finally:
            # The process has it now; were there none, the lock would be free again.
            os.close(descriptor)
    except OSError as error:
        raise unwritable(job.folder, error) from error


def _process(job: Job, descriptor: int) -> "subprocess.Popen[bytes]":
    with (job.folder / LOG).open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "planner.app.runner", job.folder, job.place.store, str(descriptor)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment(None, None),
            pass_fds=(descriptor,),
            # Ctrl-C in the server's terminal ends the server and not the simulation.
            start_new_session=True,
        )
