"""The folder of a job: its store, its lock, its state file, and the environment of its process.

Of the store `runs`, `.labelplan/jobs/runs-1a2b3c4d/` holds
    lock                        held by the process that runs
    uploads/                    the user's own data, by content
    20261121-171500123-ab12cd/  a job: grid.toml, state.json, log.txt

Who starts a job takes the lock and hands it to the job's process. The system frees the lock when that process is gone,
so neither a killed job nor a process number that was given to another process since can look like a running job.
"""

import hashlib
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

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

    Attributes:
        store: the store's folder; made when the first trajectory is kept.
        folder: the jobs' folder; made with the first job.
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


ReportedStatus = Literal["starting", "running", "paused", "done", "failed"]
FINAL = ("paused", "done", "failed")
_MOST_FAULTS = 20


@dataclass(frozen=True)
class Report:
    """What the process of a job said last.

    Attributes:
        status: where it stood then.
        pid: its process id; 0 before it has begun.
        started: when it began, in seconds since 1970.
        updated: when it said this.
        total: trajectories asked for; 0 before they are counted, as the numbers below.
        stored: those that were in the store before.
        done: those simulated since.
        come: likewise, with those in work counted by their rounds: never less than `done`.
        left_seconds: time left, judged by `come`; None before there is any.
        error: why it failed, in a sentence.
        faults: a sentence for each group of trajectories that could not be finished.
    """

    status: ReportedStatus
    pid: int
    started: float
    updated: float
    total: int = 0
    stored: int = 0
    done: int = 0
    left_seconds: float | None = None
    error: str | None = None
    faults: tuple[str, ...] = ()
    come: float = 0.0

    @property
    def to_run(self) -> int:
        """Trajectories that were missing when it began."""
        return self.total - self.stored

    @property
    def share(self) -> float:
        """The share of the trajectories that is simulated, 0 to 1, in those in work by rounds."""
        return min(1.0, (self.stored + max(self.done, self.come)) / self.total) if self.total else 0.0

    def write(self, path: Path) -> None:
        """Put this in the place of what was said before."""
        said = asdict(self) | {"faults": list(self.faults[:_MOST_FAULTS])}
        write_whole(path, json.dumps(said, allow_nan=False).encode())

    @classmethod
    def read(cls, path: Path) -> "Report | None":
        """Read what was said; None where there is nothing that can be read."""
        try:
            said = json.loads(path.read_bytes())
            return cls(**said | {"faults": tuple(map(str, said["faults"]))}) if _is_sound(said) else None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None


def _is_sound(said: Mapping[str, Any]) -> bool:
    """Say whether the fields that are computed with hold what they should."""
    counts = [said[name] for name in ("pid", "total", "stored", "done")]
    times = [said["started"], said["updated"], said["left_seconds"] or 0.0, said.get("come", 0.0)]
    return (
        said["status"] in get_args(ReportedStatus)
        and all(type(count) is int and count >= 0 for count in counts)
        and all(type(time) in (int, float) for time in times)
        and isinstance(said["error"], str | None)
    )
