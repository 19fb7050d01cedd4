import numpy as np
import pandas as pd
import pytest

from planner.transfer.joint_posterior import MAX_COUNTS, observe


def rows(values, labels=(50, 100, 200, 400), seeds=(0, 1)):
    return pd.DataFrame(
        [(n, seed, v + 0.02 * i) for n, v in zip(labels, values, strict=True) for i, seed in enumerate(seeds)],
        columns=["labels", "seed", "value"],
    ).assign(test_size=1_000)


RANDOM = rows((0.5, 0.6, 0.7, 0.8))


def test_the_gap_is_averaged_over_the_seeds_both_have():
    seen = observe(RANDOM, rows((0.5, 0.65, 0.78, 0.86)))
    np.testing.assert_allclose(np.exp(seen.log_labels), [100, 200, 400])
    np.testing.assert_allclose(seen.beside - seen.error, [0.05, 0.08, 0.06], atol=1e-12)
    assert (seen.variance > 0).all()


def test_other_seeds_or_label_counts_are_no_pairs():
    apart = observe(RANDOM, rows((0.5, 0.65, 0.78, 0.86), seeds=(7, 8)))
    assert np.isnan(apart.beside).all() and np.isfinite(apart.error).all()
    between = observe(RANDOM, rows((0.5, 0.65, 0.78, 0.86), labels=(50, 100, 150, 400)))
    np.testing.assert_array_equal(np.isnan(between.beside), [False, True, False])


def test_pairs_that_agree_are_known_better_than_curves_apart():
    noisy = np.random.default_rng(0).normal(0, 0.03, 30)
    table = [pd.DataFrame({"labels": n, "seed": range(30), "value": v + noisy}) for n, v in ((50, 0.5), (100, 0.6))]
    random = pd.concat(table).assign(test_size=1_000)
    paired = observe(random, random.assign(value=random["value"] + 0.02))
    apart = observe(random, random.assign(value=random["value"] + 0.02, seed=random["seed"] + 100))
    assert paired.variance[0] < 0.1 * apart.variance[0]


def test_nothing_beyond_the_initial_set_is_nothing():
    assert observe(RANDOM, rows((0.5,), labels=(50,))).error.size == 0


def test_dense_curves_are_thinned_and_keep_their_last_point():
    labels = tuple(range(50, 1_050, 10))
    values = np.linspace(0.5, 0.9, len(labels))
    seen = observe(rows(values, labels), rows(values, labels))
    assert seen.error.size <= MAX_COUNTS and np.exp(seen.log_labels[-1]) == pytest.approx(1_040)


def test_row_order_does_not_matter():
    strategy = rows((0.5, 0.65, 0.78, 0.86))
    first, again = observe(RANDOM, strategy), observe(RANDOM.sample(frac=1, random_state=0), strategy[::-1])
    np.testing.assert_array_equal(first.error, again.error)
    np.testing.assert_array_equal(first.beside, again.beside)
    np.testing.assert_array_equal(first.variance, again.variance)


def test_one_seed_or_stated_errors_leave_pairs_in_doubt():
    strategy = rows((0.5, 0.65, 0.78, 0.86))
    for random, other in (
        (RANDOM.drop(columns="seed"), strategy.drop(columns="seed")),
        (RANDOM[RANDOM["seed"] == 0], strategy[strategy["seed"] == 0]),
        (RANDOM.assign(standard_error=0.01), strategy.assign(standard_error=0.01)),
    ):
        assert np.isnan(observe(random, other).beside).all()
