"""What a verdict shows of each plan and of each point of a curve, against the draws it is from."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from planner.costs import compare_costs
from planner.decision import Summary, Verdict, decide_plan
from planner.decision.state import Interval
from planner.decision.summary import TOTAL_USD, outcomes, priced_points, summarise_case, worked
from planner.decision.verdict import PlanOutcome
from planner.plan import parse_plan
from tests.planner.decision.hand_made import SIMPLE
from tests.planner.decision.on_curves import BUDGET, on_curves, spread_on_curves
from tests.planner.decision.test_decide_plan import decided, spread

NEVER = np.inf


def test_labels_cost_and_value_of_each_plan_by_hand():
    shown = outcomes(on_curves([1_950, 3_950, 7_950], [950, 1_850, 3_950]))
    random, margin = shown["random"], shown["margin"]
    assert (random.labels.q10, random.labels.q50, random.labels.q90) == pytest.approx((2_000, 4_000, 8_000), abs=1)
    assert margin.labels.q50 == 1_900
    assert margin.total_usd.q50 == 1_900 + 1_000
    assert margin.rounds.q50 == 18
    assert (margin.lines_usd["engineering_usd"], margin.p_unreachable) == (1_000, 0)
    assert margin.value.q50 == pytest.approx(0.9 + 0.01 * np.log2(1_900 / 1_850), abs=1e-3)


@pytest.mark.parametrize("text", [SIMPLE, BUDGET])
def test_mean_lines_sum_to_the_mean_total(text):
    case = spread_on_curves(100, text)
    for name, one in outcomes(case).items():
        assert sum(one.lines_usd.values()) == pytest.approx(case.plans[name].mean_usd)


def test_draws_that_never_reach_sort_above_every_number_and_are_priced():
    shown = outcomes(on_curves([2_000, 3_000, NEVER, NEVER, NEVER], [950] * 5))["random"]
    assert (shown.labels.q10, shown.labels.q50, shown.labels.q90) == (None, None, None)
    assert shown.p_unreachable == pytest.approx(0.6)
    # The whole pool in vain, and active learning's 1,000 labels after all.
    assert shown.total_usd.q90 == 12_000
    some = outcomes(on_curves([2_000, 3_000, 4_000, 5_000, NEVER], [950] * 5))["random"]
    assert some.labels.q50 == pytest.approx(4_000, abs=1)
    assert some.labels.q90 is None
    # What it has in hand is a number in each of them.
    assert some.value.q10 is not None


def test_the_worked_bill_is_at_the_usual_labels_and_at_the_batch_that_was_found():
    case = on_curves([1_950, 3_950, 7_950], [950, 1_850, 3_950], edit=[("batch_size = 100\n", "")])
    found = worked(case)
    assert found["margin"].labels == outcomes(case)["margin"].labels.q50
    assert found["margin"].rounds == outcomes(case)["margin"].rounds.q50
    # Batches of 1,000, where none is given.
    assert found["random"].total_usd == pytest.approx(4_100, abs=1)
    assert "random" not in worked(on_curves([NEVER, NEVER], [500, 600]))


def test_watched_random_labelling_is_worked_out_at_its_own_batches_from_which_delay_counts():
    watched = [
        ("batch_size = 100\n", "monitor_random = true\n"),
        ("per_week = 0", "per_week = 700"),
        ("retrain_days = 0", "retrain_days = 1"),
    ]
    case = on_curves([1_950, 3_950, 7_950], [950, 1_850, 3_950], edit=watched)
    found, shown = worked(case), outcomes(case)
    for name in ("random", "margin"):
        assert found[name].rounds == shown[name].rounds.q50
        assert found[name].days == pytest.approx(shown[name].days.q50)
    late = max(float(found["margin"].days[0] - found["random"].days[0]), 0.0)
    assert found["margin"].lines["delay_usd"][0] == pytest.approx(100 * late)


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


def test_wrong_labels_are_made_up_for_where_the_curve_asks_for_clean_ones():
    halves = {"random": replace(PLANS["random"], clean_labels_per_label=0.5)}
    asked, twice = (
        float(priced_points(points(("random", n)), PLAN, halves, clean=clean)[TOTAL_USD].iloc[0])
        for n, clean in ((4_000, True), (8_000, False))
    )
    assert asked == twice


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


@pytest.mark.parametrize("text", ["[task]\ntarget = 0.9\n", "[task]\nbudget_usd = 4000\n"])
def test_it_is_what_the_verdict_holds(monkeypatch, text):
    verdict = decided(monkeypatch, spread(), text)
    case = decide_plan.case_of(parse_plan(text), n_draws=200)
    outlook = summarise_case(case, text)
    assert isinstance(verdict, Verdict) and isinstance(verdict, Summary)
    for name, found in vars(outlook).items():
        held = getattr(verdict, name)
        if isinstance(found, pd.DataFrame):
            pd.testing.assert_frame_equal(found, held)
        elif name == "advantages":
            assert {key: one.to_dict() for key, one in found.items()} == {k: one.to_dict() for k, one in held.items()}
        else:
            assert found == held, name
