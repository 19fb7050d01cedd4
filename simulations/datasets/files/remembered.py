"""What a file has to be read for, such as its size, remembered: a grid asks for it again and again."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from simulations.trajectory import Scalar

T = TypeVar("T")


def remembered(measure: Callable[..., T]) -> Callable[[Mapping[str, Any]], T]:
    """Let a function of a data set's settings take them as a mapping, and remember its last eight answers."""

    @lru_cache(maxsize=8)
    def measured(settings: tuple[tuple[str, Scalar], ...]) -> T:
        return measure(**dict(settings))

    return lambda settings: measured(tuple(sorted(settings.items())))
