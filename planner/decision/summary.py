"""A verdict's figures for each option (labels, cost, days, value, worked bill), and the cost of each point of a curve.

The page of curves shows no more than this. Which price would turn the verdict, and what each input swings, are asked on
top of it (`planner.decision.decide_plan`), and take many times as long.

Notation: G label counts.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.costs import MEDIAN_DIGITS, Bill, QuoteCosts, bills_at_counts, price_plan, with_delay
from planner.decision.case import Case
from planner.decision.comparison import Priced, random_first
from planner.decision.load_curves import with_measured_seconds
from planner.decision.state import Interval
from planner.decision.verdict import PlanOutcome, Summary
from planner.plan import PASSIVE, Plan, paths
from planner.transfer.advantage import advantages
from simulations.arrays import Bools, Floats

CURVE_POINTS = 60
SAVINGS_POINTS = 12

TOTAL_USD = "total_usd"


def outcomes(case: Case) -> dict[str, PlanOutcome]:
    """Summarise every plan over all draws."""
    return {
        name: PlanOutcome(
            name=name,
            vendor=case.plan.vendors[priced.vendor].name,
            labels=_labels_bought(case, name, priced),
            total_usd=Interval.of(priced.bill.total_usd),
            lines_usd={line: float(np.mean(usd)) for line, usd in priced.bill.lines.items()},
            days=Interval.of(priced.bill.days),
            value=_interval_from_below(case.in_hand[name], case.in_hand[name] > 0),
            rounds=Interval.of(priced.bill.rounds),
            batch_size=priced.batch_size,
            p_unreachable=float((~priced.reached).mean()),
            by_rule=name in case.stopped,
            clean_labels_per_label=float(
                np.median(case.worth.of(name, QuoteCosts.of(case.plan, case.values, priced.vendor), priced.bill.labels))
            ),
        )
        for name, priced in case.plans.items()
    }


def _labels_bought(case: Case, name: str, priced: Priced) -> Interval:
    labels, reached = priced.bill.labels, priced.reached
    if name in case.stopped:  # a rule buys a number of labels, be they enough or not
        return Interval.of(labels)
    return Interval.of(labels, reached=reached) if case.spent is None else _interval_from_below(labels, reached)


def _interval_from_below(draws: Floats, bought: Bools) -> Interval:
    """Summarise what a budget buys: where it does not pay for the smallest plan, that is less than any number."""
    turned = Interval.of(-draws, reached=bought)
    return Interval(*(None if end is None else -end for end in (turned.q90, turned.q50, turned.q10)))


def worked(case: Case) -> dict[str, Bill]:
    """Give each plan's bill at its usual labels; none for a plan that rarely reaches the target."""
    found: dict[str, Bill] = {}
    for name in random_first(case.plans):
        priced, plan = case.plans[name], case.plan
        usual = _labels_bought(case, name, priced).q50
        if usual is None:
            continue
        if priced.batch_size is not None:
            plan = plan.replace({paths.BATCH_SIZE: priced.batch_size})
        bill = bills_at_counts(plan, {name: round(usual)}, {name: priced.vendor})[name]
        if "random" in found:  # delay counts from random labelling with its own batches
            bill = with_delay(plan, bill, found["random"].days, plan.medians(digits=MEDIAN_DIGITS))
        found[name] = bill
    return {name: found[name] for name in case.plans if name in found}


def summarise_case(case: Case, plan_toml: str) -> Summary:
    """Summarise what a case says of its curves and plans."""
    plan, curves = case.plan, case.curves
    first, left = plan.strategy.initial_labels.median, max(plan.task.items_to_label, 1.0)
    # From a tenth of the initial set to the whole pool; savings from the initial set on, where there is none yet.
    shown = np.geomspace(max(2.0, first / 10), plan.task.pool_size.median, CURVE_POINTS)
    compared = np.geomspace(min(first, left), left, SAVINGS_POINTS)
    return Summary(
        plans=outcomes(case),
        advantages=advantages(curves, np.unique(np.rint(compared)), _comparison_level(case), most_labels=left),
        curves=curves.summary(np.unique(np.rint(shown))),
        evidence=curves.evidence,
        task_name=plan.task.name,
        metric=plan.task.metric,
        target=case.target,
        budget_usd=plan.task.budget_usd.median if plan.task.budget_usd is not None else None,
        currency=plan.task.currency,
        plan_toml=plan_toml,
    )


def _comparison_level(case: Case) -> float:
    """Give the value at which labels are compared: the target, or what active learning usually has at the budget."""
    if case.target is not None:
        return case.target
    name = case.chosen.al_plan
    bought = case.in_hand[name][np.broadcast_to(case.plans[name].reached, case.n_draws)]
    if not bought.size:  # the budget pays for no plan: there is only what the first labels reach
        bought = case.curves.value_of(name, case.values[paths.INITIAL_LABELS])
    return float(np.median(bought))


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

    Points have columns `strategy` and `labels`, which the curve asks for; if those are `clean`, wrong ones have to be
    made up for by more. A schedule, initial labels and batch size, takes the place of the plan's for curves that were
    measured with it. The rows come back with `TOTAL_USD`.
    """
    plan, _ = with_measured_seconds(plan, simulated)
    vendors = [quote.name for quote in plan.vendors]
    parts = []
    for name, line in points.groupby("strategy", sort=False):
        outcome = plans.get(str(name), plans["random"])
        values, vendor = plan.medians(digits=MEDIAN_DIGITS), vendors.index(outcome.vendor)
        if schedule is not None:
            first, batch = (np.array([size]) for size in schedule)
            values = {**values, paths.INITIAL_LABELS: first, paths.BATCH_SIZE: batch}
        elif outcome.batch_size is not None:
            values = {**values, paths.BATCH_SIZE: np.array([outcome.batch_size])}
        labels = line["labels"].to_numpy(dtype=float)
        bought = np.ceil(labels / outcome.clean_labels_per_label) if clean else labels
        bill = price_plan(plan, values, vendor, bought, active=name not in PASSIVE)
        parts.append(line.assign(**{TOTAL_USD: np.broadcast_to(bill.total_usd, labels.shape)}))
    return pd.concat(parts) if parts else points.assign(**{TOTAL_USD: pd.Series(dtype=float)})
