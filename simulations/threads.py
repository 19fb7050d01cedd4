"""Holds BLAS and OpenMP to one thread, for little where it is asked for often."""

import sys
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

_BRINGING = ("numpy", "scipy.linalg", "sklearn", "sklearn.cluster", "sklearn.ensemble", "torch", "pyarrow")


def one_blas_thread() -> AbstractContextManager[Any]:
    """Limit the libraries that are loaded now to one thread, so that sums have one order whatever the machine."""
    context: AbstractContextManager[Any] = _controller(tuple(name in sys.modules for name in _BRINGING)).limit(limits=1)
    return context


@lru_cache(maxsize=8)
def _controller(loaded: tuple[bool, ...]) -> Any:
    # To look through all loaded libraries takes as long as hundreds of small fits; what has come since shows in names.
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
