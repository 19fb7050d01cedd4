"""A package registry in a folder: pip runs for real, offline, on archives built here."""

import hashlib
import importlib.machinery
import io
import os
import tarfile
import zipfile

import pytest

from simulations.cache.catalogue import Archive


@pytest.fixture
def registry(monkeypatch, tmp_path):
    """A folder that pip takes for the registry; nothing else is asked."""
    # pip is not imported here: setuptools' hook would hide its `distutils` from all later tests of the process.
    if importlib.machinery.PathFinder.find_spec("pip") is None:
        pytest.skip("pip is not installed")
    folder = tmp_path / "registry"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def wheel(registry):
    """Put a wheel with some members into the registry; gives the `Archive` that means it."""

    def build(members, package="toy-data", version="1.0"):
        stem = f"{package.replace('-', '_')}-{version}"
        info = f"{stem}.dist-info"
        path = registry / f"{stem}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
            # A requirement that cannot be met and a Python that never was: data has neither.
            archive.writestr(
                f"{info}/METADATA",
                f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
                "Requires-Dist: no-such-package\nRequires-Python: <3\n",
            )
            archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{info}/RECORD", "")
        return Archive(package, version, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)

    return build


@pytest.fixture
def source_archive(registry):
    """Put a source archive into the registry; gives the `Archive` that means it."""

    def build(members, package="toy-source", version="2.0"):
        path = registry / f"{package}-{version}.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for name, text in members.items():
                info = tarfile.TarInfo(f"{package}-{version}/{name}")
                info.size = len(text.encode())
                archive.addfile(info, io.BytesIO(text.encode()))
        return Archive(
            package, version, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size, source=True
        )

    return build
