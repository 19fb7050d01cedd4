"""Regressors of scikit-learn as learners, with members whose differences stand for their uncertainty.

Notation
    n, m     labelled items, items asked about
    d, M     features, members of a model
    X, y     (n, d) features and (n,) standardised answers of the labelled items
"""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from simulations.arrays import Features, Floats, Ints
from simulations.errors import InputError
from simulations.learners.estimators import Listener, clone_with_seed, did_not_converge
from simulations.learners.learner import DivergedError, LearnerEntry, check_setting
from simulations.learners.recipes import make_estimator, read_estimator
from simulations.strategies.view import Values
from simulations.tasks.task import Chances, TaskData, TaskModel
from simulations.threads import one_blas_thread
from simulations.trajectory import philox

Ask = Callable[[Features], Floats]
"""Features (m, d) to predictions, (m,), or to what each member says, (M, m)."""

Spread = Callable[[Any, Features, Floats, np.random.Generator], Ask]
"""A trained estimator, its X and y, and a generator, to its members."""


_AT_A_BOUND = "is close to the specified"
"""Part of what scikit-learn says of an optimum at the edge of what is allowed."""


def bootstrap_members(members: int, refit: Callable[[Any, np.random.Generator], Any]) -> Spread:
    """Train M members each on its own resample of the labels (bagging: Breiman 1996).

    `refit` gives of a trained estimator and a generator an unfitted one with the same settings.
    """

    def spread(model: Any, X: Features, y: Floats, rng: np.random.Generator) -> Ask:
        trained = []
        for _ in range(members):
            drawn = rng.integers(y.size, size=y.size)
            trained.append(refit(model, rng).fit(X[drawn], y[drawn]))
        return lambda features: np.stack([member.predict(features) for member in trained])

    return spread


def tree_members(model: Any, X: Features, y: Floats, rng: np.random.Generator) -> Ask:
    """Take the trees of a forest, each of which saw a resample of its own (Breiman 2001)."""
    # Trees read single precision; to convert once here is to convert once for all of them.
    return lambda features: np.stack([tree.predict(np.ascontiguousarray(features)) for tree in model.estimators_])


def posterior_members(model: Any, X: Features, y: Floats, rng: np.random.Generator) -> Ask:
    """Take two members, one deviation of the posterior to either side of its mean, free of the noise of an answer.

    The variance between them is that of the posterior exactly, which draws from it would only give in the long run.
    """
    # The kernel is a sum with a `WhiteKernel` as its second part, whose level is the variance of the noise.
    noise = float(model.kernel_.k2.noise_level)

    def ask(features: Features) -> Floats:
        mean, deviation = model.predict(features, return_std=True)
        sure = np.sqrt(np.maximum(deviation**2 - noise, 0.0))
        return np.stack([mean - sure, mean + sure])

    return ask


@dataclass(frozen=True)
class RegressionModel:
    """See `simulations.tasks.task.TaskModel`; it serves `values`.

    It was trained in the unit of the labelled answers, so that penalties and tolerances mean the same in any.

    Args:
        mean: of the labelled answers.
        deviation: of the labelled answers, above 0.
        predict: features (m, d) to predictions in that unit, (m,).
        predict_members: features (m, d) to what each member says in that unit, (M, m).
    """

    data: TaskData
    mean: float
    deviation: float
    predict: Ask
    predict_members: Ask
    converged: bool

    def evaluate(self, rows: Ints) -> Mapping[str, float]:
        """Score the model on held-out items (m,): `r2`, 0 where it does no better than their mean.

        Raises:
            InputError: their answers are all alike, so that there is nothing to explain.
        """
        truth = answers_of(self.data, rows)
        if np.ptp(truth) == 0:
            raise InputError(
                f"held-out answers: all {truth.size} are {truth[0]:g}, so that r2 is not defined; hold more items out"
            )
        return {"r2": clipped_r2(truth, self.mean + self.deviation * self.predict(self.data.features[rows]))}

    def values(self, rows: Ints) -> Values:
        """Predict for items (m,): one lane, in the unit of the data set."""
        X = self.data.features[rows]
        predicted, members = (self.mean + self.deviation * ask(X)[None] for ask in (self.predict, self.predict_members))
        # Known answers are empty: the loop, which knows what is labelled, fills them in.
        return Values(predicted, members, np.empty((1, 0)))


