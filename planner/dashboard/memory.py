"""What Python searches for garbage: what a page works on, and not all that was loaded to work on it."""

import gc
from functools import cache

__all__ = ["settle"]


@cache
def settle(page: str) -> None:
    """Leave all that is in memory by now out of later searches for garbage; once a page, after it was shown first.

    Streamlit searches all of memory after every run of a page (`runner.postScriptGC`), while the browser waits to be
    told that the run has ended. 200,000 objects of modules and schemas, none of which will ever be garbage, take 0.11 s
    each time: a rerun of the Verdict page takes 1.75 times the processor time without this (0.25 s for 0.14).

    Args:
        page: its path, since each page loads modules of its own.
    """
    gc.collect()
    gc.freeze()
