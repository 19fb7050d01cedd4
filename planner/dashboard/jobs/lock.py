"""One running job a store: a file lock that a process holds and that ends with it, however it ends.

The system lets go of it when the process is gone, so neither a killed job nor a number that another process has taken
over since can look like a running one. Who starts a job takes the lock and hands it to the process.
"""

import os
import time
from contextlib import suppress
from pathlib import Path

from simulations.errors import InputError

try:
    import fcntl
except ImportError:  # no such locks on Windows
    fcntl = None  # type: ignore[assignment]

BUSY = "a simulation into this store is running already; allowed: one at a time, so pause it or wait until it has ended"
_PATIENCE_SECONDS = 1.0
_LONGEST_NAME = 200


def take(path: Path, name: str) -> int:
    """Take the lock for the job of a name, and give its descriptor; closed everywhere, the lock is free again.

    Raises:
        InputError: another process holds it.
        OSError: the file cannot be written.
    """
    if fcntl is None:
        raise InputError("jobs of the dashboard need a system with file locks; run 'labelplan simulate' instead")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
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


def holder(path: Path) -> str | None:
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
