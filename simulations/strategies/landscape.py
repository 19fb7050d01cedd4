"""A trained model as a function of the place: how each class scores at any point, and which way its score rises.

Notation
    m, d, C  points, features, classes
"""

from collections.abc import Callable
from dataclasses import dataclass

from simulations.arrays import RealArray


@dataclass(frozen=True)
class Landscape:
    """What one lane's model says anywhere in the space of the features, not of items alone.

    Attributes:
        scores: points (m, d) to class scores (m, C), before they become probabilities; -inf for a class never seen.
        slopes: points (m, d) to the gradients of the scores by the point, (m, C, d); 0 for a class never seen.
        linear: whether the slopes are the same everywhere.
    """

    scores: Callable[[RealArray], RealArray]
    slopes: Callable[[RealArray], RealArray]
    linear: bool = False
