import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planner.randomness import allocate, group_indices, keyed_rng, resample, stratified_normal


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=9), st.integers(1, 5_000))
def test_draws_are_shared_out_whole_and_within_one_of_what_is_due(weights, n_draws):
    shares = allocate(weights, n_draws)
    assert shares.sum() == n_draws
    assert (np.abs(shares - np.array(weights) / sum(weights) * n_draws) < 1 + 1e-6).all()


def test_stratified_normals_are_normal_to_high_precision_in_random_order():
    draws = stratified_normal(5_000, keyed_rng(0, "x"))
    assert abs(draws.mean()) < 1e-3 and abs(draws.std() - 1) < 5e-3
    assert abs(np.corrcoef(draws[:-1], draws[1:])[0, 1]) < 0.05
    assert not np.array_equal(draws, stratified_normal(5_000, keyed_rng(0, "y")))


@given(st.lists(st.just(0.0) | st.floats(0.001, 1.0), min_size=1, max_size=9).filter(any), st.integers(1, 2_000))
def test_resampling_takes_each_within_one_of_what_is_due(weights, n_draws):
    weights = np.array(weights)
    picked = resample(weights, n_draws, keyed_rng(0, "x"))
    assert picked.size == n_draws
    taken = np.bincount(picked, minlength=weights.size)
    assert (np.abs(taken - weights / weights.sum() * n_draws) < 1 + 1e-6).all()


def test_what_is_resampled_comes_in_random_order():
    picked = resample(np.ones(1_000), 1_000, keyed_rng(0, "x"))
    assert sorted(picked) == list(range(1_000))
    assert abs(np.corrcoef(picked[:-1], picked[1:])[0, 1]) < 0.1


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_groups_hold_every_place_once_in_order(labels):
    found = group_indices(np.array(labels))
    assert [value for value, _ in found] == sorted(set(labels))
    for value, rows in found:
        assert rows.tolist() == [place for place, label in enumerate(labels) if label == value]
