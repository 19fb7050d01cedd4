"""The cost of each point of a curve: the bill of the whole plan that would end there, ranges at their median.

Notation: P points of one line.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.costs import QuoteCosts, price_plan
from planner.costs.given_labels import MEDIAN_DIGITS
from planner.decision.labels_required import LabelEquivalence, label_equivalence
from planner.decision.load_curves import with_measured_seconds
from planner.decision.verdict import PlanOutcome
from planner.plan import Plan, paths
from planner.plan.tables import PASSIVE
from simulations.arrays import Floats

TOTAL_USD = "total_usd"


def priced_points(
    points: pd.DataFrame,
    plan: Plan,
    plans: Mapping[str, PlanOutcome],
    *,
    clean: bool,
    simulated: pd.DataFrame | None = None,
    schedule: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Price every point of some curves as the whole plan that would end there.

    Each strategy pays its own bill, with the vendor that the verdict gives it (random's, where it is not in the plan):
    test labels, engineering, rounds and compute included, lateness left out.

    Args:
        points: columns `strategy` and `labels`, which the curve asks for.
        plan: the plan file.
        plans: the verdict's outcomes, which name vendors and batch sizes.
        clean: whether the curves ask for clean labels, so that wrong ones have to be made up for by more.
        simulated: the curve table of the plan's store, where noise may have been measured.
        schedule: initial labels and batch size in place of the plan's, for curves that were measured with others.

    Returns:
        The same rows with `TOTAL_USD`.
    """
    plan, _ = with_measured_seconds(plan, simulated)
    worth = label_equivalence(plan, simulated, clean=clean)
    parts = []
    for name, line in points.groupby("strategy", sort=False):
        labels = line["labels"].to_numpy(dtype=float)
        parts.append(line.assign(**{TOTAL_USD: _price(plan, str(name), labels, plans, worth, schedule)}))
    return pd.concat(parts) if parts else points.assign(**{TOTAL_USD: pd.Series(dtype=float)})


def _price(
    plan: Plan,
    name: str,
    labels: Floats,
    plans: Mapping[str, PlanOutcome],
    worth: LabelEquivalence,
    schedule: tuple[float, float] | None,
) -> Floats:
    outcome = plans.get(name, plans["random"])
    vendor = [quote.name for quote in plan.vendors].index(outcome.vendor)
    values = plan.medians(digits=MEDIAN_DIGITS)
    if schedule is not None:
        first, batch = (np.array([size]) for size in schedule)
        values = {**values, paths.INITIAL_LABELS: first, paths.BATCH_SIZE: batch}
    elif outcome.batch_size is not None:
        values = {**values, paths.BATCH_SIZE: np.array([outcome.batch_size])}
    bought = np.ceil(labels / worth.of(name, QuoteCosts.of(plan, values, vendor)))
    bill = price_plan(plan, values, vendor, bought, active=name not in PASSIVE)
    total: Floats = np.broadcast_to(bill.total_usd, labels.shape)
    return total
