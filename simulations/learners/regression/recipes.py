"""Regressors from the settings of a grid file, checked before anything runs."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from simulations.errors import InputError
from simulations.learners.estimators import seeded
from simulations.learners.learner import LearnerEntry
from simulations.learners.recipes import estimator_class, known_and_fixed, unfitted
from simulations.learners.regression import estimators
from simulations.learners.regression.estimators import RegressorLearner
from simulations.trajectory import Scalar

MOST_MEMBERS = 1000

PENALTIES = tuple(float(10.0**power) for power in np.arange(-3.0, 4.01, 0.5))
"""Ridge penalties tried, for features and answers of deviation 1."""

SMOOTHNESS = (0.5, 1.5, 2.5)


def ridge_regression(members: int) -> RegressorLearner:
    """Ridge regression whose penalty is the one of least leave-one-out error among the labels.

    Raises:
        InputError: a setting is out of range.
    """
    from sklearn.linear_model import Ridge, RidgeCV

    # Members keep the penalty, as tuning it on copies of one item would take them for answers that agree.
    resampled = estimators.bootstrap(
        _members("ridge_regression", members), lambda model, rng: Ridge(alpha=model.alpha_)
    )
    return RegressorLearner("ridge_regression", RidgeCV(alphas=PENALTIES), resampled)


def forest_regression(trees: int, min_leaf: int, max_features: float) -> RegressorLearner:
    """A random forest, whose trees are its members.

    Raises:
        InputError: a setting is out of range.
    """
    from sklearn.ensemble import RandomForestRegressor

    name = "forest_regression"
    options = {"n_estimators": _members(name, trees, "trees"), "min_samples_leaf": min_leaf}
    estimator = unfitted(name, RandomForestRegressor, options | {"max_features": max_features})
    return RegressorLearner(name, estimator, estimators.trees)


def gaussian_process(smoothness: float) -> RegressorLearner:
    """A Gaussian process, its scale, length and noise chosen by marginal likelihood in every round.

    Raises:
        InputError: the smoothness is not one of `SMOOTHNESS`.
    """
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    if isinstance(smoothness, bool) or smoothness not in SMOOTHNESS:
        allowed = ", ".join(map(str, SMOOTHNESS))
        raise InputError(f"learner gaussian_process, smoothness: found {smoothness}; allowed: {allowed}")
    # In deviations of features and answers; a length of 3 is that of about ten features.
    shape = ConstantKernel(1.0, (1e-2, 1e3)) * Matern(3.0, (0.1, 1e3), nu=smoothness)
    kernel = shape + WhiteKernel(0.1, (1e-5, 2.0))
    return RegressorLearner("gaussian_process", GaussianProcessRegressor(kernel), estimators.posterior)


def regressor(of: str, parameters: str, members: int) -> RegressorLearner:
    """Any regressor of scikit-learn.

    Args:
        of: its full name, such as `sklearn.svm.SVR`.
        parameters: those that differ from scikit-learn's defaults, `C=10, kernel=rbf`.
        members: resamples of the labels that members are trained on.

    Raises:
        InputError: the regressor or a parameter is not known, or a value is not allowed.
    """
    kind = estimator_class(of, learner="regressor", what="regressor", such_as="svm.SVR")
    _, fixed = known_and_fixed("regressor", of, kind, parameters)
    _check_regressor(of, kind)
    # Messages about its fits name the class, since one grid may ask for several.
    name = f"regressor ({kind.__name__})"
    estimator = unfitted(name, kind, fixed)
    resampled = estimators.bootstrap(_members("regressor", members), lambda _, rng: seeded(estimator, rng))
    return RegressorLearner(name, estimator, resampled)


def _check_regressor(of: str, kind: Any) -> None:
    from sklearn.base import is_regressor

    if not is_regressor(kind()):
        raise InputError(f"learner regressor, of: {of} is no regressor; allowed: one, such as 'sklearn.svm.SVR'")


def _members(learner: str, members: Any, setting: str = "members") -> int:
    if isinstance(members, bool) or not isinstance(members, int) or not 2 <= members <= MOST_MEMBERS:
        raise InputError(
            f"learner {learner}, {setting}: found {members}; allowed: 2 to {MOST_MEMBERS}, whose differences count"
        )
    return members


def _entry(
    name: str, family: str, paper: str, summary: str, defaults: Mapping[str, Scalar], make: Callable[..., Any]
) -> LearnerEntry:
    return LearnerEntry(
        name=name,
        family=family,
        paper=paper,
        needs="nothing",
        summary=summary,
        defaults=defaults,
        make=make,
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
