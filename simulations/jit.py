"""Compiles inner loops with numba where it is installed; whoever compiles keeps a slower numpy way beside it."""

import os
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, cast

_F = TypeVar("_F", bound=Callable[..., Any])
_HERE = Path(__file__).parent


@cache
def available() -> bool:
    """Whether numba can be had."""
    return find_spec("numba") is not None


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
    flags = {"contract", "reassoc", "nsz", "arcp"}
    usual = settings.CACHE_DIR
    settings.CACHE_DIR = _folder()
    try:
        built: Any = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=flags)(function)
    finally:
        settings.CACHE_DIR = usual
    return cast(_F, built)


@cache
def _folder() -> str:
    """Name a folder by what all kernels say, since numba looks for changes in a function's own file only."""
    digest = sha256()
    for path in sorted([Path(__file__), *_HERE.glob("**/kernels/*.py")]):
        digest.update(path.read_bytes())
    beside = _HERE / "__pycache__"
    writable = os.access(beside if beside.is_dir() else _HERE, os.W_OK)
    folder = beside if writable else Path.home() / ".cache" / "labelplan"
    return str(folder / f"kernels-{digest.hexdigest()[:16]}")
