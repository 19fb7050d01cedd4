"""The value of information: what it is worth to know more before choosing a plan, and which pilot pays.

Everything here is computed on plain arrays, net benefit of each plan in each joint draw, however plans are priced.
"""

from planner.decision.information.information import Information, Learnt, value_of_information
from planner.decision.information.losses import Losses, expected_losses
from planner.decision.information.size import BestSize, best_size

__all__ = [
    "BestSize",
    "Information",
    "Learnt",
    "Losses",
    "best_size",
    "expected_losses",
    "value_of_information",
]
