"""What building and running active learning takes in people.

Notation:
    P   projects that share the one-off work        r   discount rate a year
    t_j years until the j-th of them starts, j ÷ projects a year, from 0
"""

import numpy as np

from planner.arrays import Floats
from planner.costs.terms import Factor, Line, Term, money, needed
from planner.plan import Draws, paths


def engineering_line(values: Draws) -> Line:
    """Price (one-off hours ÷ projects sharing + hours per project) × hourly rate."""
    rate = money(values[paths.HOURLY_RATE_USD], "an hour")
    one_off = Term(
        (
            Factor(values[paths.ONE_OFF_HOURS], "hours, one-off"),
            *needed((Factor(worth_of_sharing(values), "projects sharing them", divides=True),)),
            rate,
        )
    )
    if not values[paths.HOURS_PER_PROJECT].any():
        return Line((one_off,))
    return Line((one_off, Term((Factor(values[paths.HOURS_PER_PROJECT], "hours, this project"), rate))))


def worth_of_sharing(values: Draws) -> Floats:
    """Give what the one-off work is divided by: Σ_j (1 + r)^(−t_j), which is P without discounting.

    The charge to each project is such that all charges, discounted to the day of the work, pay for it (an annuity).
    """
    projects, rate = values[paths.PROJECTS_SHARING], values[paths.DISCOUNT_RATE]
    if not rate.any():
        return projects
    # A geometric series of P steps, in the form that keeps its digits where a step changes next to nothing.
    step = np.log1p(rate) / values[paths.PROJECTS_PER_YEAR]
    with np.errstate(invalid="ignore"):
        series = np.expm1(-projects * step) / np.expm1(-step)
    return np.where(step > 0, series, projects)


def operation_line(values: Draws, r: Floats) -> Line:
    """Price the hours that each round takes: R × hours per round × hourly rate."""
    return Line.of(
        Factor(r, "rounds"),
        Factor(values[paths.HOURS_PER_ROUND], "hours a round"),
        money(values[paths.HOURLY_RATE_USD], "an hour"),
    )
