"""Models trained on the labelled set, many lanes at once."""

from simulations.learners.learner import Fitted, Labelled, Learner, LearnerEntry, WithEmbeddings, WithMembers
from simulations.learners.registry import LEARNERS, make_learner

__all__ = [
    "LEARNERS",
    "Fitted",
    "Labelled",
    "Learner",
    "LearnerEntry",
    "WithEmbeddings",
    "WithMembers",
    "make_learner",
]
