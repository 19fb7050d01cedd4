"""Archives of `labelplan data get`, tampered with: the right content is kept, or nothing, and a sentence says why.

pip runs for real, on a registry in a folder.
"""

import hashlib
import io
import os
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from numpy.random import Generator

from simulations.cache.catalogue import Archive, FetchError, Resource, as_they_are
from simulations.cache.fetch import ARCHIVES, fetch, find_fetched, read_members
from simulations.errors import InputError
from tests.hostile.command import ANSWERED, REFUSED
from tests.hostile.guard import guarded
from tests.hostile.harness import Attack, alone
from tests.hostile.inputs import pick, spoil_bytes

CONTENT = b"1,2\n"
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
EVIL = (
    "../evil.txt",
    "/elsewhere/evil.txt",
    "toy/../../evil.txt",
    "toy/data.csv/x",
    "a" * 300,
    "toy/\0.csv",
    "C:\\evil.txt",
)


def attempt(rng: Generator, place: Path) -> str:
    """Read a crafted archive, or fetch one through pip that is not the one expected."""
    cache = {"LABELPLAN_CACHE": str(place / "cache"), "PIP_FIND_LINKS": str(place / "registry")}
    with patch.dict(os.environ, OFFLINE | cache), guarded(place):
        return _read(rng, place) if rng.random() < 0.75 else _fetch(rng, place)


def _read(rng: Generator, place: Path) -> str:
    path = place / "archive"
    raw = pick(rng, (_wheel, _tar))(rng)
    path.write_bytes(raw if rng.random() < 0.4 else spoil_bytes(rng, raw))
    pattern = pick(rng, ("toy/data.csv", "toy/*", "*", "in.tar.gz!*", "missing"))
    try:
        members = read_members(path, [pattern])
    except FetchError as error:
        assert len(str(error).splitlines()) == 1, error
        return REFUSED
    assert all(isinstance(content, bytes) for content in members.values())
    assert {one.name for one in place.iterdir()} == {"archive"}
    return ANSWERED


def _members(rng: Generator) -> dict[str, bytes]:
    odd = {pick(rng, EVIL): b"evil" for _ in range(int(rng.integers(0, 3)))}
    return {"toy/data.csv": CONTENT} | odd | ({"in.tar.gz": _tar(rng)} if rng.random() < 0.2 else {})


def _wheel(rng: Generator) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _members(rng).items():
            archive.writestr(name.replace("\0", ""), content)
        archive.writestr("toy_data-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toy-data\nVersion: 1.0\n")
        archive.writestr(
            "toy_data-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("toy_data-1.0.dist-info/RECORD", "")
    return out.getvalue()


def _tar(rng: Generator) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in {"toy/data.csv": CONTENT, pick(rng, EVIL): b"evil"}.items():
            info = tarfile.TarInfo(name.replace("\0", ""))
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("toy/link")
        link.type, link.linkname = pick(rng, (tarfile.SYMTYPE, tarfile.LNKTYPE)), "/etc/passwd"
        archive.addfile(link)
    return out.getvalue()


def _fetch(rng: Generator, place: Path) -> str:
    registry = place / "registry"
    registry.mkdir()
    raw = _wheel(rng)
    expected = Archive("toy-data", "1.0", hashlib.sha256(raw).hexdigest(), len(raw))
    resource = _resource(expected if rng.random() < 0.8 else replace(expected, sha256="0" * 64))
    way = pick(rng, ("whole", "spoilt", "missing", "kept spoilt", "empty"))
    kept = place / "cache" / ARCHIVES / expected.filename
    if way != "missing":
        (registry / expected.filename).write_bytes({"spoilt": spoil_bytes(rng, raw), "empty": b""}.get(way, raw))
    if way == "kept spoilt":
        kept.parent.mkdir(parents=True)
        kept.write_bytes(spoil_bytes(rng, raw))
    try:
        fetch(resource)
    except (FetchError, InputError) as error:
        assert len(str(error).splitlines()) == 1, error
        assert find_fetched(resource) is None
        assert way == "kept spoilt" or not kept.exists()
        return REFUSED
    stored = find_fetched(resource)
    assert stored is not None and stored.damage() is None
    assert (stored.folder / "data.csv").read_bytes() == CONTENT
    return ANSWERED


def _resource(archive: Archive) -> Resource:
    words = dict.fromkeys(("summary", "licence", "terms", "paper"), "made up")
    return Resource("toy", "tabular", archive=archive, members=("toy/data.csv",), convert=as_they_are, **words)


ATTACK = Attack("downloads", 300, 6, alone(attempt))
