"""Where a dashboard's simulations lie: a store of trajectories, and beside it the folder of the jobs that fill it.

Of the store `runs`, `.labelplan/jobs/runs-1a2b3c4d/` holds
    lock                        held by the process that runs
    uploads/                    the user's own data, by content
    20261121-171500123-ab12cd/  a job: grid.toml, state.json, log.txt
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from simulations.errors import InputError
from simulations.files import write_whole

HOME = ".labelplan"
DEFAULT_STORE = "dashboard"


@dataclass(frozen=True)
class Place:
    """A store and the folder of its jobs.

    Attributes:
        store: the store's folder; made when the first trajectory is kept.
        folder: the jobs' folder; made with the first job.
    """

    store: Path
    folder: Path

    @classmethod
    def beside(cls, store: Path) -> "Place":
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
