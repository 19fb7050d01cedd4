"""Compiles inner loops with numba where it is installed; whoever compiles keeps a slower numpy way beside it."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TypeVar, cast

_F = TypeVar("_F", bound=Callable[..., Any])
_HERE = Path(__file__).parent
_FLAGS = {"contract", "reassoc", "nsz", "arcp"}

BACKEND_VARIABLE = "LABELPLAN_BACKEND"
"""Environment variable that names a back end: numba, numpy or torch."""


@cache
def installed() -> bool:
    """Whether numba can be imported."""
    with suppress(Exception):  # one made for another numpy may raise anything
        import numba  # noqa: F401

        return True
    return False


def available() -> bool:
    """Whether compiled loops are to be used: numba can be imported, and no other back end was asked for."""
    return os.environ.get(BACKEND_VARIABLE, "") in ("", "numba") and installed()


def compiled(function: _F) -> _F:
    """Compile a function for one thread when it is first called, and keep the result on disk.

    Sums may be reordered and fused (`fastmath` without its promises about NaN and infinity), which is what lets them
    run in vector registers; the order is fixed when it is compiled, so equal arguments still give equal bits.

    Args:
        function: plain loops over numpy arrays in a `kernels` folder; may be called by other compiled functions.

    Raises:
        ImportError: numba is not installed; ask `available` first.
    """
    import numba

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


@cache
def _folder() -> str | None:
    """Give the folder compiled code is kept in: beside the package, else in the user's cache, else none.

    It is named by what all kernels say, since numba looks for changes in a function's own file only.
    """
    from simulations.cache.folder import cache_folder  # here, where compiling takes longer than importing

    digest = sha256(repr(sorted(item for item in os.environ.items() if item[0].startswith("NUMBA_"))).encode())
    for path in sorted([Path(__file__), *_HERE.glob("**/kernels/*.py")]):
        digest.update(path.read_bytes())
    parents: tuple[Callable[[], Path], ...] = (lambda: _HERE / "__pycache__", cache_folder)
    for parent in parents:
        with suppress(OSError, RuntimeError):  # a home folder may be neither known nor writable
            return str(_prepared(parent() / f"kernels-{digest.hexdigest()[:16]}"))
    return None


def _prepared(folder: Path) -> Path:
    if not folder.exists():
        # What earlier versions left behind is of no use to anyone.
        for old in folder.parent.glob("kernels-*"):
            shutil.rmtree(old, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder):
        return folder