def answers_of(data: TaskData, rows: Ints) -> Floats:
    """Read the answers to items (n,) as numbers, (n,)."""
    return np.array([data.answers[row] for row in rows], dtype=np.float64)


def clipped_r2(truth: Floats, predicted: Floats) -> float:
    """Share of the variance of truth (m,), not all alike, explained: 1 − Σ(y − ŷ)² / Σ(y − ȳ)², never below 0.

    Examples:
        >>> clipped_r2(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 2.0]))
        0.5
    """
    return max(0.0, float(1.0 - ((truth - predicted) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()))


class RegressorLearner:
    """A regressor of scikit-learn, whose members `spread` gives once it is trained; messages call it by its name.

    The estimator is cloned, never fitted itself. Its `random_state` is drawn for each training and it runs one job.
    """

    backend = "scikit-learn"

    def __init__(self, name: str, estimator: Any, spread: Spread) -> None:
        self.estimator, self.spread = estimator, spread
        self._listener = Listener(name)

    def fit(self, data: TaskData, rows: Ints, warm: TaskModel | None, chances: Chances) -> RegressionModel:
        """Train on the labelled items; nothing is taken from the round before.

        Raises:
            InputError: scikit-learn refuses what it is given.
            DivergedError: training got out of hand.
        """
        answers = answers_of(data, rows)
        # Drawn whether they are needed or not, so that no draw depends on who asks for members.
        own, theirs = chances.order.integers(2**63, size=2)
        if np.ptp(answers) == 0:
            # The number itself: a mean of many copies would be a rounding away from it. Two members say the same.
            nothing, twice = (lambda X: np.zeros(len(X))), (lambda X: np.zeros((2, len(X))))
            return RegressionModel(data, float(answers[0]), 1.0, nothing, twice, True)
        mean, deviation = float(answers.mean()), float(answers.std())
        X, y = data.features[rows], (answers - mean) / deviation
        model = clone_with_seed(self.estimator, philox(own))
        with self._quietly(f"training on {rows.size} labels") as heard:
            model.fit(X, y)

        @cache
        def trained_members() -> Ask:
            with self._quietly(f"training members on {rows.size} labels"):
                return self.spread(model, X, y, philox(theirs))

        def predict(items: Features) -> Floats:
            with self._quietly(f"predicting {len(items)} items"):
                return check_predictions(model.predict(items), (len(items),))

        def predict_members(items: Features) -> Floats:
            ask = trained_members()
            with self._quietly(f"predicting {len(items)} items by every member"):
                predictions = ask(items)
                return check_predictions(predictions, (len(predictions), len(items)))

        # An optimum at the edge of what is allowed is an optimum.
        early = did_not_converge([warning for warning in heard if _AT_A_BOUND not in str(warning.message)])
        return RegressionModel(data, mean, deviation, predict, predict_members, not early)

    @contextmanager
    def _quietly(self, doing: str) -> Iterator[list[warnings.WarningMessage]]:
        with one_blas_thread(), self._listener.listening(doing) as heard:
            yield heard


def check_predictions(predictions: Any, shape: tuple[int, ...]) -> Floats:
    """Give predictions back as numbers of this shape.

    Raises:
        ValueError: they are of another, which a listener makes a sentence of.
        DivergedError: one is not finite, so that the trajectory ends.
    """
    numbers = np.asarray(predictions, dtype=np.float64)
    if numbers.shape != shape:
        raise ValueError(f"it gives predictions of the shape {numbers.shape}; one number an item is needed")
    if not np.isfinite(numbers).all():
        raise DivergedError("a prediction is not finite")
    return numbers


PENALTIES = tuple(float(10.0**power) for power in np.arange(-3.0, 4.01, 0.5))
"""Ridge penalties tried, for features and answers of deviation 1."""


def ridge_regression(members: int) -> RegressorLearner:
    """Ridge regression whose penalty is the one of least leave-one-out error among the labels."""
    from sklearn.linear_model import Ridge, RidgeCV

    # Members keep the penalty, as tuning it on copies of one item would take them for answers that agree.
    resampled = bootstrap_members(_members("ridge_regression", members), lambda model, rng: Ridge(alpha=model.alpha_))
    return RegressorLearner("ridge_regression", RidgeCV(alphas=PENALTIES), resampled)


def forest_regression(trees: int, min_leaf: int, max_features: float) -> RegressorLearner:
    """A random forest, whose trees are its members."""
    from sklearn.ensemble import RandomForestRegressor

    name = "forest_regression"
    options = {"n_estimators": _members(name, trees, "trees"), "min_samples_leaf": min_leaf}
    estimator = make_estimator(name, RandomForestRegressor, options | {"max_features": max_features})
    return RegressorLearner(name, estimator, tree_members)


def gaussian_process(smoothness: float) -> RegressorLearner:
    """A Gaussian process, its scale, length and noise chosen by marginal likelihood in every round."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    check_setting("gaussian_process", "smoothness", smoothness, smoothness in (0.5, 1.5, 2.5), "0.5, 1.5, 2.5")
    # In deviations of features and answers; a length of 3 is that of about ten features.
    shape = ConstantKernel(1.0, (1e-2, 1e3)) * Matern(3.0, (0.1, 1e3), nu=smoothness)
    kernel = shape + WhiteKernel(0.1, (1e-5, 2.0))
    return RegressorLearner("gaussian_process", GaussianProcessRegressor(kernel), posterior_members)


def regressor(of: str, parameters: str, members: int) -> RegressorLearner:
    """Any regressor of scikit-learn; `of` and `parameters` as in `read_estimator`, members on resamples of the labels.

    Raises:
        InputError: the regressor or a parameter is not known, or a value is not allowed.
    """
    from sklearn.base import is_regressor

    kind, _, fixed = read_estimator("regressor", of, parameters)
    if not is_regressor(kind()):
        raise InputError(f"learner regressor, of: {of} is no regressor; allowed: one, such as 'sklearn.svm.SVR'")
    # Messages about its fits name the class, since one grid may ask for several.
    name = f"regressor ({kind.__name__})"
    estimator = make_estimator(name, kind, fixed)
    resampled = bootstrap_members(_members("regressor", members), lambda _, rng: clone_with_seed(estimator, rng))
    return RegressorLearner(name, estimator, resampled)


def _members(learner: str, members: int, setting: str = "members") -> int:
    check_setting(learner, setting, members, 2 <= members <= 1000, "2 to 1000, whose differences count")
    return members


_entry = partial(
    LearnerEntry,
    axes="columns",
    # All of them have members, so that every strategy of regression goes with every learner.
    serves=lambda settings: frozenset({"values"}),
    task="regression",
)

REGRESSORS = (
    _entry(
        "ridge_regression",
        "linear",
        "Hoerl & Kennard 1970, Ridge regression; penalty: Golub, Heath & Wahba 1979, Generalized cross-validation",
        "Numbers by ridge regression, its penalty chosen inside the labelled set; members by bootstrap.",
        {"members": 10},
        ridge_regression,
    ),
    _entry(
        "forest_regression",
        "trees",
        "Breiman 2001, Random forests",
        "Numbers by a random forest of scikit-learn, whose trees are its members.",
        {"trees": 100, "min_leaf": 1, "max_features": 1.0},
        forest_regression,
    ),
    _entry(
        "gaussian_process",
        "kernel",
        "Rasmussen & Williams 2006, Gaussian processes for machine learning",
        "Numbers by a Gaussian process tuned in every round; sure of some thousand labels, and slow beyond.",
        {"smoothness": 2.5},
        gaussian_process,
    ),
    _entry(
        "regressor",
        "any",
        "Pedregosa et al. 2011, Scikit-learn: machine learning in Python",
        "Any regressor of scikit-learn by its full name, with its parameters; members by bootstrap.",
        {"of": "", "parameters": "", "members": 10},
        regressor,
    ),
)
