"""Values derived from an array once, and kept for as long as the array lives."""

import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy as np

_Derived = TypeVar("_Derived")


class PerArray(Generic[_Derived]):
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
        # Views of the same thing are made anew all the time.
        owner = _owner(array)
        array = array if owner is None else owner
        if array.flags.writeable:
            return self._compute(array)
        key = id(array)
        found = self._kept.get(key)
        if found is not None and found[0]() is array:
            return found[1]
        value = self._compute(array)
        self._kept[key] = (weakref.ref(array, lambda _: self._kept.pop(key, None)), value)
        return value


def _owner(array: np.typing.NDArray[Any]) -> Any:
    """Give the array that a view shows the whole of, as it is; None where there is none."""
    base = array.base
    if not isinstance(base, np.ndarray):
        return None
    if (array.shape, array.strides, array.dtype) != (base.shape, base.strides, base.dtype):
        return None
    return base if array.ctypes.data == base.ctypes.data else None
