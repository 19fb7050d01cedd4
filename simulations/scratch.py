"""Reusable per-thread scratch buffer; avoids the page faults of fresh allocations."""

import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Features = npt.NDArray[np.float32]


class Room(threading.local):
    """Numbers that are written over again and again; every thread has its own."""

    numbers = np.empty(0, np.float32)

    def of(self, sizes: Sequence[int]) -> list[Features]:
        """Give arrays of so many float32, of any values, until it is asked again."""
        needed = sum(sizes)
        if self.numbers.size < needed:
            # What has grown grows again, round by round, and is to be moved seldom.
            self.numbers = np.empty(needed + (needed // 2 if self.numbers.size else 0), np.float32)
        ends = np.cumsum(sizes).tolist()
        return [self.numbers[end - size : end] for size, end in zip(sizes, ends, strict=True)]
