"""Linear classifiers of many lanes: softmax regression with an L2 penalty, and ridge regression on one-hot answers.

Per lane softmax regression minimises  sum_i [log sum_c exp(z_ic) - z_i,y_i] + (l2 / 2) ||W||²,  z = W x + b,
intercepts b unpenalised: scikit-learn's `LogisticRegression` with C = 1 / l2. With two classes the penalty is doubled,
since softmax spreads over two weight vectors what binary logistic regression puts into one.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Self, cast

import numpy as np

from simulations.arrays import Bools, Features, Floats, Reals
from simulations.jit import load_numba
from simulations.learners.estimators import did_not_converge
from simulations.learners.learner import DivergedError, Fitted, Labelled, Streams
from simulations.strategies.view import Landscape
from simulations.threads import one_blas_thread

_MOST_ITERATIONS = 10_000
_SLOPE = 1e-7  # of the mean loss of an item, where a lane is fitted again


@dataclass(frozen=True)
class LinearHeads:
    """One linear classifier per lane, whose scores are read as class shares.

    Args:
        weights: float32 (L, C, d), 0 for a class never seen.
        intercepts: float32 (L, C), -inf for a class never seen.
        converged: see `Fitted`.
        effort: see `Fitted`.
    """

    weights: Features
    intercepts: Features
    converged: Bools
    effort: Floats

    def probabilities(self, lanes: Sequence[int], features: Features) -> Features:
        """Score items lane by lane; see `Fitted`."""
        scores = np.empty((len(lanes), self.weights.shape[1], features.shape[0]), np.float32)
        # One product per lane, whose shape no other lane can change: packed or alone, the bits are the same.
        for row, lane in enumerate(lanes):
            np.matmul(self.weights[lane], features.T, out=scores[row])
        scores += self.intercepts[list(lanes), :, None]
        return clipped_shares(scores)

    def landscape(self, lane: int) -> Landscape:
        """Scores of a lane's classes at any point, in float64, and their slopes, the same everywhere."""
        W, b = self.weights[lane].astype(np.float64), self.intercepts[lane].astype(np.float64)

        def slopes(X: Reals) -> Floats:
            # Compiled loops fill weights up to whole tiles.
            return np.broadcast_to(W[:, : X.shape[1]], (X.shape[0], W.shape[0], X.shape[1]))

        return Landscape(lambda X: X @ W[:, : X.shape[1]].T + b, slopes, linear=True)

    def take(self, lanes: Sequence[int]) -> Self:
        """See `Fitted`."""
        rows = list(lanes)
        return replace(self, **{field.name: getattr(self, field.name)[rows] for field in fields(self)})


class LinearLearner:
    """L2-penalised softmax regression, each lane from where the round before ended.

    Args:
        l2: penalty on features of mean variance 1; larger shrinks more and trusts few labels less.
    """

    backend = "numba"

    def __init__(self, l2: float) -> None:
        self.l2 = l2

    def fit(self, labelled: Labelled, warm: Fitted | None, streams: Streams = ()) -> Fitted:
        """Fit every lane; one that single precision cannot finish is fitted again in double precision.

        Its `converged` then tells of the second fit.
        """
        load_numba()  # what is wrong with it is told in a sentence
        from simulations.learners.compiled import fit_compiled

        penalty = self.l2 * (2.0 if labelled.classes == 2 else 1.0)
        heads = fit_compiled(labelled, penalty, cast(LinearHeads | None, warm))
        finite = np.isfinite(heads.weights).all(axis=(1, 2)) & ~np.isnan(heads.intercepts).any(axis=1)
        failed = np.flatnonzero(~(heads.converged & finite))
        return _refit(heads, labelled, penalty, failed.tolist()) if failed.size else heads


def _refit(heads: LinearHeads, labelled: Labelled, penalty: float, lanes: list[int]) -> LinearHeads:
    """Fit some lanes again, from zero and in double precision, by scikit-learn."""
    from sklearn.linear_model import LogisticRegression

    weights, intercepts = heads.weights.copy(), heads.intercepts.copy()
    converged, effort = np.array(heads.converged), np.array(heads.effort)
    # Features of mean variance 1, and the penalty on weights for them: the same model, which the solver finds sooner.
    scale = float(np.sqrt(labelled.spectrum.mean())) or 1.0
    for lane in lanes:
        X, y = labelled.features[labelled.rows[lane]].astype(np.float64) / scale, labelled.answers[lane]
        seen = np.unique(y)  # two at least: what knows one class has converged
        binary = seen.size == 2  # one vector of weights stands for the difference of two, which halves their penalty
        model = LogisticRegression(
            C=(2.0 if binary else 1.0) * scale**2 / penalty, tol=_SLOPE, max_iter=_MOST_ITERATIONS, solver="newton-cg"
        )
        with warnings.catch_warnings(record=True) as heard, one_blas_thread():
            warnings.simplefilter("always")
            model.fit(X, y)
        W, b = model.coef_ / scale, model.intercept_
        if binary:
            W, b = np.vstack([-W, W]) / 2.0, np.concatenate([-b, b]) / 2.0
        weights[lane], intercepts[lane] = 0.0, -np.inf
        weights[lane, seen, : W.shape[1]], intercepts[lane, seen] = W, b
        converged[lane] = not (did_not_converge(heard) or any("Line Search failed" in str(w.message) for w in heard))
        effort[lane] += model.n_iter_.max()
    return replace(heads, weights=weights, intercepts=intercepts, converged=converged, effort=effort)


class RidgeLearner:
    """Least squares on class indicators with an L2 penalty on all but the intercept.

    Args:
        l2: penalty on features of mean variance 1; larger shrinks more. Far below 1, gains of active learning near
            as many labels as features are an artefact of interpolation.
    """

    def __init__(self, l2: float) -> None:
        self.l2 = l2

    def fit(self, labelled: Labelled, warm: Fitted | None, streams: Streams = ()) -> LinearHeads:
        """Solve each lane's normal equations in double precision; nothing is taken from the round before."""
        solved = np.stack([self._solve(labelled, lane) for lane in range(labelled.rows.shape[0])])
        lanes = solved.shape[0]
        weights, intercepts = solved[:, :, :-1].astype(np.float32), solved[:, :, -1].astype(np.float32)
        return LinearHeads(weights, intercepts, np.ones(lanes, np.bool_), np.ones(lanes))

    def _solve(self, labelled: Labelled, lane: int) -> Floats:
        items = labelled.features[labelled.rows[lane]]
        X = np.column_stack([items, np.ones(items.shape[0])])
        penalty = np.full(X.shape[1], self.l2)
        penalty[-1] = 0.0
        indicators = np.asarray(labelled.answers[lane][:, None] == np.arange(labelled.classes), dtype=np.float64)
        try:
            solution: Floats = np.linalg.solve(X.T @ X + np.diag(penalty), X.T @ indicators)
        except np.linalg.LinAlgError as error:
            raise DivergedError(
                f"learner ridge, l2: found {self.l2:g}; allowed: a penalty that leaves the features' products apart in "
                "double precision"
            ) from error
        return solution.T


def clipped_shares(scores: Features) -> Features:
    """Read least-squares scores (lanes, C, m) as class shares: clipped to (0, 1], then scaled to sum to one.

    The regression on an indicator estimates the class's probability but may leave [0, 1]
    (Hastie, Tibshirani & Friedman 2009, The Elements of Statistical Learning, section 4.2).
    """
    np.clip(scores, 1e-6, 1.0, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores
