"""Files: written whole or not at all, and refused where they are too large."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulations.errors import InputError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name and rename it, so that readers see it whole or not at all.

    Where it cannot be written, as its folder is not there, an OSError is raised and what was there before stays.
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary name beside a file, to write to; it takes the file's place when the block ends well."""
    # Names of its own for every writer, and the permissions any file of this user gets.
    temporary = path.parent / f".{path.name}.{uuid.uuid4().hex}.tmp"
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def check_size(content: bytes, most: int, where: str) -> None:
    """Refuse content of more than so many bytes by an InputError, in which `where` names it."""
    if len(content) > most:
        raise InputError(f"{where}: found {len(content):,} bytes; allowed: up to {most:,}")
