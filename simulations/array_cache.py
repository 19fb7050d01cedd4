"""A cache of values that are derived from an array, each computed once and kept for as long as the array lives."""

import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy as np

_Derived = TypeVar("_Derived")


class ArrayCache(Generic[_Derived]):
    """A function of an array, computed once for each array object.

    Only arrays that cannot be written to are remembered. The value must not hold on to its array.
    """

    def __init__(self, compute: Callable[[np.typing.NDArray[Any]], _Derived]) -> None:
        self._compute = compute
        self._kept: dict[int, tuple[weakref.ref[Any], _Derived]] = {}

    def __call__(self, array: np.typing.NDArray[Any]) -> _Derived:
        """Give the value, from before if the very same array was asked for."""
        base = array.base
        if isinstance(base, np.ndarray) and array.ctypes.data == base.ctypes.data:
            # Views that show the whole of an array as it is are made anew all the time.
            alike = (array.shape, array.strides, array.dtype) == (base.shape, base.strides, base.dtype)
            array = base if alike else array
        owner = array
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        if array.flags.writeable or owner.flags.writeable:
            return self._compute(array)
        key = id(array)
        entry = self._kept.get(key)
        if entry is not None and entry[0]() is array:
            return entry[1]
        value = self._compute(array)
        self._kept[key] = (weakref.ref(array, lambda _: self._kept.pop(key, None)), value)
        return value
