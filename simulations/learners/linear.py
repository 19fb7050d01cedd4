"""Linear classifiers of many lanes: softmax regression with an L2 penalty, and ridge regression on one-hot answers.

Per lane softmax regression minimises  sum_i [log sum_c exp(z_ic) - z_i,y_i] + (l2 / 2) ||W||²,  z = W x + b,
intercepts b unpenalised: scikit-learn's `LogisticRegression` with C = 1 / l2. With two classes the penalty is doubled,
since softmax spreads over two weight vectors what binary logistic regression puts into one.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from typing import cast

import numpy as np

from simulations import jit
from simulations.arrays import Features, Floats
from simulations.errors import InputError, unknown_name
from simulations.jit import BACKEND_VARIABLE
from simulations.learners.heads import LinearHeads
from simulations.learners.learner import Fitted, Labelled, Streams

BACKENDS = ("numba", "numpy", "torch")
"""The first that is installed is used; torch, for a GPU, only where `LABELPLAN_BACKEND` asks for it, since the bits of
its products depend on how many lanes are computed together."""


Fit = Callable[[Labelled, float, LinearHeads | None], LinearHeads]


class LinearLearner:
    """L2-penalised softmax regression, each lane from where the round before ended.

    Args:
        l2: penalty on features of mean variance 1; larger shrinks more and trusts few labels less.
    """

    def __init__(self, l2: float) -> None:
        self.l2 = l2
        if os.environ.get(BACKEND_VARIABLE):
            backend()  # what was asked for and cannot be had is told now

    @property
    def backend(self) -> str:
        """What computes: see `BACKENDS`."""
        return backend()

    def fit(self, labelled: Labelled, warm: Fitted | None, streams: Streams = ()) -> Fitted:
        """Fit every lane; one that single precision cannot finish is fitted again in double precision.

        Its `converged` then tells of the second fit.
        """
        penalty = self.l2 * (2.0 if labelled.classes == 2 else 1.0)
        heads = _fit_of(self.backend)(labelled, penalty, cast(LinearHeads | None, warm))
        finite = np.isfinite(heads.weights).all(axis=(1, 2)) & ~np.isnan(heads.intercepts).any(axis=1)
        failed = np.flatnonzero(~(heads.converged & finite))
        return _refitted(heads, labelled, penalty, failed.tolist()) if failed.size else heads


def backend() -> str:
    """Name the back end in use.

    Raises:
        InputError: the one asked for is not known or not installed.
    """
    asked = os.environ.get(BACKEND_VARIABLE, "")
    if not asked:
        return next(name for name in BACKENDS if _installed(name))
    if asked not in BACKENDS:
        raise unknown_name("back end", asked, BACKENDS, where=BACKEND_VARIABLE)
    if not _installed(asked):
        raise InputError(f"{BACKEND_VARIABLE}: '{asked}' is not installed; pip install {asked}")
    return asked


def _installed(name: str) -> bool:
    return jit.installed() if name == "numba" else find_spec(name) is not None


def _fit_of(name: str) -> Fit:
    if name == "numba":
        from simulations.learners.compiled import fit_compiled

        return fit_compiled
    from simulations.learners.lockstep import fit_numpy, fit_torch

    return fit_torch if name == "torch" else fit_numpy


def _refitted(heads: LinearHeads, labelled: Labelled, penalty: float, lanes: list[int]) -> LinearHeads:
    """Fit some lanes again, from zero and in double precision."""
    from simulations.learners.lockstep import fit_numpy

    again = fit_numpy(labelled.take(lanes), penalty, None)
    weights, intercepts = heads.weights.copy(), heads.intercepts.copy()
    weights[lanes] = 0.0
    weights[lanes, :, : again.weights.shape[2]] = again.weights
    intercepts[lanes] = again.intercepts
    converged, effort = np.array(heads.converged), np.array(heads.effort)
    converged[lanes] = again.converged
    effort[lanes] += again.effort
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
        return LinearHeads(weights, intercepts, np.ones(lanes, np.bool_), np.ones(lanes), clipped_shares)

    def _solve(self, labelled: Labelled, lane: int) -> Floats:
        items = labelled.features[labelled.rows[lane]]
        X = np.column_stack([items, np.ones(items.shape[0])])
        penalty = np.full(X.shape[1], self.l2)
        penalty[-1] = 0.0
        indicators = np.asarray(labelled.answers[lane][:, None] == np.arange(labelled.classes), dtype=np.float64)
        solution: Floats = np.linalg.solve(X.T @ X + np.diag(penalty), X.T @ indicators)
        return solution.T


def clipped_shares(scores: Features) -> Features:
    """Read least-squares scores (lanes, C, m) as class shares: clipped to (0, 1], then scaled to sum to one.

    The regression on an indicator estimates the class's probability but may leave [0, 1]
    (Hastie, Tibshirani & Friedman 2009, The Elements of Statistical Learning, section 4.2).
    """
    np.clip(scores, 1e-6, 1.0, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores
