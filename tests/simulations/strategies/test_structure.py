from hashlib import blake2b
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.strategies import STRATEGIES, RoundView, clustering, diversity, gradient, shared
from simulations.strategies.clustering import cluster, nearest_distinct
from simulations.strategies.diversity import balls, cover, radius
from simulations.strategies.neighbours import contrast, density, rank_typical
from simulations.strategies.shared import PoolCache, neighbour_distances
from simulations.testing import example_streams, example_view


def _sums():
    calls = []

    def compute(X, *more):
        calls.append((X.shape, *more))
        return (X.sum(axis=1),)

    return compute, calls


def _pool(start=0.0, writeable=False):
    X = start + np.arange(12.0).reshape(6, 2)
    X.flags.writeable = writeable
    return X


@pytest.fixture
def hashed(monkeypatch):
    """How often an array was read through."""
    sizes = []

    def counted(data):
        sizes.append(data.nbytes)
        return blake2b(data)

    monkeypatch.setattr(shared, "blake2b", counted)
    return sizes


def test_the_cache_saves_work_and_changes_nothing(hashed):
    compute, calls = _sums()
    cached, X = PoolCache(compute), _pool()
    first = cached(X)[0]
    # Other views of the same memory are the same pool, and are not read again.
    assert cached(X)[0] is first and cached(X.view())[0] is first and cached(X[:])[0] is first
    assert len(calls) == 1 and hashed == [96]
    # So are copies, though those have to be read.
    assert cached(X.copy())[0] is first and len(calls) == 1 and hashed == [96, 96]
    # The same bytes in another shape, a part of them and another question are not.
    assert cached(X.reshape(4, 3))[0].shape == (4,)
    assert cached(X[:3])[0].tolist() == first[:3].tolist()
    assert cached(X, 5)[0] is not first and calls[-1] == ((6, 2), 5)
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 0


def test_what_may_be_written_to_is_read_each_time(hashed):
    compute, calls = _sums()
    cached, X = PoolCache(compute), _pool(writeable=True)
    view = X.view()
    view.flags.writeable = False
    first = cached(view)[0]
    assert cached(view)[0] is first and len(calls) == 1 and len(hashed) == 2
    X[0] += 1
    assert cached(view)[0][0] == first[0] + 2


def test_the_least_recently_used_pool_goes_first(monkeypatch):
    monkeypatch.setattr(shared, "_CACHE_BYTES", 100)
    compute, calls = _sums()
    cached = PoolCache(compute)
    a, b, c = _pool(0.0), _pool(1.0), _pool(2.0)
    for X in (a, b, a, c):
        cached(X)
    assert len(calls) == 3
    cached(a)
    assert len(calls) == 3
    cached(b)
    assert len(calls) == 4


NEW = ("badge", "kmeans", "margin_kmeans", "density_margin", "typiclust", "probcover")


def _lane(features, labelled=(), probabilities=None):
    answers = np.full((1, len(features)), -1)
    answers[0, list(labelled)] = 0
    return RoundView(
        [np.asarray(features, dtype=float)], answers, None if probabilities is None else probabilities[None]
    )


def _chosen(name, view, k, seed=1):
    return STRATEGIES[name].select(view, k, example_streams(1, seed))[0]


def _blobs(centres, each, rng, radius=0.1):
    return np.repeat(np.asarray(centres, dtype=float), each, axis=0) + rng.uniform(
        -radius, radius, (len(centres) * each, 2)
    )


# k-means


def test_nearest_distinct_by_hand():
    # Both centres are nearest to row 1; the second has to be content with row 2. Rows 0 and 3 tie for the third.
    X = np.array([[-1.0], [4.0], [5.0], [1.0]])
    assert nearest_distinct(X, np.array([[4.0], [4.1], [0.0]])).tolist() == [1, 2, 0]


def test_kmeans_takes_the_middle_of_each_blob():
    rng = np.random.default_rng(0)
    X = _blobs([[0, 0], [10, 0], [0, 10]], 21, rng)
    X[[5, 30, 50]] = [[0, 0], [10, 0], [0, 10]]
    # Mirror images put each blob's mean exactly at its marked item.
    X = np.vstack([X, 2 * np.repeat([[0.0, 0], [10, 0], [0, 10]], 21, axis=0) - X])
    chosen = _chosen("kmeans", _lane(X), 3)
    assert sorted(map(tuple, X[chosen].tolist())) == [(0, 0), (0, 10), (10, 0)]


