from itertools import combinations

import numpy as np
import pytest

from simulations.strategies import STRATEGIES, CannotSelectError, RoundView
from simulations.strategies.diversity import robust_cover


def _radius(X, labelled, rows, spared):
    centres = np.concatenate([X[list(rows)], labelled])
    nearest = np.linalg.norm(X[:, None] - centres, axis=2).min(axis=1)
    return np.sort(nearest)[len(X) - 1 - spared]


@pytest.mark.parametrize(
    ("seed", "k", "outliers", "known"), [(0, 1, 0.0, 0), (1, 2, 0.2, 0), (2, 3, 0.2, 2), (3, 3, 0.0, 1), (4, 2, 0.0, 2)]
)
def test_the_radius_is_the_best_of_all_choices(seed, k, outliers, known):
    rng = np.random.default_rng(seed)
    X, labelled = rng.normal(size=(10, 2)), rng.normal(size=(known, 2))
    chosen, radius = robust_cover(X, labelled, k, outliers=outliers)
    best = min(_radius(X, labelled, rows, int(outliers * 10)) for rows in combinations(range(10), k))
    assert best <= radius * (1 + 1e-9) and radius <= best * 1.0102
    assert radius == pytest.approx(_radius(X, labelled, chosen, int(outliers * 10)))
    assert len(set(chosen.tolist())) == k


def test_greedy_is_not_the_best_and_programming_is():
    # On a line: greedy takes an end first and the other then; the two middles cover all within 1.
    X = np.array([[0.0], [1.0], [2.0], [6.0], [7.0], [8.0]])
    rows, radius = robust_cover(X, np.empty((0, 1)), 2)
    assert rows.tolist() == [1, 4] and radius == 1.0


def test_an_outlier_may_be_left_alone():
    X = np.append(np.linspace(0, 1, 9), 100.0)[:, None]
    strict, lax = (robust_cover(X, np.empty((0, 1)), 1, outliers=share)[1] for share in (0.0, 0.1))
    assert strict > 90 and lax == 0.5


def test_items_that_are_all_alike_are_covered_at_once():
    rows, radius = robust_cover(np.ones((5, 2)), np.empty((0, 2)), 2)
    assert radius == 0.0 and rows.size == 2


def test_many_picks_are_refused_in_a_sentence():
    view = RoundView([np.zeros((1000, 1))], np.full((1, 1000), -1))
    with pytest.raises(CannotSelectError, match="coreset_mip: asked for 301 items; allowed: 1 to 300"):
        STRATEGIES["coreset_mip"].select(view, 301, [np.random.default_rng(0)])


def test_a_large_pool_is_sampled_by_the_lane_s_own_generator():
    X = np.random.default_rng(0).normal(size=(900, 2))
    view = RoundView([X], np.where(np.arange(900) < 20, 0, -1)[None])
    first, again, other = (STRATEGIES["coreset_mip"].select(view, 4, [np.random.default_rng(s)]) for s in (1, 1, 2))
    assert (first == again).all() and (first != other).any()
