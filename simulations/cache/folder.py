"""Where fetched data is kept: a folder of the user's own, outside any project."""

import os
from pathlib import Path

VARIABLE = "LABELPLAN_CACHE"


def cache_folder() -> Path:
    """Give the cache folder, which may not exist yet.

    Returns:
        What the environment variable LABELPLAN_CACHE names, else the platform's folder for cached data
        (`~/.cache/labelplan` on Linux, `~/Library/Caches/labelplan` on macOS, `%LOCALAPPDATA%` on Windows).
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    from platformdirs import user_cache_path  # here, since most commands never ask

    return user_cache_path("labelplan", appauthor=False)