def test_margin_kmeans_spreads_over_what_the_margin_lets_through():
    # Four blobs of ten; the model is sure of the last two, so that both of 20 candidates' groups are the first two.
    X = _blobs([[0, 0], [10, 0], [0, 10], [10, 10]], 10, np.random.default_rng(0))
    P = np.repeat([[0.5, 0.5], [0.55, 0.45], [0.99, 0.01], [1.0, 0.0]], 10, axis=0)
    assert sorted(_chosen("margin_kmeans", _lane(X, probabilities=P), 2) // 10) == [0, 1]


def test_margin_kmeans_is_drawn_to_the_unsure_side_of_a_group():
    X = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]])
    sure = np.array([0.999, 0.999, 0.999, 0.5, 0.999])
    P = np.stack([sure, 1 - sure], axis=1)
    assert _chosen("margin_kmeans", _lane(X, probabilities=P), 1) == [3]
    even = np.full((5, 2), 0.5)
    assert _chosen("margin_kmeans", _lane(X, probabilities=even), 1) == [2]


@pytest.mark.parametrize("weighted", [False, True])
def test_large_pools_are_grouped_by_way_of_a_sample(monkeypatch, weighted):
    monkeypatch.setattr(clustering, "_SETTLE_LEAST", 40)
    X = _blobs([[0, 0], [10, 0], [0, 10]], 40, np.random.default_rng(0))
    weights = np.where(np.arange(120) % 2, 3.0, 1.0) if weighted else None
    groups, centres = cluster(X, 3, np.random.default_rng(0), weights)
    assert [np.unique(groups[at : at + 40]).size for at in (0, 40, 80)] == [1, 1, 1]
    # It ends on all rows, not on those of the sample.
    for group in range(3):
        own = groups == group
        share = None if weights is None else weights[own]
        np.testing.assert_allclose(centres[group], np.average(X[own], axis=0, weights=share))


# Neighbours and density


@given(st.integers(1, 40), st.integers(1, 20), st.integers(0, 99))
def test_neighbour_distances_are_brute_force(items, features, seed):
    X = np.random.default_rng(seed).normal(size=(items, features))
    distances = np.sqrt(((X[:, None] - X) ** 2).sum(axis=2))
    np.fill_diagonal(distances, np.inf)
    found = neighbour_distances(X)
    if items == 1:
        assert found.tolist() == [[0.0]]
    else:
        np.testing.assert_allclose(found, np.sort(distances, axis=1)[:, : min(20, items - 1)], atol=1e-7)


def test_density_by_hand():
    # Distances from 0, 1 and 3 to the others: (1, 3), (1, 2), (2, 3); their median is 2.
    near, middle, far = np.exp(-0.5 * (np.array([1, 2, 3]) / 2) ** 2)
    expected = [(near + far) / 2, (near + middle) / 2, (middle + far) / 2]
    np.testing.assert_allclose(density(neighbour_distances(np.array([[0.0], [1.0], [3.0]]))), expected)


def test_density_margin_passes_over_the_outlier_that_margin_asks_for():
    X = np.vstack([np.random.default_rng(0).normal(size=(30, 2)), [[50.0, 50.0]]])
    P = np.tile([0.6, 0.4], (31, 1))
    P[30] = 0.5
    view = _lane(X, probabilities=P)
    assert _chosen("margin", view, 1) == [30]
    # All others are alike to the model, so the densest comes first and the outlier last.
    chosen = _chosen("density_margin", view, 31)
    assert chosen[0] == density(neighbour_distances(X)).argmax() and chosen[-1] == 30


# TypiClust


def test_typiclust_leaves_out_the_labelled_cluster():
    X = _blobs([[0, 0], [10, 0], [0, 10], [10, 10]], 30, np.random.default_rng(0))
    # One label and three to come make four clusters, and the one with the label has had its turn.
    assert sorted(_chosen("typiclust", _lane(X, labelled=[35]), 3) // 30) == [0, 2, 3]


def test_typicality_ranking_by_hand():
    # Cluster 0 has five items, one labelled; cluster 1 has six; cluster 2 is small and waits.
    groups = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2])
    labelled = np.arange(12) == 0
    spread = np.array([9, 2, 1, 3, 3, 6, 5, 4, 4, 7, 8, 0.0])
    # Turns: 1 goes first alone; then 1 before 0, being larger; ties in a cluster go to the lower row.
    assert rank_typical(groups, labelled, spread).tolist() == [7, 8, 2, 6, 1, 5, 3, 9, 4, 10, 11]


# ProbCover


