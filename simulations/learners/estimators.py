"""Any scikit-learn classifier as a learner: one estimator per lane, trained from scratch in every round.

Slow beside the lockstep learners, yet the same contract: lanes never share an estimator, a generator or a thread, so a
lane gives the same bits whichever lanes run beside it.
"""

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

from simulations.arrays import Bools, Features, Floats, Ints
from simulations.errors import InputError, one_line
from simulations.learners.learner import DivergedError, Fitted, Labelled, Streams
from simulations.threads import one_blas_thread

_NOT_FINITE = re.compile("overflow|infinity|NaN")
"""What scikit-learn says of numbers that got out of hand: the features are finite, so it was in training."""


class EstimatorLearner:
    """One scikit-learn classifier per lane.

    Probabilities are those of `predict_proba`; a classifier that has none is read through the softmax of its
    `decision_function` (two classes: the logistic function of it), which ranks items as the classifier does without
    being calibrated.

    The estimator, with the interface of scikit-learn, is cloned, never fitted itself. Its `random_state` is drawn from
    the lane's generator and it runs one job. Messages call it by its name.

    Raises:
        InputError: it is no classifier, or gives neither probabilities nor scores.
    """

    def __init__(self, name: str, estimator: Any) -> None:
        from sklearn.base import is_classifier

        if isinstance(estimator, type) or not hasattr(estimator, "get_params") or not is_classifier(estimator):
            raise InputError(f"learner {name}: {estimator!r} is no scikit-learn classifier; allowed: one that is")
        if not (hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function")):
            raise InputError(
                f"learner {name}: {type(estimator).__name__} gives classes alone; "
                "allowed: a classifier with predict_proba or decision_function"
            )
        self.name = name
        self.estimator = estimator
        self._listener = Listener(name)

    def fit(self, labelled: Labelled, warm: Fitted | None, streams: Streams) -> "FittedEstimators":
        """Train a clone for every lane; nothing is taken from the round before."""
        with one_blas_thread():
            lanes = tuple(self._fit_lane(labelled, lane, streams) for lane in range(labelled.rows.shape[0]))
        return FittedEstimators(lanes, labelled.classes, self._listener)

    def _fit_lane(self, labelled: Labelled, lane: int, streams: Streams) -> "_Lane":
        began = perf_counter()
        # Classes are renumbered without gaps, which some estimators insist on.
        seen, y = np.unique(labelled.answers[lane], return_inverse=True)
        if seen.size == 1:
            return _Lane(None, seen, True, perf_counter() - began)
        model = clone_with_seed(self.estimator, streams[lane])
        with self._listener.listening(f"training on {y.size} labels of {seen.size} classes") as heard:
            model.fit(labelled.features[labelled.rows[lane]], y)
        return _Lane(model, seen, not did_not_converge(heard), perf_counter() - began)


@dataclass(frozen=True)
class _Lane:
    """One lane's estimator; None where all its labels are of one class."""

    model: Any
    seen: Ints
    converged: bool
    seconds: float


@dataclass(frozen=True)
class FittedEstimators:
    """The trained estimators of all lanes; see `Fitted`."""

    lanes: tuple[_Lane, ...]
    classes: int
    listener: "Listener"

    @property
    def converged(self) -> Bools:
        """Shape (L,): False where scikit-learn warned that training ended early."""
        return np.array([lane.converged for lane in self.lanes], dtype=np.bool_)

    @property
    def effort(self) -> Floats:
        """Shape (L,): seconds of training."""
        return np.array([lane.seconds for lane in self.lanes])

    def take(self, lanes: Sequence[int]) -> "FittedEstimators":
        """The estimators of some lanes, in the order named."""
        return replace(self, lanes=tuple(self.lanes[lane] for lane in lanes))

    def probabilities(self, lanes: Sequence[int], features: Features) -> Features:
        """Score items (m, d): class-major (lanes, C, m); a class without a label has probability 0.

        Raises:
            DivergedError: an estimator gives an item no probability at all, or one that is not finite.
        """
        result = np.zeros((len(lanes), self.classes, features.shape[0]), dtype=np.float32)
        with one_blas_thread():
            for row, lane in enumerate(lanes):
                result[row, self.lanes[lane].seen] = self._shares(self.lanes[lane], features).T
        return result

    def _shares(self, lane: _Lane, features: Features) -> Floats:
        """Probabilities of the classes seen, (m, seen)."""
        from scipy.special import softmax

        if lane.model is None:
            return np.ones((features.shape[0], 1))
        with self.listener.listening(f"scoring {features.shape[0]} items"):
            if hasattr(lane.model, "predict_proba"):
                shares = np.asarray(lane.model.predict_proba(features), dtype=np.float64)
            else:
                scores = np.asarray(lane.model.decision_function(features), dtype=np.float64)
                scores = np.column_stack([np.zeros_like(scores), scores]) if scores.ndim == 1 else scores
                shares = np.asarray(softmax(scores, axis=1), dtype=np.float64)
            total = shares.sum(axis=1, keepdims=True)
            if shares.shape[1] != lane.seen.size:
                raise ValueError(f"it gives {shares.shape[1]} scores an item, {lane.seen.size} classes need one each")
            if not (np.isfinite(total).all() and (total > 0).all() and (shares >= 0).all()):
                raise DivergedError("an item got no probabilities, or some that are negative or not finite")
        return np.asarray(shares / total, dtype=np.float64)


class Listener:
    """Turns what scikit-learn raises into one sentence, and passes its warnings on once each."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._passed_on: set[str] = set()

    @contextmanager
    def listening(self, doing: str) -> Iterator[list[warnings.WarningMessage]]:
        """Give the list that warnings are put into while something is done; `doing` says what, for messages."""
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            try:
                yield heard
            except (ValueError, TypeError) as error:
                diverged = isinstance(error, DivergedError) or _NOT_FINITE.search(str(error))
                kind = DivergedError if diverged else InputError
                raise kind(f"learner {self.name}, {doing}: {one_line(error)}") from error
        for warning in heard:
            text = f"learner {self.name}, {doing}: {one_line(warning.message)}"
            # What ended early is recorded with the curve and needs no line of its own.
            if not did_not_converge([warning]) and str(warning.message) not in self._passed_on:
                self._passed_on.add(str(warning.message))
                warnings.warn(text, warning.category, stacklevel=4)


def clone_with_seed(estimator: Any, rng: np.random.Generator) -> Any:
    """Clone an estimator for one job, its `random_state` drawn, and that of every estimator inside it."""
    from sklearn.base import clone

    model = clone(estimator)
    for name, value in sorted(model.get_params(deep=True).items()):
        kind = name.rpartition("__")[2]
        # None is one job too, and the only value that all of them take.
        if kind == "n_jobs" and value is not None:
            model.set_params(**{name: None})
        elif kind == "random_state":
            model.set_params(**{name: int(rng.integers(2**31))})
    return model


def did_not_converge(heard: Sequence[warnings.WarningMessage]) -> bool:
    """Tell whether scikit-learn warned that training ended early."""
    from sklearn.exceptions import ConvergenceWarning

    return any(issubclass(warning.category, ConvergenceWarning) for warning in heard)
