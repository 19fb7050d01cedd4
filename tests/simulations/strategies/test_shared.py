import gc
import weakref

import numpy as np
import pytest

from simulations.strategies import STRATEGIES, RoundView, structure
from simulations.strategies.shared import PoolView, SharedRows, located, measured, scored
from simulations.strategies.structure import neighbour_distances, pool_neighbour_distances
from simulations.strategies.uncertainty import entropy, margin
from simulations.strategies.view import CannotSelectError
from simulations.testing import example_streams


def _round(seed=0, lanes=2, classes=4):
    """The same round twice: with pools copied out, and as rows of what they share; and how often one was copied."""
    rng = np.random.default_rng(seed)
    source = rng.normal(size=(150, 6)).astype(np.float32)
    rows = [rng.permutation(150)[:120] for _ in range(lanes)]
    answers = np.full((lanes, 120), -1)
    answers[:, :9] = rng.integers(classes, size=(lanes, 9))
    scores = np.exp(rng.normal(size=(lanes, classes, 150))).astype(np.float32)
    scores /= scores.sum(axis=1, keepdims=True)
    P = np.stack([one[:, own].T for one, own in zip(scores, rows, strict=True)])
    copied = []

    def copy(lane):
        copied.append(lane)
        return source[rows[lane]]

    apart = RoundView([source[own] for own in rows], answers, P)
    return apart, PoolView(SharedRows(source, rows, copy), answers, scores), copied


@pytest.mark.parametrize("name", ["badge", "coreset", "kmeans", "margin_kmeans", "density_margin", "margin", "entropy"])
def test_a_pool_that_is_rows_of_an_array_is_chosen_from_alike_and_not_copied(name):
    apart, shared, copied = _round()
    choose = STRATEGIES[name].select
    assert choose(shared, 11, example_streams(2)).tolist() == choose(apart, 11, example_streams(2)).tolist()
    assert copied == []


def test_whoever_asks_for_features_gets_them_read_only():
    apart, shared, copied = _round()
    assert shared.lanes == 2 and shared.pool_size == 120 and copied == []
    np.testing.assert_array_equal(shared.features[1], apart.features[1])
    assert not shared.features[0].flags.writeable and copied == [1, 0]
    assert [lane.shape for lane in shared.features] == [(120, 6)] * 2
    alone = shared.lane(1)
    np.testing.assert_array_equal(alone.features[0], apart.features[1])
    with pytest.raises(IndexError):
        shared.features[2]


def test_located_gives_the_array_and_its_rows_or_the_features_themselves():
    apart, shared, _ = _round()
    X, rows = located(shared, 1)
    np.testing.assert_array_equal(X[rows], apart.features[1])
    X, rows = located(apart, 1)
    assert rows is None and X is apart.features[1]


def test_probabilities_are_picked_when_they_are_read_and_class_major():
    apart, shared, _ = _round()
    np.testing.assert_array_equal(shared.probabilities, apart.probabilities)
    assert shared.probabilities[..., 0].strides[-1] == 4 and not shared.probabilities.flags.writeable
    assert shared.probabilities is shared.probabilities
    for alone in (shared.lane(1), shared.embedded()):
        np.testing.assert_array_equal(alone.probabilities, apart.probabilities[-alone.lanes :])
    silent = PoolView(shared.features, shared.answers)
    with pytest.raises(CannotSelectError, match="does not declare that it needs them"):
        _ = silent.probabilities


def test_a_round_that_is_over_is_let_go_of_at_once():
    """Not when the collector comes: it would hold the scores of many rounds until then."""
    _, shared, _ = _round()
    gone = weakref.ref(shared)
    STRATEGIES["margin"].select(shared, 3, example_streams(2))
    gc.disable()
    try:
        del shared
        assert gone() is None
    finally:
        gc.enable()


def test_what_is_measured_of_the_data_set_is_what_its_pools_would_give():
    apart, shared, _ = _round()
    for measure in (entropy, margin, lambda P: P.argmax(axis=-1)):
        found = measured(shared, measure)
        assert found.shape == (2, 120) and found.dtype == measured(apart, measure).dtype
        np.testing.assert_array_equal(found, measured(apart, measure))


def test_scored_gives_what_the_model_says_and_the_columns_of_the_pool():
    apart, shared, _ = _round()
    P, columns = scored(shared, 1)
    np.testing.assert_array_equal(P[:, columns].T, apart.probabilities[1])
    P, columns = scored(apart, 1)
    assert columns is None and np.array_equal(P.T, apart.probabilities[1])


@pytest.mark.parametrize("kept", [120, 30, 3])
def test_neighbours_within_a_pool_are_those_found_in_the_pool_alone(monkeypatch, kept):
    # Of 150 items 30 or 3 in the pool leave many with fewer than 20 among their nearest 40: those are searched for.
    monkeypatch.setattr(structure, "_NEIGHBOURS_WITHIN", structure.PoolCache(structure._neighbours_within))
    rng = np.random.default_rng(1)
    source, rows = rng.normal(size=(150, 6)), rng.permutation(150)[:kept]
    shared = PoolView(SharedRows(source, [rows], lambda _: source[rows]), np.full((1, kept), -1))
    found = pool_neighbour_distances(shared, 0)
    np.testing.assert_allclose(found, neighbour_distances(source[rows]), rtol=1e-12)
    assert pool_neighbour_distances(shared, 0) is found
