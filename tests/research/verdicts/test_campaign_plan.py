"""The plan of a recorded campaign."""

import pytest

from planner.costs import bills_at_counts
from research.verdicts.campaign_plan import campaign_plan
from tests.research.verdicts.made import table

ROWS = table({'a "quoted" name': 2.0}, seeds=1)
HOURS = {"one_off_hours": 3.0, "hours_per_round": 0.5, "hourly_rate_usd": 40.0}


def test_it_tells_the_task_and_the_schedule():
    plan = campaign_plan(ROWS, "margin", 0.1 + 0.2, 0.5, engineering=HOURS, evidence={})
    assert (plan.task.pool_size.median, plan.task.test_labels.median, plan.task.classes.median) == (6_000, 2_000, 5)
    assert plan.task.target.median == 0.1 + 0.2  # to the last digit
    assert plan.strategy.names == ("margin",)
    assert (plan.strategy.initial_labels.median, plan.strategy.batch_size.median) == (20, 20)
    assert plan.evidence.kind == "tabular" and plan.evidence.pilot is None
    # Evidence is written as it was given.
    names = ['a "quoted" name', "back\\slash [length=5]", "Größe"]
    plan = campaign_plan(ROWS, "margin", 0.9, 0.5, engineering=HOURS, evidence={"proxies": names, "learner": "mlp"})
    assert plan.evidence.proxies == tuple(names) and plan.evidence.learner == "mlp"
    assert campaign_plan(ROWS, "margin", 0.9, 0.5, engineering=HOURS, evidence={"pilot": "a.csv"}).evidence.pilot


def test_labels_engineering_and_test_labels_are_all_that_costs():
    plan = campaign_plan(ROWS, "margin", 0.9, 0.5, engineering=HOURS, evidence={})
    bills = bills_at_counts(plan, {"random": 400, "margin": 100}, {})
    assert bills["random"].total_usd[0] == pytest.approx((400 + 2_000) * 0.5)
    # Four rounds after the initial 20 labels.
    assert bills["margin"].total_usd[0] == pytest.approx((100 + 2_000) * 0.5 + (3 + 4 * 0.5) * 40)
