"""Softmax regression fitted by scikit-learn, lane by lane in float64: what the lockstep learners are judged against.

The objective is that of the learner `linear`: with W (C, d) the weights, b (C,) the intercepts and z = W x + b,

    sum_i [log sum_c exp(z_ic) - z_i,y_i] + (λ / 2) ||W||²,  λ = l2, or 2 · l2 where there are two classes,

b unpenalised. Two vectors of softmax then weigh as much as the one of binary logistic regression, C = 1 / l2 in
scikit-learn's terms. A class without a label is left out: weights 0, intercept -inf.

Notation
    L, C, d  lanes, classes, features
    n, m     labelled items, items to be scored
    W        (C, d + 1) weights with the intercept as last column
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from simulations.arrays import Bools, Features, Floats, Ints, Reals
from simulations.learners.learner import Fitted, Labelled, Streams

DEFAULT_TOLERANCE = 1e-4
"""What scikit-learn's LogisticRegression stops at unless told otherwise."""
EXACT = None
"""Instead of a tolerance: solved to the limit of float64."""


class ReferenceLearner:
    """L2-penalised softmax regression by scikit-learn's `LogisticRegression`, from scratch in every round.

    Args:
        l2: penalty, as in `linear`.
        tolerance: scikit-learn's `tol`; larger stops sooner and further from the optimum. `EXACT` solves to the end.
    """

    def __init__(self, l2: float, tolerance: float | None = DEFAULT_TOLERANCE) -> None:
        self.l2 = l2
        self.tolerance = tolerance

    def fit(self, labelled: Labelled, warm: Fitted | None, streams: Streams) -> "ReferenceFit":
        """Fit every lane; nothing is taken from the round before and nothing drawn."""
        lanes = labelled.rows.shape[0]
        weights = np.empty((lanes, labelled.classes, labelled.features.shape[1] + 1))
        converged, seconds = np.empty(lanes, np.bool_), np.empty(lanes)
        for lane in range(lanes):
            began = perf_counter()
            X, y = labelled.features[labelled.rows[lane]], labelled.answers[lane]
            weights[lane], converged[lane] = solve(X, y, labelled.classes, self.l2, self.tolerance)
            seconds[lane] = perf_counter() - began
        return ReferenceFit(weights, converged, seconds)


@dataclass(frozen=True)
class ReferenceFit:
    """The fitted lanes; see `Fitted`.

    Args:
        weights: shape (L, C, d + 1), float64.
        converged: shape (L,).
        effort: shape (L,), seconds.
    """

    weights: Floats
    converged: Bools
    effort: Floats

    def take(self, lanes: Sequence[int]) -> "ReferenceFit":
        """The models of some lanes, in the order named."""
        chosen = list(lanes)
        return ReferenceFit(self.weights[chosen], self.converged[chosen], self.effort[chosen])

    def probabilities(self, lanes: Sequence[int], features: Features) -> Features:
        """Score items (m, d): class-major (lanes, C, m)."""
        from scipy.special import softmax

        items = features.astype(np.float64)
        scores = [self.weights[lane, :, :-1] @ items.T + self.weights[lane, :, -1:] for lane in lanes]
        return np.asarray(softmax(np.stack(scores), axis=1), dtype=np.float32)


def solve(X: Reals, y: Ints, classes: int, l2: float, tolerance: float | None = EXACT) -> tuple[Floats, bool]:
    """Minimise the objective in float64.

    Args:
        X: shape (n, d).
        y: shape (n,), class numbers.
        classes: number of classes, C.
        l2: penalty.
        tolerance: scikit-learn's `tol`, for its L-BFGS; `EXACT` takes Newton's method (newton-cg) to 1e-8, which
            unlike L-BFGS gets there on features of any scale.

    Returns:
        W, shape (C, d + 1), and whether scikit-learn says it converged.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    seen = np.unique(y)
    W = np.zeros((classes, X.shape[1] + 1))
    W[:, -1] = -np.inf
    if seen.size == 1:
        W[seen, -1] = 0.0
        return W, True
    # scikit-learn fits one vector w to two classes; as softmax weights ±w/2 they cost half of what w costs.
    strength = 2.0 / _penalty(l2, classes) if seen.size == 2 else 1.0 / _penalty(l2, classes)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        stop = {"solver": "newton-cg", "tol": 1e-8} if tolerance is None else {"solver": "lbfgs", "tol": tolerance}
        model = LogisticRegression(C=strength, max_iter=10_000, **stop).fit(X.astype(np.float64), y)
    found = np.column_stack([model.coef_, model.intercept_])
    W[seen] = np.concatenate([-found, found]) / 2 if seen.size == 2 else found
    return W, not any(issubclass(w.category, ConvergenceWarning) for w in heard)


def objective(X: Reals, y: Ints, W: Reals, l2: float) -> float:
    """Value of the objective in float64; X (n, d), y (n,), W (C, d + 1)."""
    from scipy.special import logsumexp

    W = W.astype(np.float64)
    Z = X.astype(np.float64) @ W[:, :-1].T + W[:, -1]
    loss = (logsumexp(Z, axis=1) - Z[np.arange(y.size), y]).sum()
    return float(loss + 0.5 * _penalty(l2, W.shape[0]) * (W[:, :-1] ** 2).sum())


def default_gap(X: Reals, y: Ints, classes: int, l2: float) -> float:
    """How far above the optimum scikit-learn stops at its default tolerance; X (n, d), y (n,)."""
    loose, tight = (solve(X, y, classes, l2, tolerance)[0] for tolerance in (DEFAULT_TOLERANCE, EXACT))
    return objective(X, y, loose, l2) - objective(X, y, tight, l2)


def _penalty(l2: float, classes: int) -> float:
    return 2.0 * l2 if classes == 2 else l2
