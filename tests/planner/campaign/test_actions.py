"""By hand: value 0.5 at 100 random labels and 0.1 more each octave, so 0.9 at 1,600; margin needs half as many."""

from dataclasses import replace

import numpy as np
import pytest

from planner.campaign.actions import ActionPrices


def price(plan, forecast, standing, target):
    log, left_usd = standing
    return ActionPrices(plan, forecast, log, target, left_usd, 0)


def test_going_on_and_switching_start_from_the_value_in_hand(plan_of, straight, outlook_of, standing):
    # 200 margin labels are worth 400 random ones: 0.7. Margin still needs 800 - 200, random 1,600 - 400.
    actions = price(plan_of(), outlook_of(straight()), standing(), 0.8995).actions()
    assert list(actions) == ["margin", "random"]
    assert actions["margin"].more.tolist() == [600]
    assert actions["random"].more.tolist() == [1200]
    assert all(action.reached.all() for action in actions.values())
    assert actions["margin"].gain == pytest.approx([0.2], abs=0.002)


def test_what_is_left_to_pay_is_worked_by_hand(plan_of, straight, outlook_of, standing):
    actions = price(plan_of(), outlook_of(straight()), standing(), 0.8995).actions()
    active, random = actions["margin"], actions["random"]
    # 600 labels at $2 and 6 rounds of an hour at $50; nothing for test labels and what is built
    assert {k: float(v[0]) for k, v in active.lines.items() if v.any()} == {"labels_usd": 1200, "operation_usd": 300}
    assert {k: float(v[0]) for k, v in random.lines.items() if v.any()} == {"labels_usd": 2400}
    # 6 orders of a day, 6 days of labelling 100 each, 6 trainings of half a day
    assert active.days == pytest.approx([15])
    # 8 orders to half of the pool's 2,000 items and one of the rest; 12 days of labelling, 9 trainings of half a day
    assert random.days == pytest.approx([9 + 12 + 4.5])


def test_who_has_not_built_it_yet_pays_and_waits_for_that(plan_of, straight, outlook_of, standing):
    # 200 random labels: 0.6, which margin has at 100; to 0.9 it needs 700 more of its own kind
    actions = price(plan_of(), outlook_of(straight()), standing("random", active=False), 0.8995).actions()
    assert list(actions) == ["random", "margin"]
    assert actions["random"].more.tolist() == [1400]
    assert actions["margin"].more.tolist() == [700]
    assert actions["margin"].lines["engineering_usd"].tolist() == [1000]
    assert actions["margin"].days == pytest.approx([7 * 2.5 + 7])
    built = price(plan_of(), outlook_of(straight()), standing("random", active=True), 0.8995).actions()
    assert built["margin"].lines["engineering_usd"].tolist() == [0]
    assert built["margin"].days == pytest.approx([7 * 2.5])


def test_delay_counts_from_going_on_at_random(plan_of, straight, outlook_of, standing):
    # margin that saves nothing needs as many rounds as random and a week to build: a week late
    plan = plan_of(delay=700)
    actions = price(plan, outlook_of(straight(factor=(1.0,)), plan), standing("random", active=False), 0.8995).actions()
    assert actions["margin"].more.tolist() == actions["random"].more.tolist() == [1400]
    assert actions["margin"].lines["delay_usd"] == pytest.approx([700])
    assert actions["random"].lines["delay_usd"].tolist() == [0]


def test_nothing_is_needed_where_the_target_is_reached(plan_of, straight, outlook_of, standing):
    actions = price(plan_of(), outlook_of(straight()), standing(labels=900.0), 0.9).actions()
    for action in actions.values():
        assert action.more.tolist() == action.usd.tolist() == action.days.tolist() == [0]
        assert action.reached.all()


def test_out_of_reach_all_there_is_is_bought_and_the_failure_paid(plan_of, straight, outlook_of, standing):
    plan = plan_of(task="failure_usd = 5_000")
    actions = price(plan, outlook_of(straight(per_octave=(0.01,)), plan), standing(), 0.9).actions()
    for action in actions.values():
        assert action.more.tolist() == [1800]  # the pool of 2,500 less 500 test labels and 200 in hand
        assert not action.reached.any()
        assert action.lines["failure_usd"].tolist() == [5_000]


def test_with_the_whole_pool_labelled_every_way_gets_there(plan_of, straight, outlook_of, standing):
    # margin that needs ten times as many would need 16,000; random needs 1,600 of the 2,000
    actions = price(plan_of(), outlook_of(straight(factor=(0.1,))), standing(labels=1_000.0), 0.8995).actions()
    assert actions["margin"].more.tolist() == [1000]
    assert actions["margin"].reached.all() and actions["random"].reached.all()


def test_what_is_left_of_the_budget_bounds_what_can_be_bought(plan_of, straight, outlook_of, standing):
    # 100 margin labels are $250 a round, so $1,000 buy 400; of random labels 500
    there = standing(left_usd=np.array([1_000.0]))
    actions = price(plan_of(), outlook_of(straight()), there, 0.8995).actions()
    assert actions["margin"].more.tolist() == [400]
    assert actions["random"].more.tolist() == [500]
    assert not actions["margin"].reached.any()
    assert actions["margin"].usd.tolist() == [1_000]


def test_the_next_round(plan_of, straight, outlook_of, standing):
    labels, usd, gain = price(plan_of(), outlook_of(straight()), standing(), 0.9).one_round()
    assert (labels.tolist(), usd.tolist()) == ([100], [250])
    assert gain == pytest.approx([0.1 * np.log2(1.5)], abs=0.002)
    labels, usd, gain = price(plan_of(), outlook_of(straight()), standing(labels=2_000.0), 0.99).one_round()
    assert not labels.any() and not usd.any() and not gain.any()


def test_a_curve_without_the_value_in_hand_has_no_way(plan_of, straight, outlook_of, standing):
    # margin at a hundredfold is at 0.99 with 200 labels, where random ends too: no way on for random to 1
    actions = price(plan_of(), outlook_of(straight(factor=(300.0,))), standing(labels=150.0), 0.995).actions()
    assert not actions["random"].reached.any()
    assert actions["random"].gain.tolist() == [0] and np.isfinite(actions["random"].usd).all()


def test_with_the_pool_all_labelled_either_all_ways_get_there_or_none(plan_of, straight, outlook_of, standing):
    # Margin stands at 0.7 with 200 labels, random would at 400; margin then gains 0.07 an octave and random 0.1. With
    # the pool of 2,000 both have 0.933: 0.934 lies 1,625 labels of random's beyond 0.7, yet not in the pool.
    curves = straight()
    margin = 0.7 + 0.0702 * (curves.log_labels[1] - np.log(200.0)) / np.log(2.0)
    curves = replace(curves, best=np.stack([curves.best[0], np.clip(margin, 0.0, 0.99)]))
    beyond, within = (price(plan_of(), outlook_of(curves), standing(), target).actions() for target in (0.934, 0.932))
    assert not any(action.reached.any() for action in beyond.values())
    assert [action.more.tolist() for action in beyond.values()] == [[1_800], [1_800]]
    assert all(action.reached.all() for action in within.values())
