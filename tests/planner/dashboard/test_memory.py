"""What a page has loaded is searched for garbage no more, once a page; what comes later still is."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from planner.dashboard.session import freeze_memory


class Node:
    def __init__(self) -> None:
        self.itself = self


def thaw() -> None:
    gc.unfreeze()
    freeze_memory.cache_clear()


@pytest.fixture(autouse=True)
def nothing_frozen() -> Iterator[None]:
    thaw()  # pages that other tests have shown froze what was there
    yield
    thaw()


def test_what_is_there_is_left_out_of_later_searches_and_new_garbage_is_found() -> None:
    before, loaded, garbage = gc.get_freeze_count(), Node(), weakref.ref(Node())
    freeze_memory("")
    assert garbage() is None
    assert gc.get_freeze_count() > before + 1_000
    assert not any(one is loaded for one in gc.get_objects())
    gone = weakref.ref(Node())
    gc.collect()
    assert gone() is None


def test_a_page_settles_once() -> None:
    freeze_memory("vendors")
    frozen, later = gc.get_freeze_count(), [Node() for _ in range(50)]
    freeze_memory("vendors")
    assert gc.get_freeze_count() == frozen and len(later) == 50
    freeze_memory("curves")
    assert gc.get_freeze_count() > frozen
