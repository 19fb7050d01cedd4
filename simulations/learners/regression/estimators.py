"""Regressors of scikit-learn as learners: one model at a time, trained from scratch in every round.

Notation: n labelled items, d features, M members; X (n, d) and y (n,) as in `simulations.learners.regression.spread`.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np

from simulations.arrays import Features, FloatArray, IntArray
from simulations.learners.estimators import Listener, did_not_converge
from simulations.learners.learner import DivergedError
from simulations.learners.regression.model import Constant, RegressionModel, Unit, answers_of
from simulations.learners.regression.spread import Ask, Spread
from simulations.tasks.task import Chances, TaskData, TaskModel

_AT_A_BOUND = "is close to the specified"


class RegressorLearner:
    """A regressor of scikit-learn.

    Args:
        name: what messages call it.
        estimator: an unfitted regressor; it is cloned, never fitted itself. Its `random_state` is drawn for each
            training and it runs one job.
        spread: gives the members of a trained one.
    """

    def __init__(self, name: str, estimator: Any, spread: Spread) -> None:
        from threadpoolctl import ThreadpoolController

        self.name = name
        self.estimator = estimator
        self.spread = spread
        self._threads = ThreadpoolController()
        self._listener = Listener(name)

    @property
    def backend(self) -> str:
        """What computes it."""
        return "scikit-learn"

    def fit(self, data: TaskData, rows: IntArray, warm: TaskModel | None, chances: Chances) -> RegressionModel:
        """Train on the labelled items; nothing is taken from the round before.

        Raises:
            InputError: scikit-learn refuses what it is given.
            DivergedError: training got out of hand.
        """
        answers = answers_of(data, rows)
        # Drawn whether they are needed or not, so that no draw depends on who asks for members.
        own, theirs = chances.order.integers(2**63, size=2)
        unit = Unit.of(answers)
        if np.ptp(answers) == 0:
            return RegressionModel(data, unit, Constant(), True)
        X, y = data.features[rows], unit.standardised(answers)
        model = seeded(self.estimator, _generator(own))
        with self._quietly(f"training on {rows.size} labels") as heard:
            model.fit(X, y)

        def members() -> Ask:
            with self._quietly(f"training members on {rows.size} labels"):
                return self.spread(model, X, y, _generator(theirs))

        trained = TrainedEstimator(model, members, self._quietly)
        return RegressionModel(data, unit, trained, not ended_early(heard))

    @contextmanager
    def _quietly(self, doing: str) -> Iterator[list[warnings.WarningMessage]]:
        # Sums over several threads end in another order each time, so bits are kept by using one.
        with self._threads.limit(limits=1), self._listener.listening(doing) as heard:
            yield heard


class TrainedEstimator:
    """A trained regressor; see `Trained`.

    Args:
        model: the estimator.
        members: makes its members, once somebody asks for them.
        quietly: what to predict under, told what is being done.
    """

    def __init__(self, model: Any, members: Callable[[], Ask], quietly: Callable[[str], Any]) -> None:
        self._model = model
        self._make_members = members
        self._quietly = quietly

    @cached_property
    def _ask(self) -> Ask:
        return self._make_members()

    def predicted(self, X: Features) -> FloatArray:
        """Predict for items (m, d): (m,)."""
        with self._quietly(f"predicting {len(X)} items"):
            return checked(self._model.predict(X), (len(X),))

    def members(self, X: Features) -> FloatArray:
        """Predict for items (m, d) by each member: (M, m)."""
        ask = self._ask
        with self._quietly(f"predicting {len(X)} items by every member"):
            said = np.asarray(ask(X), dtype=np.float64)
            return checked(said, (len(said), len(X)))


def checked(said: Any, shape: tuple[int, ...]) -> FloatArray:
    """Give predictions back as numbers of this shape.

    Raises:
        ValueError: they are of another, which a listener makes a sentence of.
        DivergedError: one is not finite, so that the trajectory ends.
    """
    numbers = np.asarray(said, dtype=np.float64)
    if numbers.shape != shape:
        raise ValueError(f"it gives predictions of the shape {numbers.shape}; one number an item is needed")
    if not np.isfinite(numbers).all():
        raise DivergedError("a prediction is not finite")
    return numbers


def seeded(estimator: Any, rng: np.random.Generator) -> Any:
    """Clone an estimator for one job, its `random_state` drawn."""
    from sklearn.base import clone

    model = clone(estimator)
    parameters = model.get_params(deep=False)
    # None is one job too, and the only value that all of them take.
    if parameters.get("n_jobs") is not None:
        model.set_params(n_jobs=None)
    if "random_state" in parameters:
        model.set_params(random_state=int(rng.integers(2**31)))
    return model


def ended_early(heard: Sequence[warnings.WarningMessage]) -> bool:
    """Tell whether training ended before its stopping rule; an optimum at the edge of what is allowed is one."""
    return did_not_converge([warning for warning in heard if _AT_A_BOUND not in str(warning.message)])


def _generator(seed: np.int64) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(int(seed)))
