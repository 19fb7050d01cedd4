"""A cache of values that are derived from an array, each computed once and kept for as long as the array lives."""

import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy as np

_Derived = TypeVar("_Derived")


class ArrayCache(Generic[_Derived]):
    """A function of an array, computed once for each array object.

    Only arrays that cannot be written to are remembered. The value must not hold on to its array.

    Args:
        compute: what is derived.
    """

    def __init__(self, compute: Callable[[np.typing.NDArray[Any]], _Derived]) -> None:
        self._compute = compute
        self._kept: dict[int, tuple[weakref.ref[Any], _Derived]] = {}

    def __call__(self, array: np.typing.NDArray[Any]) -> _Derived:
        """Give the value, from before if the very same array was asked for."""
        array = _owner(array)
        if array.flags.writeable:
            return self._compute(array)
        key = id(array)
        entry = self._kept.get(key)
        if entry is not None and entry[0]() is array:
            return entry[1]
        value = self._compute(array)
        self._kept[key] = (weakref.ref(array, lambda _: self._kept.pop(key, None)), value)
        return value


def _owner(array: np.typing.NDArray[Any]) -> np.typing.NDArray[Any]:
    """Give the array that a view shows the whole of, as it is: such views are made anew all the time."""
    base = array.base
    if not isinstance(base, np.ndarray) or array.ctypes.data != base.ctypes.data:
        return array
    alike = (array.shape, array.strides, array.dtype) == (base.shape, base.strides, base.dtype)
    return base if alike else array
