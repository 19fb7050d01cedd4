import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations.datasets import DATASETS
from simulations.datasets.pool import INITIAL_SETS, initial_set, open_pool
from simulations.errors import InputError
from simulations.trajectory import Part, stream


def _part(name="synthetic", **knobs):
    return Part.of(name, {**DATASETS[name].defaults, **knobs})


PERFECT = Part.of("perfect")
SMALL = {"n": 400, "d": 5, "classes": 4, "test_size": 150}


@settings(max_examples=25, deadline=None)
@given(st.integers(4, 60), st.integers(0, 1000))
def test_initial_set_has_every_class_once_at_least(size, seed):
    pool = open_pool(_part(**SMALL, imbalance=3.0), PERFECT, 0)
    rows = initial_set(pool, "one_per_class", size, stream(seed))
    assert np.unique(rows).size == size and rows.max() < pool.size
    assert set(pool.truth[rows]) == {0, 1, 2, 3}


def test_initial_set_is_random_beyond_the_first_of_each_class():
    pool = open_pool(_part(), PERFECT, 0)
    counts = np.bincount(initial_set(pool, "one_per_class", 1000, stream(1)), minlength=pool.size)
    drawn = sum(initial_set(pool, "random", 1000, stream(s)) < 1250 for s in range(20)).sum() / 20_000
    assert counts.max() == 1 and drawn == pytest.approx(0.5, abs=0.02)


def test_a_stratified_initial_set_has_the_shares_of_the_pool():
    pool = open_pool(_part(imbalance=1.0), PERFECT, 0)
    rows = initial_set(pool, "stratified", 200, stream(1))
    assert np.unique(rows).size == 200
    share = np.bincount(pool.truth, minlength=6) / pool.size
    assert np.bincount(pool.truth[rows], minlength=6) == pytest.approx(200 * share, abs=1)
    assert set(rows) != set(initial_set(pool, "stratified", 200, stream(2)))


def test_too_small_an_initial_set_is_told():
    pool = open_pool(_part(**SMALL), PERFECT, 0)
    with pytest.raises(InputError, match="initial_size: found 3; allowed: at least 4"):
        initial_set(pool, "one_per_class", 3, stream(0))


@pytest.mark.parametrize("kind", INITIAL_SETS)
def test_every_kind_gives_distinct_items_up_to_the_whole_pool(kind):
    pool = open_pool(_part(**SMALL), PERFECT, 0)
    for size in (4, 50, pool.size):
        rows = initial_set(pool, kind, size, stream(3))
        assert rows.shape == (size,) and np.unique(rows).size == size and 0 <= rows.min() <= rows.max() < pool.size
        assert (rows == initial_set(pool, kind, size, stream(3))).all()


def test_a_diverse_set_sees_groups_that_a_random_one_misses():
    # 20 classes that lie far apart: twenty random items miss a third of them, one from each cluster hardly any.
    part = _part(n=2000, d=10, classes=20, clusters_per_class=1, separation=25.0, test_size=400)
    pools = [open_pool(part, PERFECT, seed) for seed in range(5)]

    def seen(kind):
        return np.mean(
            [np.unique(pool.truth[initial_set(pool, kind, 20, stream(i))]).size for i, pool in enumerate(pools)]
        )

    assert seen("diverse") > 16 > 14 > seen("random")


def test_a_diverse_set_is_the_same_whatever_the_learner_reads():
    part = _part(**SMALL)
    sets = [
        initial_set(open_pool(part, PERFECT, 1, axes), "diverse", 12, stream(1)) for axes in ("principal", "columns")
    ]
    assert (sets[0] == sets[1]).all()


def test_an_unknown_kind_is_told():
    with pytest.raises(InputError, match="initial_set: found 'best'; allowed: one_per_class, random, strat"):
        initial_set(open_pool(_part(**SMALL), PERFECT, 0), "best", 4, stream(0))
