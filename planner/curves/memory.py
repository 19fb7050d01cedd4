"""Keeps freed memory for the next forecast, which otherwise gets it from the system anew.

A forecast takes 1.17 times the processor time without (`benchmarks/bench_forecast.py`'s curves, six interleaved runs: 1.09
to 1.31).
"""

from functools import lru_cache

import numpy as np

__all__ = ["keep_freed_memory"]

_BLOCK_BYTES = 2**24  # a forecast frees less at once; glibc takes no lesson from blocks above 2^25


@lru_cache(maxsize=1)
def keep_freed_memory() -> None:
    """Have the allocator keep up to 32 MB of what is freed.

    glibc hands the free end of its heap back above twice the size of the largest block freed so far (mallopt(3),
    M_MMAP_THRESHOLD and M_TRIM_THRESHOLD): one block, never touched, is its lesson. Other allocators take no notice.
    """
    np.empty(_BLOCK_BYTES, np.uint8)
