"""Strategies for answers that are numbers: spread over features and answers, or where members of a model differ.

Cost for a pool of n items with d features, m labels, k to be chosen and M members: greedy sampling n d and n for each
labelled or chosen item, n (m + k) (d + 1) in all, by matrix products; the others n M, and what the members' predictions
cost.

Notation
    X        (n, d) features of a lane's pool
    y        (n,) known answers of labelled items, the model's predictions of all others
    S        (n,) distance to the nearest of what is labelled or chosen: in features, in answers, or their product
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from simulations.arrays import Bools, Ints, Reals
from simulations.strategies.shared import choose_by_lane, choose_lowest, squares_of
from simulations.strategies.view import CannotSelectError, RoundView, Strategy, Values
from simulations.threads import one_blas_thread

_Distance = Callable[[Ints], Reals]
"""Rows (r,) to every item's distances from them, (n, r)."""

_ROWS_AT_ONCE = 64
_NEAR = 1e-6
"""Squared distances below this share of both squared lengths are taken by differences: products round them away."""


def _choose_greedily(measure: Callable[[Reals, Reals], _Distance], view: RoundView, lane: int, k: int) -> Ints:
    labelled = view.labelled[lane]
    # What is known counts as it is known, whatever the model makes of it.
    y = np.where(labelled, view.values.known[lane], view.values.predicted[lane]).astype(np.float64)
    X = view.features[lane].astype(np.float64)
    with one_blas_thread():
        return greedy(X, labelled, k, measure(X, y))


def greedy(X: Reals, labelled: Bools, k: int, distance: _Distance) -> Ints:
    """Ask k times for the item farthest from its nearest labelled or chosen one (Wu, Lin & Huang 2019).

    The papers label one item at a time and train anew. Here the answer of an item chosen earlier in the same batch is
    what the model predicts for it, all that is known of it. Ties go to the lowest row; with nothing labelled the first
    pick is the item nearest the middle of the features, as in the paper.

    From X (n, d), who is labelled (n,), and a distance, to rows (k,).
    """
    rows, chosen = np.flatnonzero(labelled), np.empty(0, dtype=np.int64)
    if not rows.size:
        rows = chosen = np.array([squares_of(X - X.mean(axis=0)).argmin()])
    S = np.full(labelled.size, np.inf)
    for at in range(0, rows.size, _ROWS_AT_ONCE):
        S = np.minimum(S, distance(rows[at : at + _ROWS_AT_ONCE]).min(axis=1))
    # Below every distance, so that what is taken stays last even where all else coincides.
    S[rows] = -1.0
    while chosen.size < k:
        chosen = np.append(chosen, S.argmax())
        S = np.minimum(S, distance(chosen[-1:])[:, 0])
        S[chosen[-1]] = -1.0
    return chosen


def in_answers(X: Reals, y: Reals) -> _Distance:
    """Distance in answers y (n,)."""
    return lambda rows: np.abs(y[:, None] - y[rows])


def in_both(X: Reals, y: Reals) -> _Distance:
    """Distance in features X (n, d) times that in answers y (n,)."""
    squares = squares_of(X)

    def distance(rows: Ints) -> Reals:
        both = squares[:, None] + squares[rows]
        apart = both - 2.0 * (X @ X[rows].T)
        for j, row in enumerate(rows):
            near = np.flatnonzero(apart[:, j] < _NEAR * both[:, j])
            apart[near, j] = squares_of(X[near] - X[row])
        return np.asarray(np.sqrt(apart) * np.abs(y[:, None] - y[rows]))

    return distance


def _agreement(view: RoundView) -> Reals:
    return np.asarray(-_members(view.values, "committee_variance").var(axis=1, dtype=np.float64))


def _stability(view: RoundView) -> Reals:
    members = _members(view.values, "model_change")
    # In float64, so that far features neither overflow nor make near ones alike.
    lengths = np.stack([np.sqrt(1.0 + squares_of(X.astype(np.float64))) for X in view.features])
    return np.asarray(-expected_change(view.values.predicted, members) * lengths)


def expected_change(predicted: Reals, members: Reals) -> Reals:
    """Mean distance of members' predictions (L, M, n) from the model's (L, n), Σ_M |f(x) − f_M(x)| / M, in float64.

    Times the length of the features with a constant beside them it is the expected length of the gradient of a linear
    model's squared loss (Cai, Zhang & Zhou 2013): that gradient is (f(x) − y) (x, 1), and the members
    stand for the answers y that may come.

    Examples:
        >>> float(expected_change(np.array([[1.0]]), np.array([[[0.0], [4.0]]]))[0, 0])
        2.0
    """
    return np.asarray(np.abs(members.astype(np.float64) - predicted[:, None, :]).mean(axis=1))


def _members(values: Values, name: str) -> Reals:
    count = values.members.shape[1]
    if count < 2:
        raise CannotSelectError(f"strategy {name}: found a model of {count} members; allowed: at least 2")
    return values.members


_strategy = partial(Strategy, needs=frozenset({"features", "values"}))
_greedy = partial(_strategy, family="greedy sampling")

GSY = _greedy(
    name="gsy",
    paper="Wu, Lin & Huang 2019, Active learning for regression using greedy sampling (GSy)",
    summary="Asks for the number that is farthest from every number known, as the model predicts it.",
    choose=choose_by_lane(partial(_choose_greedily, in_answers)),
)
IGS = _greedy(
    name="igs",
    paper="Wu, Lin & Huang 2019, Active learning for regression using greedy sampling (iGS)",
    summary="Asks for what is far from everything labelled both in its features and in its number as predicted.",
    choose=choose_by_lane(partial(_choose_greedily, in_both)),
)
COMMITTEE_VARIANCE = _strategy(
    name="committee_variance",
    family="committee",
    paper="RayChaudhuri & Hamey 1995, Minimisation of data collection by active learning; Burbidge, Rowland & King "
    "2007, Active learning for regression based on query by committee",
    needs=frozenset({"values"}),
    summary="Asks where the numbers that the members of the model predict vary most.",
    choose=choose_lowest(_agreement),
)
MODEL_CHANGE = _strategy(
    name="model_change",
    family="expected change",
    paper="Cai, Zhang & Zhou 2013, Maximizing expected model change for active learning in regression",
    summary="Asks where an answer such as the members predict would move a linear model most.",
    choose=choose_lowest(_stability),
)
