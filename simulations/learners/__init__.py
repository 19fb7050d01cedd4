"""Models trained on the labelled set, many lanes at once."""

from simulations.learners.learner import Fitted, Labelled, Learner, LearnerEntry, WithEmbeddings, WithMembers
from simulations.learners.recipes import estimator_entry
from simulations.learners.registry import LEARNERS, make_learner

__all__ = [
    "LEARNERS",
    "Fitted",
    "Labelled",
    "Learner",
    "LearnerEntry",
    "WithEmbeddings",
    "WithMembers",
    "estimator_entry",
    "make_learner",
]
