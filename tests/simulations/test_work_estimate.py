from dataclasses import replace

import pytest

from simulations.datasets import DATASETS
from simulations.grid import Grid, parse_grid
from simulations.learners import LEARNERS
from simulations.run import run_grid
from simulations.store import Store
from simulations.trajectory import Part
from simulations.work_estimate import FEW_PER_CLASS, LowBudget, estimate, estimate_by_size, low_budgets


@pytest.fixture
def grid(small):
    return Grid(tuple(small(name, seed) for seed in range(3) for name in ("random", "margin", "coreset")))


def test_counts_before_and_after(grid, tmp_path):
    store = Store(tmp_path)
    ahead = estimate(grid, store)
    assert (ahead.trajectories, ahead.stored, ahead.to_run, ahead.fits) == (9, 0, 9, 45)
    assert ahead.rough and ahead.seconds == pytest.approx(sum(map(estimate_by_size, grid.trajectories)))
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
    assert ahead.rough and ahead.seconds == pytest.approx(estimate_by_size(other))


def test_the_guess_grows_with_the_task(small):
    guess = estimate_by_size(small(n=10_000, test_size=1000))
    assert estimate_by_size(small(n=10_000, test_size=1000, rounds=9)) > 1.9 * guess
    for more in ({"n": 40_000}, {"d": 60}, {"classes": 10}):
        assert estimate_by_size(small(**{"n": 10_000, "test_size": 1000, **more})) > guess


def test_the_guess_agrees_with_what_was_measured(small):
    # Seconds a round, measured on one core: 20,000 × 384 × 10 with and without scoring the pool, 2,500 × 20 × 6.
    large = {"n": 22_000, "d": 384, "classes": 10, "test_size": 2000, "initial_size": 100, "batch_size": 100}
    for strategy, seconds in (("margin", 7.0e-3), ("random", 5.4e-3)):
        assert 0.5 < estimate_by_size(small(strategy, **large, rounds=20)) / 21 / seconds < 2
    medium = {"n": 4000, "d": 20, "classes": 6, "test_size": 1500, "initial_size": 20, "batch_size": 20}
    assert 0.5 < estimate_by_size(small("random", **medium, rounds=25)) / 26 / 3.4e-4 < 2


@pytest.mark.parametrize(
    ("dataset", "learner", "rounds", "batch_size", "seconds"),
    [
        ("digits", "linear", 25, 20, 0.40e-3),
        ("digits", "forest", 10, 20, 0.115),
        ("digits", "boosting", 10, 20, 0.24),
        ("letter", "linear", 20, 100, 4.1e-3),
        ("letter", "forest", 4, 300, 0.32),
        ("letter", "boosting", 4, 300, 1.47),
        ("magic", "forest", 4, 300, 0.25),
        ("magic", "boosting", 4, 300, 0.10),
        ("synthetic-tags", "tagger", 9, 20, 0.18),
        ("pronunciations", "seq2seq", 2, 200, 2.4),
    ],
)
def test_so_it_does_on_shipped_tables(small, dataset, learner, rounds, batch_size, seconds):
    like = small(initial_size=100 if batch_size > 20 else 20, rounds=rounds, batch_size=batch_size)
    parts = {"dataset": Part.of(dataset, DATASETS[dataset].defaults), "learner": _learner(learner)}
    assert 0.5 < estimate_by_size(replace(like, **parts)) / (rounds + 1) / seconds < 2


def test_committees_and_tuning_are_more_fits(small):
    size = {"n": 4000, "test_size": 1500, "classes": 10, "d": 100, "batch_size": 100}
    once = estimate_by_size(small("random", **size))
    assert estimate_by_size(small("qbc", **size)) > 3 * once
    # Three values, five folds, each anew while 10 labels grow to 410: some 150 fits beside the 5.
    tuned = replace(small("random", **size), learner=_learner("linear", tune="l2: 10, 1, 0.1"))
    assert 15 < estimate_by_size(tuned) / once < 35


def test_any_estimator_can_be_guessed_at(small):
    other = _learner("estimator", of="sklearn.naive_bayes.GaussianNB")
    assert 0.5 <= estimate_by_size(replace(small(), learner=other)) < 1


def _learner(name, **settings):
    return Part.of(name, {**LEARNERS[name].defaults, **settings})


def trajectories_of(**changed):
    block = {"datasets": ["digits"], "strategies": ["random", "margin", "typiclust"], "batch_sizes": [20]}
    return parse_grid({"grid": {**block, "initial_size": 20, "rounds": 9, "seeds": 2, **changed}}).trajectories


def test_labels_a_class_are_counted_after_three_batches():
    assert low_budgets(trajectories_of()) == (LowBudget("digits", 10, 8.0, ("margin",)),)
    assert low_budgets(trajectories_of(initial_size=40)) == ()
    assert FEW_PER_CLASS == 10.0


def test_of_several_schedules_the_one_with_fewest_labels_is_told():
    (found,) = low_budgets(trajectories_of(batch_sizes=[20, 5, 50], strategies=["entropy", "random", "margin"]))
    assert found == LowBudget("digits", 10, 3.5, ("entropy", "margin"))


def test_fewer_rounds_than_three_count_as_they_are_and_none_ask_nobody():
    (found,) = low_budgets(trajectories_of(rounds=1, initial_size=40))
    assert found.per_class == 6.0
    assert low_budgets(trajectories_of(rounds=0)) == ()


def test_random_labelling_and_tasks_without_classes_have_no_caution():
    assert low_budgets(trajectories_of(strategies=["random", "typiclust", "coreset"])) == ()
    assert (
        low_budgets(trajectories_of(datasets=["diabetes"], learners=["ridge_regression"], strategies=["random"])) == ()
    )
