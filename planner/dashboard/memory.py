"""What Python searches for garbage: what a page works on, and not all that was loaded to work on it."""

import gc
from functools import cache


@cache
def settle(page: str) -> None:
    """Leave all that is in memory by now out of later searches for garbage; once a page, after it was shown first.

    Streamlit searches all of memory after every run of a page, before the browser is told that the run has ended. Half
    a million objects of modules and schemas, none of which will ever be garbage, took a sixth of a second each time.

    Args:
        page: its path, since each page loads modules of its own.
    """
    gc.collect()
    gc.freeze()
