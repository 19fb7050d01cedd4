"""The cache: folders of files beside a `content.json` that gives their source and hashes."""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from simulations.errors import InputError

CONTENT = "content.json"
_SCRATCH = ".making-"
_STALE_SECONDS = 86_400


def cache_folder() -> Path:
    """Give the cache folder, which may not exist yet: what LABELPLAN_CACHE names, else the platform's for cached data.

    That is `~/.cache/labelplan` on Linux, `~/Library/Caches/labelplan` on macOS, `%LOCALAPPDATA%` on Windows.
    """
    named = os.environ.get("LABELPLAN_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    from platformdirs import user_cache_path  # here, since most commands never ask

    return user_cache_path("labelplan", appauthor=False)


@dataclass(frozen=True)
class Stored:
    """What the cache holds under one name.

    Args:
        folder: where its files lie.
        hashes: file name to sha256.
    """

    folder: Path
    hashes: Mapping[str, str]

    @property
    def size(self) -> int:
        """Bytes on disk, without `content.json`."""
        return sum((self.folder / name).stat().st_size for name in self.hashes)

    def damage(self) -> str | None:
        """Name the first file that is missing or not what was written; None when all are intact."""
        return next((name for name, digest in self.hashes.items() if not _is_intact(self.folder / name, digest)), None)

    def path(self, name: str) -> Path:
        """Give one file's path, after checking that it is what was written; see `check_hash` for the error."""
        return check_hash(self.folder / name, self.hashes.get(name))


def check_hash(path: Path, digest: str | None) -> Path:
    """Give the path of a file in the cache back; an InputError if it is missing, or has not the hash it should."""
    if not _is_intact(path, digest):
        raise InputError(
            f"{path}: the file is missing or damaged; "
            f"fetch it again with: labelplan data get {fetched_name(path.parent.name)}"
        )
    return path


def _is_intact(path: Path, digest: str | None) -> bool:
    return path.is_file() and sha256_of(path) == digest


def fetched_name(name: str) -> str:
    """The name to fetch: embeddings are kept under their data set's name, a dot and the encoder's."""
    return name.partition(".")[0]


def find_stored(name: str, origin: Mapping[str, object]) -> Stored | None:
    """Look a name up in the cache; None when it is not there, unreadable, or made from something else."""
    folder = cache_folder() / name
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        content = json.loads((folder / CONTENT).read_text(encoding="utf-8"))
        hashes = {str(file): str(digest) for file, digest in content["files"].items()}
        if content["origin"] == dict(origin) and all((folder / file).is_file() for file in hashes):
            return Stored(folder, hashes)
    return None


def open_stored(name: str, origin: Mapping[str, object]) -> Stored:
    """Look a name up that must be there; where it is not, an InputError says which command fetches it."""
    stored = find_stored(name, origin)
    if stored is None:
        raise InputError(
            f"{name} is not in the cache {cache_folder()}; fetch it once with: labelplan data get {fetched_name(name)}"
        )
    return stored


@contextmanager
def store_folder(name: str, origin: Mapping[str, object]) -> Iterator[Path]:
    """Give an empty folder to write into; it takes its name in the cache when the block ends well, else it vanishes."""
    home = make_folder(cache_folder())
    sweep(home, f"{_SCRATCH}*")
    with tempfile.TemporaryDirectory(dir=home, prefix=_SCRATCH, ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch) / name
        folder.mkdir()
        yield folder
        files = {path.name: sha256_of(path) for path in sorted(folder.iterdir())}
        text = json.dumps({"name": name, "origin": dict(origin), "files": files}, indent=2)
        (folder / CONTENT).write_text(text + "\n", encoding="utf-8")
        target = home / name
        # A folder cannot be renamed onto one that holds files: what was there goes with the scratch folder.
        with suppress(FileNotFoundError):
            target.replace(Path(scratch) / "old")
        try:
            folder.replace(target)
        except OSError:
            # Another fetch of the same content may have been quicker, and one of the two is enough.
            if not target.is_dir():
                raise


def sweep(folder: Path, pattern: str) -> None:
    """Remove scratch folders that a killed process left behind more than a day ago."""
    for left in folder.glob(pattern):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(left)


def make_folder(folder: Path) -> Path:
    """Make a folder and its parents; gives it back."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cache folder {folder}: cannot be made ({error.strerror})") from error
    return folder


def sha256_of(path: Path) -> str:
    """Hash a file without holding it in memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
