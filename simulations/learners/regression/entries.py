"""The regressors known by name; making one imports scikit-learn, listing them imports nothing heavy."""

from collections.abc import Callable, Mapping
from typing import Any

from simulations.learners.learner import LearnerEntry
from simulations.learners.regression.recipes import (
    forest_regression,
    gaussian_process,
    regressor,
    ridge_regression,
)
from simulations.trajectory import Scalar


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
