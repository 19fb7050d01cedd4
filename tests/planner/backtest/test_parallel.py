import math
from functools import partial

import pytest

from planner.backtest.run import map_items


def test_results_come_in_the_order_of_the_items():
    told = []
    found = map_items(math.sqrt, [4.0, 1.0, 9.0], progress=lambda done, total: told.append((done, total)))
    assert found == [2.0, 1.0, 3.0]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_several_processes_give_the_same_in_the_same_order():
    items = [float(i) for i in range(11)]
    told = []
    power = partial(math.pow, 2.0)
    found = map_items(power, items, jobs=2, progress=lambda done, total: told.append(done))
    assert found == map_items(power, items)
    assert told == list(range(1, 12))


def test_a_fault_in_a_process_is_told():
    with pytest.raises(ValueError, match=r"math domain|nonnegative"):
        map_items(math.sqrt, [1.0, -1.0], jobs=2)


def test_stopping_midway_gives_nothing_back():
    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        map_items(math.sqrt, [1.0] * 5, progress=stop)
