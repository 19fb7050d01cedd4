"""How a plan's labels fall into orders and rounds.

Notation:
    n   labels bought          b   batch size
    n0  initial labels         R   acquisition rounds after the initial set
R rounds mean R+1 orders, R+1 trainings and R scorings of the pool.
"""

import numpy as np

from planner.arrays import Floats
from planner.costs.terms import Factor, Line, Term


def rounds(n: Floats, n0: Floats, b: Floats) -> Floats:
    """Count acquisition rounds: R = ⌈(n − n0)/b⌉; the last may be short, and fewer labels than n0 take none."""
    return np.maximum(0.0, np.ceil((n - n0) / b))


def round_up_to_batches(need: Floats, n0: Floats, b: Floats) -> Floats:
    """Give the labels bought to have at least `need`: the initial set and whole batches."""
    return n0 + np.maximum(0.0, np.ceil((need - n0) / b)) * b


def items_trained(n: Floats, n0: Floats, b: Floats) -> Line:
    """Sum the labelled set over the R+1 trainings: Σ_{r<R}(n0 + r·b) + n."""
    r = rounds(n, n0, b)
    return Line(
        (
            Term((Factor(r, "rounds"), Factor(n0, "initial labels"))),
            Term((Factor(b, "a batch"), Factor(r * (r - 1) / 2, "batches before each round, added up"))),
            Term((Factor(n, "in the last training"),)),
        )
    )


def items_scored(n: Floats, n0: Floats, b: Floats, pool: Floats) -> Line:
    """Sum the unlabelled pool over the R scorings: Σ_{r<R}(pool − n0 − r·b); `pool` excludes the test items."""
    r = rounds(n, n0, b)
    return Line(
        (
            Term((Factor(r, "rounds"), Factor(pool - n0, "items of the pool, without test and initial ones"))),
            Term((Factor(-b, "a batch"), Factor(r * (r - 1) / 2, "batches before each round, added up"))),
        )
    )
