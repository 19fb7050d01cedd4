import pytest

from simulations.effort import estimate, roughly
from simulations.grid import Grid
from simulations.run import run_grid
from simulations.store import Store


@pytest.fixture
def grid(small):
    return Grid(tuple(small(name, seed) for seed in range(3) for name in ("random", "margin", "coreset")))


def test_counts_before_and_after(grid, tmp_path):
    store = Store(tmp_path)
    ahead = estimate(grid, store)
    assert (ahead.trajectories, ahead.stored, ahead.to_run, ahead.fits) == (9, 0, 9, 45)
    assert ahead.rough and ahead.seconds == pytest.approx(sum(map(roughly, grid.trajectories)))
    run_grid(Grid(grid.trajectories[:3]), store, processes=1)
    partly = estimate(grid, store)
    assert (partly.stored, partly.fits) == (3, 30) and not partly.rough and 0 < partly.seconds < 60
    run_grid(grid, store, processes=1)
    after = estimate(grid, store)
    assert (after.to_run, after.fits, after.seconds, after.rough) == (0, 0, 0, False)
    assert estimate(grid, store, shard="1/3").trajectories == 3


def test_judges_by_the_same_strategy_before_another(small, tmp_path):
    store = Store(tmp_path)
    ran = Grid((small("random", 0), small("margin", 0)))
    run_grid(ran, store, processes=1)
    by_random, by_margin = (store.get(t.key).seconds for t in ran.trajectories)

    def judged(t):
        return estimate(Grid((*ran.trajectories, t)), store).seconds

    assert judged(small("random", 1)) == pytest.approx(by_random)
    assert judged(small("margin", 1)) == pytest.approx(by_margin)
    assert judged(small("entropy", 1)) == pytest.approx((by_random + by_margin) / 2)


def test_one_that_cannot_be_judged_makes_it_rough(small, tmp_path):
    store, first, other = Store(tmp_path), small("random", 0), small("random", 0, d=7)
    run_grid(Grid((first,)), store, processes=1)
    ahead = estimate(Grid((first, other)), store)
    assert ahead.rough and ahead.seconds == pytest.approx(roughly(other))


def test_the_guess_grows_with_the_task(small):
    guess = roughly(small(n=10_000, test_size=1000))
    assert roughly(small(n=10_000, test_size=1000, rounds=9)) > 1.9 * guess
    for more in ({"n": 40_000}, {"d": 60}, {"classes": 10}):
        assert roughly(small(**{"n": 10_000, "test_size": 1000, **more})) > guess
    # 20,000 × 384 × 10 at 11 to 60 ms a round, the range from a compiled engine to a plain one.
    large = small(n=22_000, d=384, classes=10, test_size=2000, initial_size=100, batch_size=100, rounds=20)
    assert 0.01 < roughly(large) / 21 < 0.1
