"""The learners known by name; making one imports what it needs, listing them imports nothing heavy."""

from collections.abc import Mapping

from simulations.errors import SimulationInputError
from simulations.learners.learner import Learner, LearnerEntry
from simulations.learners.linear import LinearLearner
from simulations.learners.ridge import RidgeLearner
from simulations.trajectory import Part

_ENTRIES = (
    LearnerEntry(
        name="linear",
        family="linear",
        paper="Cox 1958, The regression analysis of binary sequences; softmax form: Bishop 2006, section 4.3",
        needs="nothing",
        summary="Softmax regression with an L2 penalty, warm-started from the round before.",
        defaults={"l2": 1.0},
        make=LinearLearner,
    ),
    LearnerEntry(
        name="ridge",
        family="linear",
        paper="Hoerl & Kennard 1970, Ridge regression",
        needs="nothing",
        summary="Ridge regression on one-hot answers: a fast preview, with other curves than `linear`.",
        defaults={"l2": 1.0},
        make=RidgeLearner,
    ),
)

LEARNERS: Mapping[str, LearnerEntry] = {entry.name: entry for entry in _ENTRIES}


def make_learner(part: Part) -> Learner:
    """Make a learner from its registered name and complete settings.

    Raises:
        SimulationInputError: the penalty is not positive.
    """
    l2 = part.options["l2"]
    if not l2 > 0:
        raise SimulationInputError(f"learner {part.name}, l2: found {l2}; allowed: a positive number")
    return LEARNERS[part.name].make(**part.options)
