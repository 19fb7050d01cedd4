"""Holds BLAS and OpenMP to one thread, for little where it is asked for often.

On more threads sums have another order on each machine, and small matrices take longer: a forecast takes 3.3 times the
processor time on the two cores of a busy machine (28 ms for 8.5).
"""

import sys
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

_BRINGING = ("numpy", "scipy.linalg", "sklearn", "sklearn.cluster", "sklearn.ensemble", "torch", "pyarrow")


def one_blas_thread() -> AbstractContextManager[Any]:
    """Limit the libraries that are loaded now to one thread, so that sums have one order whatever the machine.

    What is imported inside the block is not limited: import what computes before it.
    """
    context: AbstractContextManager[Any] = _controller(tuple(name in sys.modules for name in _BRINGING)).limit(limits=1)
    return context


@lru_cache(maxsize=8)
def _controller(loaded: tuple[bool, ...]) -> Any:
    # To look through all loaded libraries takes as long as hundreds of small fits; what has come since shows in names.
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
