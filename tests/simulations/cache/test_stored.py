import os
import time

import pytest

from simulations.cache.stored import cache_folder, find_stored, open_stored, store_folder
from simulations.errors import InputError


@pytest.mark.parametrize(("named", "folder"), [("{0}/here", "here"), ("data", "data"), ("~/data", "data")])
def test_the_environment_variable_names_the_folder(monkeypatch, tmp_path, named, folder):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LABELPLAN_CACHE", named.format(tmp_path))
    assert cache_folder() == tmp_path / folder
    assert not cache_folder().exists()


def test_without_the_variable_it_is_the_platforms_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("LABELPLAN_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    folder = cache_folder()
    assert folder.is_absolute() and "labelplan" in folder.parts and tmp_path in folder.parents


ORIGIN = {"package": "toy", "revision": 1}


def store(text="abc", name="toy", origin=ORIGIN):
    with store_folder(name, origin) as folder:
        (folder / "data.txt").write_text(text)


def test_what_was_stored_is_found_with_its_hash(cache):
    store()
    stored = find_stored("toy", ORIGIN)
    # The sha256 of "abc", from FIPS 180-2, appendix B.1.
    assert stored.hashes == {"data.txt": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}
    assert stored.path("data.txt") == cache / "toy" / "data.txt"
    assert stored.size == 3
    assert stored.damage() is None
    assert [path.name for path in cache.iterdir()] == ["toy"]
    assert find_stored("toy", {**ORIGIN, "revision": 2}) is None  # another origin is another content


def test_a_block_that_fails_leaves_nothing(cache):
    with pytest.raises(RuntimeError), store_folder("toy", ORIGIN) as folder:
        (folder / "data.txt").write_text("half")
        raise RuntimeError
    assert list(cache.iterdir()) == []
    assert find_stored("toy", ORIGIN) is None


def test_storing_again_replaces_the_whole_folder(cache):
    store()
    (cache / "toy" / "stray").write_text("left over")
    store("new")
    assert sorted(path.name for path in (cache / "toy").iterdir()) == ["content.json", "data.txt"]
    assert find_stored("toy", ORIGIN).path("data.txt").read_text() == "new"


def test_what_a_killed_process_left_goes_after_a_day(cache):
    old, young = cache / ".making-old", cache / ".making-young"
    for folder in (old, young):
        (folder / "toy").mkdir(parents=True)
    os.utime(old, (time.time() - 100_000,) * 2)
    store()
    assert not old.exists()
    assert young.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": 1}', '{"origin": {}, "files": {"a": "b"}}', "\x00"])
def test_an_unreadable_content_file_and_a_missing_file_count_as_not_there(cache, text):
    store()
    (cache / "toy" / "content.json").write_text(text)
    assert find_stored("toy", ORIGIN) is None
    store()
    (cache / "toy" / "data.txt").unlink()
    assert find_stored("toy", ORIGIN) is None


def test_a_damaged_file_is_told_and_never_read(cache):
    store()
    (cache / "toy" / "data.txt").write_text("abd")
    stored = find_stored("toy", ORIGIN)
    assert stored.damage() == "data.txt"
    with pytest.raises(InputError, match=r"data\.txt: .*damaged; .*labelplan data get toy$"):
        stored.path("data.txt")


def test_what_is_not_there_is_told_with_the_command(cache):
    with pytest.raises(InputError) as told:
        open_stored("r8.minilm", ORIGIN)
    assert str(told.value) == f"r8.minilm is not in the cache {cache}; fetch it once with: labelplan data get r8"


def test_a_cache_folder_that_cannot_be_made_is_told(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LABELPLAN_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(InputError, match="cannot be made"):
        store()
