"""Whether a fast linear learner is as good as scikit-learn's: the gates that tests and benchmarks hold it to.

Each gate trains a learner beside `research.quality.reference.ReferenceLearner` on identical labelled sets and
returns its numbers with `passed` and a sentence. No gate looks at single picks or probabilities, which differ between
any two solvers; trajectories are compared by their areas.
"""

from research.quality.agreement import AccuracyDifference, ObjectiveGap, accuracy_difference, objective_gap
from research.quality.area import CurveArea, curve_area
from research.quality.cases import Case, standard_cases
from research.quality.hard import HardCases, hard_cases

__all__ = [
    "AccuracyDifference",
    "Case",
    "CurveArea",
    "HardCases",
    "ObjectiveGap",
    "accuracy_difference",
    "curve_area",
    "hard_cases",
    "objective_gap",
    "standard_cases",
]
