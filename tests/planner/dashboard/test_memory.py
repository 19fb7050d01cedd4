"""What a page has loaded is searched for garbage no more, once a page; what comes later still is."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from planner.dashboard.session import settle


class Node:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    settle.cache_clear()
    yield
    gc.unfreeze()
    settle.cache_clear()


def test_what_is_there_is_left_out_of_later_searches_and_new_garbage_is_found() -> None:
    before, loaded = gc.get_freeze_count(), Node()
    settle("")
    assert gc.get_freeze_count() > before + 1_000
    assert not any(one is loaded for one in gc.get_objects())
    gone = weakref.ref(Node())
    gc.collect()
    assert gone() is None


def test_garbage_of_before_is_not_kept() -> None:
    gone = weakref.ref(Node())
    settle("")
    assert gone() is None


def test_a_page_settles_once() -> None:
    settle("vendors")
    frozen, later = gc.get_freeze_count(), [Node() for _ in range(50)]
    settle("vendors")
    assert gc.get_freeze_count() == frozen and len(later) == 50
    settle("curves")
    assert gc.get_freeze_count() > frozen
