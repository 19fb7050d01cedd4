import numpy as np
import pandas as pd
import pytest

from planner.costs import compare_costs
from planner.decision.state import Interval
from planner.decision.summary import TOTAL_USD, priced_points
from planner.decision.verdict import PlanOutcome
from planner.plan import parse_plan

PLAN = parse_plan(
    '[task]\npool_size = 50000\n[strategy]\nnames = ["margin"]\ninitial_labels = 500\nbatch_size = 500\n'
    '[[vendors]]\nname = "One"\nprice_usd = 0.5\n[[vendors]]\nname = "Two"\nprice_usd = 0.1\n'
)
NOTHING = Interval(None, None, None)


def outcome(name, vendor, batch_size=None):
    return PlanOutcome(name, NOTHING, NOTHING, {}, NOTHING, NOTHING, NOTHING, batch_size, vendor, 0.0)


PLANS = {"random": outcome("random", "One"), "margin": outcome("margin", "Two")}


def points(*pairs):
    return pd.DataFrame(pairs, columns=["strategy", "labels"])


def test_a_point_costs_what_labelplan_cost_says_with_the_verdicts_vendor():
    found = priced_points(points(("random", 4_000), ("margin", 4_000)), PLAN, PLANS, clean=False)
    bills = compare_costs(PLAN, {"random": 4_000, "margin": 4_000}, {"random": 0, "margin": 1}).bills
    for name, usd in zip(found["strategy"], found[TOTAL_USD], strict=True):
        late = float(np.ravel(bills[name].lines.get("delay_usd", 0.0))[0])
        assert usd == pytest.approx(float(bills[name].total_usd[0]) - late)


def test_more_labels_never_cost_less():
    rows = points(*(("margin", n) for n in range(100, 9_000, 130)))
    assert priced_points(rows, PLAN, PLANS, clean=True)[TOTAL_USD].is_monotonic_increasing


def test_wrong_labels_are_made_up_for_where_the_curve_asks_for_clean_ones():
    noisy = PLAN.replace({"vendors.0.delivered_error_rate": "0.1"})
    clean, delivered = (
        float(priced_points(points(("random", 4_000)), noisy, PLANS, clean=asked)[TOTAL_USD].iloc[0])
        for asked in (True, False)
    )
    assert clean > delivered


def test_measured_curves_pay_for_their_own_rounds():
    rows = points(("margin", 1_000))
    few, many = (
        float(priced_points(rows, PLAN, PLANS, clean=False, schedule=schedule)[TOTAL_USD].iloc[0])
        for schedule in ((500.0, 500.0), (20.0, 20.0))
    )
    assert many > few


def test_a_strategy_that_is_not_planned_takes_randoms_vendor():
    rows = points(("badge", 4_000), ("margin", 4_000))
    badge, margin = priced_points(rows, PLAN, PLANS, clean=False)[TOTAL_USD]
    assert badge > margin  # 0.5 a label in place of 0.1


def test_no_points_are_no_prices():
    assert priced_points(points(), PLAN, PLANS, clean=False).empty
