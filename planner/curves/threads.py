"""Holds BLAS to one thread: small matrices run up to eight times slower on more."""

from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # finding the libraries takes longer than a forecast


def one_thread() -> AbstractContextManager[Any]:
    """Give a context within which BLAS uses one thread."""
    limit: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limit
