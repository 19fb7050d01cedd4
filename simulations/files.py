"""Files: written whole or not at all, and refused where they are too large."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulations.errors import InputError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name and rename it, so that readers see it whole or not at all.

    Args:
        path: of the file; its folder is there.
        content: its bytes.

    Raises:
        OSError: it cannot be written; what was there before stays.
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary name beside a file, to write to; it takes the file's place when the block ends well.

    Args:
        path: of the file; its folder is there.

    Raises:
        OSError: the file cannot be renamed.
    """
    # Names of its own for every writer, and the permissions any file of this user gets.
    temporary = path.parent / f".{path.name}.{uuid.uuid4().hex}.tmp"
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def check_size(content: bytes, most: int, where: str) -> None:
    """Refuse content that is too large to be what it should be.

    Args:
        content: what was read or sent.
        most: bytes it may have.
        where: names it in the message.

    Raises:
        InputError: it has more.
    """
    if len(content) > most:
        raise InputError(f"{where}: found {len(content):,} bytes; allowed: up to {most:,}")
