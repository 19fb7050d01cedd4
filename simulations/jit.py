"""Compiles inner loops with numba, and keeps what was compiled."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from time import time
from typing import Any, TypeVar, cast

from simulations.errors import InputError

_F = TypeVar("_F", bound=Callable[..., Any])
_HERE = Path(__file__).parent
_FLAGS = {"contract", "reassoc", "nsz", "arcp"}

# Settings of numba that make other code of the same function.
_SHAPING = ("NUMBA_BOUNDSCHECK", "NUMBA_DEBUGINFO", "NUMBA_OPT", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")
_DAYS_KEPT = 7


def has_kernels() -> bool:
    """Whether a run finds its kernels compiled; numba is not imported to find out."""
    folder = _folder()
    return folder is not None and any(Path(folder).rglob("*.nbi"))


def compiled(function: _F) -> _F:
    """Compile a function for one thread when it is first called, and keep the result on disk.

    Sums may be reordered and fused (`fastmath` without its promises about NaN and infinity), which is what lets them
    run in vector registers; the order is fixed when it is compiled, so equal arguments still give equal bits.

    Args:
        function: plain loops over numpy arrays in a `kernels` folder. What it calls must be `inlined`: of a function
            that was compiled twice, alone and as part of another, whichever was loaded first would run, and the two
            may round differently.

    Raises:
        InputError: numba cannot be imported.
    """
    numba = load_numba()
    settings: Any = numba.config
    decorate: Any = numba.njit
    usual, folder = settings.CACHE_DIR, _folder()
    if folder is not None:
        settings.CACHE_DIR = folder
    try:
        built = decorate(cache=folder is not None, nogil=True, error_model="numpy", fastmath=_FLAGS)(function)
    finally:
        settings.CACHE_DIR = usual
    return cast(_F, built)


def inlined(function: _F) -> _F:
    """Make a function part of each compiled function that calls it; called from Python, it is compiled by itself."""
    decorate: Any = load_numba().njit
    built = decorate(inline="always", nogil=True, error_model="numpy", fastmath=_FLAGS)(function)
    return cast(_F, built)


def load_numba() -> Any:
    """Import numba.

    Raises:
        InputError: it cannot be imported.
    """
    try:
        import numba
    except Exception as error:  # one that was built for another numpy may raise anything
        raise InputError(f"numba cannot be imported ({error}); pip install --upgrade numba") from error
    return numba


@cache
def _folder() -> str | None:
    """Give the folder compiled code is kept in: beside the package, else in the user's cache, else none.

    It is named by what all kernels say, since numba looks for changes in a function's own file only.
    """
    from simulations.cache.stored import cache_folder  # here, where compiling takes longer than importing

    digest = sha256(repr([os.environ.get(name) for name in _SHAPING]).encode())
    for path in sorted([Path(__file__), *_HERE.glob("**/kernels/*.py")]):
        digest.update(path.read_bytes())
    parents: tuple[Callable[[], Path], ...] = (lambda: _HERE / "__pycache__", cache_folder)
    for parent in parents:
        with suppress(OSError, RuntimeError):  # a home folder may be neither known nor writable
            return str(_prepared(parent() / f"kernels-{digest.hexdigest()[:16]}"))
    return None


def _prepared(folder: Path) -> Path:
    if not folder.exists():
        for old in folder.parent.glob("kernels-*"):
            # What earlier versions left behind; what is young may belong to a run of another version.
            if time() - old.stat().st_mtime > _DAYS_KEPT * 86_400:
                shutil.rmtree(old, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder):
        return folder
