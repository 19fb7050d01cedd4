"""The learners known by name; making one imports what it needs, listing them imports nothing heavy."""

from collections.abc import Mapping

from simulations.learners.learner import Learner, LearnerEntry
from simulations.learners.recipes import boosting, estimator, forest, linear, ridge
from simulations.trajectory import Part

_ENTRIES = (
    LearnerEntry(
        name="linear",
        family="linear",
        paper="Cox 1958, The regression analysis of binary sequences; softmax form: Bishop 2006, section 4.3",
        needs="nothing",
        summary="Softmax regression with an L2 penalty, warm-started from the round before.",
        defaults={"l2": 1.0, "tune": ""},
        make=linear,
    ),
    LearnerEntry(
        name="ridge",
        family="linear",
        paper="Hoerl & Kennard 1970, Ridge regression",
        needs="nothing",
        summary="Ridge regression on one-hot answers: a fast preview, with other curves than `linear`.",
        defaults={"l2": 1.0, "tune": ""},
        make=ridge,
    ),
    LearnerEntry(
        name="forest",
        family="trees",
        paper="Breiman 2001, Random forests",
        needs="nothing",
        summary="Random forest of scikit-learn; shares of the trees' leaves are its probabilities.",
        defaults={"trees": 100, "min_leaf": 1, "max_features": 0.0, "tune": ""},
        make=forest,
        axes="columns",
    ),
    LearnerEntry(
        name="boosting",
        family="trees",
        paper="Friedman 2001, Greedy function approximation; histograms: Ke et al. 2017, LightGBM",
        needs="nothing",
        summary="Gradient-boosted trees of scikit-learn, with leaves small enough for small labelled sets.",
        defaults={"iterations": 50, "learning_rate": 0.1, "leaves": 31, "min_leaf": 5, "l2": 1.0, "tune": ""},
        make=boosting,
        axes="columns",
    ),
    LearnerEntry(
        name="estimator",
        family="any",
        paper="Pedregosa et al. 2011, Scikit-learn: machine learning in Python",
        needs="nothing",
        summary="Any classifier of scikit-learn by its full name, with its parameters.",
        defaults={"of": "", "parameters": "", "tune": ""},
        make=estimator,
        axes="columns",
    ),
)

LEARNERS: Mapping[str, LearnerEntry] = {entry.name: entry for entry in _ENTRIES}


def make_learner(part: Part) -> Learner:
    """Make a learner from its registered name and complete settings.

    Raises:
        SimulationInputError: a setting is out of range.
    """
    return LEARNERS[part.name].make(**part.options)
