"""Costs worked by hand: half a dollar a label, 1,000 a day, two days of turnaround, one of retraining, $70 a week."""

import numpy as np
import pytest

from planner.decision.pilot.design import design_pilot
from planner.decision.pilot.preposterior import Preposterior, lost_labels, pilot_costs
from planner.plan import parse_plan

NAMES = ["random", "margin", "entropy"]
NEEDS = {
    "random": np.array([10_000.0, 1_500.0, np.inf]),
    "margin": np.array([5_000.0, 1_000.0, 6_000.0]),
    "entropy": np.array([20_000.0, 1_500.0, np.inf]),
}
INITIAL = np.array([500.0])


def decided(choice, truth=(0, 1, 2)):
    choice = np.array(choice)
    nothing = np.zeros(choice.shape)
    return Preposterior(0, 0.0, np.array(truth), choice, nothing, nothing, np.ones(len(choice)), 3)


def test_random_labels_are_all_of_use_to_random_and_in_part_to_a_strategy(plan):
    design = design_pilot(plan, "random", sizes=[400, 2_000])
    lost = lost_labels(design, NAMES, NEEDS, initial=INITIAL, kept=1.0)
    np.testing.assert_allclose(lost[0], 0)  # within the initial set every label is one of the plan's own
    # Random needs 1,500 in the second future. Margin needs half of random's labels in the first, so that 2,000 random
    # ones stand for 1,000 of its own; 2/3, but no more than its 1,000, in the second; only the 500 where random fails.
    np.testing.assert_allclose(lost[1, :, 0], [0, 500, 0])
    np.testing.assert_allclose(lost[1, :, 1], [1_000, 1_000, 1_500])
    np.testing.assert_allclose(lost[1, :, 2], [0, 500, 0])


def test_a_paired_pilot_loses_the_arm_that_is_not_chosen(plan):
    design = design_pilot(plan, "paired", strategies=["margin"], sizes=[2_000])
    lost = lost_labels(design, NAMES[:2], NEEDS, initial=INITIAL, kept=1.0)  # 3,500 labels bought
    np.testing.assert_allclose(lost[0, :, 0], [1_500, 2_000, 1_500])
    np.testing.assert_allclose(lost[0, :, 1], [1_500, 2_500, 1_500])


def test_labels_that_are_not_kept_are_lost(plan):
    design = design_pilot(plan, "random", sizes=[400])
    np.testing.assert_allclose(lost_labels(design, NAMES, NEEDS, initial=INITIAL, kept=0.25), 300)


def test_the_bill_of_a_random_pilot_by_hand(plan):
    design = design_pilot(plan, "random", sizes=[2_000])
    lost = lost_labels(design, NAMES, NEEDS, initial=INITIAL, kept=1.0)
    cost = pilot_costs(plan, plan.medians(), design, lost, decided([[0, 1, 1]]), vendor=0, random=0)
    gone = (0 + 1_000 + 1_500) / 3
    assert cost.labels_usd[0] == pytest.approx(0.5 * gone)
    assert cost.hours_usd[0] == pytest.approx(8 * 50)
    assert cost.days[0] == pytest.approx(2 + 1 + gone / 1_000)
    assert cost.delay_usd[0] == pytest.approx((3 + gone / 1_000) / 7 * 70)
    assert cost.total_usd[0] == pytest.approx(0.5 * gone + 400 + 10 * (3 + gone / 1_000))


def test_a_prototype_is_lost_only_where_random_labelling_is_chosen(plan):
    design = design_pilot(plan, "paired", strategies=["margin"], sizes=[2_000, 4_000])
    lost = lost_labels(design, NAMES[:2], NEEDS, initial=INITIAL, kept=1.0)
    choices = decided([[0, 0, 1], [1, 1, 1]])
    cost = pilot_costs(plan, plan.medians(), design, lost, choices, vendor=0, random=0)
    np.testing.assert_allclose(cost.hours_usd, [400 + 2 / 3 * 0.25 * 60 * 50, 400])
    told = plan.replace({"pilot.prototype_hours": 6, "pilot.hours": 4})
    cost = pilot_costs(told, told.medians(), design, lost, choices, vendor=0, random=0)
    np.testing.assert_allclose(cost.hours_usd, [200 + 2 / 3 * 300, 200])


def test_an_item_costs_its_votes_fees_and_checks_but_no_set_up(plan):
    dear = plan.replace(
        {
            "vendors.0.votes_per_item": 3,
            "vendors.0.platform_fee_usd_per_item": 0.08,
            "vendors.0.set_up_usd": 900,
            "vendors.0.review_share": 0.1,
            "vendors.0.review_price_usd": 2,
        }
    )
    design = design_pilot(dear, "random", sizes=[400])
    lost = lost_labels(design, NAMES, NEEDS, initial=INITIAL, kept=0.0)
    cost = pilot_costs(dear, dear.medians(), design, lost, decided([[0, 1, 1]]), vendor=0, random=0)
    assert cost.labels_usd[0] == pytest.approx(400 * (3 * 0.5 + 0.08 + 0.1 * 2))


def test_delay_by_decay_loses_a_share_of_the_value(plan):
    linear = "cost_of_delay_usd_per_week = 70"
    decaying = parse_plan(
        plan.to_toml().replace(linear, 'delay = "decay"\nvalue_usd = 1_000\nvalue_lost_per_week = 0.1')
    )
    design = design_pilot(decaying, "random", sizes=[400])
    lost = lost_labels(design, NAMES, NEEDS, initial=INITIAL, kept=1.0)
    cost = pilot_costs(decaying, decaying.medians(), design, lost, decided([[0, 0, 0]]), vendor=0, random=0)
    assert cost.delay_usd[0] == pytest.approx(1_000 * (1 - 0.9 ** (3 / 7)))
