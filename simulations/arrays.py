"""Types of the arrays that the simulator and the planner compute with; values derived from an array, computed once."""

import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

ArrayLike = npt.ArrayLike
Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Reals = npt.NDArray[np.floating[Any]]
"""Single or double precision, whichever comes."""
Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
Features = Singles
"""Features of items as the engine stores them."""


_Derived = TypeVar("_Derived")


class ArrayCache(Generic[_Derived]):
    """A function of an array, computed once for each array object and kept for as long as the array lives.

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
