"""Working space that is kept: memory asked for anew comes as pages that the system clears one by one."""

import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Features = npt.NDArray[np.float32]

# Numbers in a line of the cache; vectors that lie across two take twice as long to load.
_LINE = 16


class Room(threading.local):
    """Numbers that are written over again and again; every thread has its own."""

    numbers = np.empty(0, np.float32)

    def of(self, sizes: Sequence[int]) -> list[Features]:
        """Give arrays of so many float32, of any values, each from the beginning of a line, until it is asked again."""
        ends = np.cumsum([-(-size // _LINE) * _LINE for size in sizes]).tolist()
        if self.numbers.size < ends[-1]:
            # What grows round by round is to grow seldom; pages never written to cost nothing.
            numbers = np.empty(ends[-1] + ends[-1] // 2 + _LINE, np.float32)
            self.numbers = numbers[-(numbers.ctypes.data // numbers.itemsize) % _LINE :]
        return [self.numbers[begin : begin + size] for begin, size in zip([0, *ends], sizes, strict=False)]
