"""What a verdict shows of each plan, against the draws it is from."""

import numpy as np
import pytest

from planner.decision.summary import outcomes, worked
from tests.planner.decision.hand_made import SIMPLE
from tests.planner.decision.on_curves import BUDGET, on_curves, spread_on_curves

NEVER = np.inf


def test_labels_cost_and_value_of_each_plan_by_hand():
    shown = outcomes(on_curves([2_000, 4_000, 8_000], [950, 1_850, 3_950]))
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
    assert shown.total_usd.q90 == 10_000
    some = outcomes(on_curves([2_000, 3_000, 4_000, 5_000, NEVER], [950] * 5))["random"]
    assert some.labels.q50 == pytest.approx(4_000, abs=1)
    assert some.labels.q90 is None
    # What it has in hand is a number in each of them.
    assert some.value.q10 is not None


def test_what_a_budget_does_not_pay_for_is_less_than_every_number():
    case = spread_on_curves(200, BUDGET, edit=[("one_off_hours = 20", 'one_off_hours = "10 to 100"')])
    shown, bought = outcomes(case)["margin"], case.plans["margin"].reached
    assert shown.p_unreachable == pytest.approx(1 - bought.mean())
    labels = np.sort(np.where(bought, case.plans["margin"].bill.labels, -np.inf))
    assert shown.labels.q10 is None
    assert shown.labels.q50 in labels[95:106]
    assert shown.labels.q90 in labels[175:186]


def test_the_worked_bill_is_at_the_usual_labels_and_at_the_batch_that_was_found():
    case = on_curves([2_000, 4_000, 8_000], [950, 1_850, 3_950], edit=[("batch_size = 100\n", "")])
    found = worked(case)
    assert found["margin"].labels == outcomes(case)["margin"].labels.q50
    assert found["margin"].rounds == outcomes(case)["margin"].rounds.q50
    assert found["random"].total_usd == pytest.approx(4_000, abs=1)
    assert "random" not in worked(on_curves([NEVER, NEVER], [500, 600]))


def test_watched_random_labelling_is_worked_out_at_its_own_batches_from_which_delay_counts():
    watched = [
        ("batch_size = 100\n", "monitor_random = true\n"),
        ("per_week = 0", "per_week = 700"),
        ("retrain_days = 0", "retrain_days = 1"),
    ]
    case = on_curves([2_000, 4_000, 8_000], [950, 1_850, 3_950], edit=watched)
    found, shown = worked(case), outcomes(case)
    for name in ("random", "margin"):
        assert found[name].rounds == shown[name].rounds.q50
        assert found[name].days == pytest.approx(shown[name].days.q50)
    late = max(float(found["margin"].days[0] - found["random"].days[0]), 0.0)
    assert found["margin"].lines["delay_usd"][0] == pytest.approx(100 * late)