def test_greedy_cover_of_six_points():
    # With balls below 1.5: 0-1-2 is a chain whose middle holds three, 10 and 11 are a pair, 20 stands alone.
    X = np.array([[0.0], [1.0], [2.0], [10.0], [11.0], [20.0]])
    starts, members = balls(X, 1.5)
    assert [members[a:b].tolist() for a, b in pairwise(starts)] == [
        [0, 1], [0, 1, 2], [1, 2], [3, 4], [3, 4], [5],
    ]  # fmt: skip
    nothing = np.zeros(6, dtype=bool)
    # Then everything is covered and the lowest rows follow.
    assert cover(starts, members, nothing, 5).tolist() == [1, 3, 5, 0, 2]
    assert cover(starts, members, np.arange(6) == 0, 3).tolist() == [3, 1, 5]


@given(st.integers(0, 10_000), st.integers(0, 30), st.floats(0.05, 2.0))
def test_cover_is_greedy_maximum_cover(seed, labels, delta):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60, 2))
    labelled = np.isin(np.arange(60), rng.choice(60, labels, replace=False))
    near = np.sqrt(((X[:, None] - X) ** 2).sum(axis=2)) < delta
    covered = near[labelled].any(axis=0)
    open_rows = ~labelled
    for pick in cover(*balls(X, delta), labelled, 30):
        gains = np.where(open_rows, near[:, ~covered].sum(axis=1), -1)
        assert pick == gains.argmax()
        covered |= near[pick]
        open_rows[pick] = False


def test_balls_do_not_depend_on_the_pieces(monkeypatch):
    X = np.random.default_rng(0).normal(size=(90, 3))
    whole = balls(X, 1.0)
    monkeypatch.setattr(shared, "rows_within", lambda columns: 7)
    assert all((a == b).all() for a, b in zip(whole, balls(X, 1.0), strict=True))


def test_radius_leaves_95_percent_of_balls_pure():
    X = np.random.default_rng(0).normal(size=(400, 2))
    groups, _ = cluster(X, 10, np.random.Generator(np.random.Philox(0)))

    def purity(delta):
        starts, members = balls(X, delta)
        own = np.repeat(np.arange(400), np.diff(starts))
        return 1 - np.unique(own[groups[own] != groups[members]]).size / 400

    delta = radius(X)
    assert delta > 0 and purity(delta) >= 0.95 > purity(delta * 1.01) - 0.01
    assert purity(1.5 * delta) < 0.95


def test_radius_keeps_the_graph_within_its_bound(monkeypatch):
    X = np.vstack([np.random.default_rng(i).normal(100 * i, 1, (100, 2)) for i in range(10)])
    free = balls(X, radius(X))[1].size
    monkeypatch.setattr(diversity, "_MOST_PAIRS", 10_000)
    assert free > 50_000
    assert balls(X, radius(X))[1].size < 12_000


# The cache


@pytest.mark.parametrize("name", NEW)
def test_a_warm_cache_gives_the_choice_of_a_cold_one(name, monkeypatch):
    view = example_view(STRATEGIES[name], items=80, seed=11)
    cold = STRATEGIES[name].select(view, 9, example_streams())
    warm = STRATEGIES[name].select(view, 9, example_streams())
    caches = ((shared, "_NEIGHBOURS"), (clustering, "_POOL_CLUSTERS"), (diversity, "_GRAPHS"))
    for module, cache in (*caches, (shared, "_NEIGHBOURS_WITHIN"), (gradient, "_LENGTHS")):
        kept = getattr(module, cache)
        monkeypatch.setattr(module, cache, type(kept)(kept._compute))
    assert (cold == warm).all() and (STRATEGIES[name].select(view, 9, example_streams()) == cold).all()


# On real data


def _kl(p, q):
    return float((p * np.log(p / q)).sum())


def test_contrast_is_the_mean_divergence_from_the_nearest_labelled_ones():
    rng = np.random.default_rng(0)
    X, P = rng.normal(size=(40, 3)), rng.dirichlet(np.ones(3), size=40)
    labelled = np.arange(40) < 15
    scores = contrast(P, X, labelled)
    for i in range(15, 40):
        near = np.argsort(np.linalg.norm(X[:15] - X[i], axis=1))[:10]
        assert scores[i] == pytest.approx(np.mean([_kl(P[j], P[i]) for j in near]))
    assert (scores[:15] == 0).all()


def test_with_nothing_labelled_all_are_alike():
    X, P = np.zeros((3, 1)), np.full((3, 2), 0.5)
    assert (contrast(P, X, np.zeros(3, bool)) == 0).all()
