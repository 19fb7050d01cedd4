from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.strategies import STRATEGIES, CannotSelectError, RoundView, diversity
from simulations.strategies.diversity import farthest, robust_cover
from simulations.testing import example_streams


def _chosen(features, k, labelled=(0,)):
    answers = np.full((1, len(features)), -1)
    answers[0, list(labelled)] = 0
    view = RoundView([np.asarray(features, dtype=float)], answers)
    return STRATEGIES["coreset"].select(view, k, example_streams(1))[0].tolist()


def _brute(X, labelled, k):
    X, centres, picks = X.astype(float), labelled.copy(), []
    distances = ((X[:, None] - X) ** 2).sum(axis=2)
    for _ in range(k):
        reach = distances[:, centres].min(axis=1)
        reach[centres] = -1
        picks.append(int(reach.argmax()))
        centres[picks[-1]] = True
    return picks


def test_coreset_by_hand():
    # 0 is labelled; the farthest is 10, then the middle of what is left between them, then a neighbour.
    assert _chosen([[0.0], [1.0], [4.0], [10.0], [9.5]], 3) == [3, 2, 1]


def test_coreset_with_nothing_labelled_starts_far_from_the_mean():
    # Then the farthest from that one, and no longer from the mean.
    assert _chosen([[-1.0], [0.0], [3.0]], 1, labelled=()) == [2]
    assert _chosen([[-1.0], [0.5], [3.0]], 3, labelled=()) == [2, 0, 1]


# Whole numbers make distances exact in any precision, so that ties are ties and brute force must agree to the row.
@given(st.integers(0, 10_000), st.integers(1, 40), st.sampled_from([np.float32, np.float64]), st.integers(1, 4))
def test_coreset_is_brute_force_with_duplicates_and_ties(seed, labels, kind, spread):
    rng = np.random.default_rng(seed)
    X = rng.integers(-spread, spread + 1, (60, 2)).astype(kind)
    X.flags.writeable = False
    labelled = np.isin(np.arange(60), rng.choice(60, labels, replace=False))
    k = min(25, 60 - labels)
    assert farthest(X, labelled, k).tolist() == _brute(X, labelled, k)


@pytest.mark.parametrize(
    ("kind", "scale"), [(np.float32, 1.0), (np.float64, 1.0), (np.float64, 1e25), (np.float64, 1e-22)]
)
@pytest.mark.parametrize("width", [20, 50, 200])
def test_coreset_is_brute_force_on_many_features(kind, scale, width):
    # Squares of the last scales are beyond single precision, in which centres are looked at first.
    X = (scale * np.random.default_rng(0).normal(size=(300, width))).astype(kind)
    X.flags.writeable = False
    labelled = np.arange(300) % 9 == 0
    assert farthest(X, labelled, 120).tolist() == _brute(X, labelled, 120)


def test_coreset_takes_no_duplicate_before_it_must_and_then_the_lowest():
    X = np.repeat(np.random.default_rng(0).normal(size=(10, 4)), 3, axis=0)
    chosen = np.array(_chosen(X, 14))
    assert sorted((chosen[:9] // 3).tolist()) == list(range(1, 10))
    assert chosen[9:].tolist() == sorted(set(range(1, 30)) - set(chosen[:9].tolist()))[:5]


def test_coreset_looks_at_the_whole_pool_if_asked():
    X = np.random.default_rng(2).normal(size=(40, 3))
    assert sorted(_chosen(X, 40, labelled=())) == list(range(40))
    assert sorted(_chosen(X, 37, labelled=(3, 4, 5))) == sorted(set(range(40)) - {3, 4, 5})


def _view(n=60, labelled=4, seed=0):
    rng = np.random.default_rng(seed)
    answers = np.full((1, n), -1)
    answers[0, :labelled] = 0
    return RoundView([rng.normal(size=(n, 2))], answers, rng.dirichlet(np.ones(3), size=(1, n)))


def test_it_takes_the_farthest_apart_of_the_least_sure():
    view, k = _view(), 3
    ordered = np.sort(view.probabilities[0], axis=1)
    margins = np.where(view.labelled[0], np.inf, ordered[:, -1] - ordered[:, -2])
    candidates = np.argsort(margins)[:30]
    X, centres = view.features[0], [0, 1, 2, 3]
    by_hand = []
    for _ in range(k):
        reach = np.linalg.norm(X[candidates][:, None] - X[centres], axis=2).min(axis=1)
        by_hand.append(int(candidates[reach.argmax()]))
        centres.append(by_hand[-1])
    assert STRATEGIES["combined"].select(view, k, [None])[0].tolist() == by_hand


def _radius(X, labelled, rows, spared):
    centres = np.concatenate([X[list(rows)], labelled])
    nearest = np.linalg.norm(X[:, None] - centres, axis=2).min(axis=1)
    return np.sort(nearest)[len(X) - 1 - spared]


@pytest.mark.parametrize(
    ("seed", "k", "outliers", "known"), [(0, 1, 0.0, 0), (1, 2, 0.2, 0), (2, 3, 0.2, 2), (3, 3, 0.0, 1), (4, 2, 0.0, 2)]
)
def test_the_radius_is_the_best_of_all_choices(monkeypatch, seed, k, outliers, known):
    monkeypatch.setattr(diversity, "OUTLIERS", outliers)
    rng = np.random.default_rng(seed)
    X, labelled = rng.normal(size=(10, 2)), rng.normal(size=(known, 2))
    chosen = robust_cover(X, labelled, k)
    best = min(_radius(X, labelled, rows, int(outliers * 10)) for rows in combinations(range(10), k))
    assert best * (1 - 1e-9) <= _radius(X, labelled, chosen, int(outliers * 10)) <= best * 1.0102
    assert len(set(chosen.tolist())) == k


def test_greedy_is_not_the_best_and_programming_is():
    # On a line: greedy takes an end first and the other then; the two middles cover all within 1.
    X = np.array([[0.0], [1.0], [2.0], [6.0], [7.0], [8.0]])
    assert robust_cover(X, np.empty((0, 1)), 2).tolist() == [1, 4]


def test_many_picks_are_refused_in_a_sentence():
    view = RoundView([np.zeros((1000, 1))], np.full((1, 1000), -1))
    with pytest.raises(CannotSelectError, match="coreset_mip: asked for 301 items; allowed: 1 to 300"):
        STRATEGIES["coreset_mip"].select(view, 301, [np.random.default_rng(0)])


def test_one_far_item_of_four_hundred_is_no_outlier():
    # Were one item in a hundred an outlier, the far one would be left out; with one in 10,000 it is one of two centres.
    # The other lies in the middle of the rest, which it alone covers within half its length.
    X = np.append(np.linspace(0.0, 1.0, 399), 10.0)[:, None]
    view = RoundView([X], np.full((1, 400), -1))
    middle, far = np.sort(STRATEGIES["coreset_mip"].select(view, 2, [None])[0])
    assert far == 399 and abs(X[middle, 0] - 0.5) < 0.011


def test_a_large_pool_is_sampled_by_the_lane_s_own_generator(monkeypatch):
    monkeypatch.setattr(diversity, "SUB_POOL", 300)
    X = np.random.default_rng(0).normal(size=(900, 2))
    view = RoundView([X], np.where(np.arange(900) < 20, 0, -1)[None])
    first, again, other = (STRATEGIES["coreset_mip"].select(view, 4, [np.random.default_rng(s)]) for s in (1, 1, 2))
    assert (first == again).all() and (first != other).any()


def test_items_that_are_all_alike_are_covered_at_once():
    assert robust_cover(np.ones((5, 2)), np.empty((0, 2)), 2).size == 2
