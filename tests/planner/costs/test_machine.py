"""What machines cost: R rounds are R + 1 trainings and R scorings, each worked by hand or added up in a loop."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.planner.costs.quotes import bill, plan_of, usd

VENDOR = {"name": "V", "price_usd": 0.1}
COMPUTE = {
    "train_seconds_per_item": 0.36,
    "epochs": 10,
    "score_seconds_per_item": 0.036,
    "passes": 2,
    "members": 5,
    "machine_usd_per_hour": 3,
}
TRAINED_USD = 0.36 * 10 * 5 / 3_600 * 3  # one item
SCORED_USD = 0.036 * 2 * 5 / 3_600 * 3


def made(n, *, active=True, compute=None, **strategy):
    strategy = {"initial_labels": 100, "batch_size": 200, **strategy}
    task = {"pool_size": 10_000, "test_labels": 500}
    return bill(plan_of(VENDOR, task=task, strategy=strategy, compute={**COMPUTE, **(compute or {})}), n, active=active)


def test_four_rounds_are_five_trainings_and_four_scorings():
    plan = made(750)
    assert plan.rounds[0] == 4
    assert usd(plan, "training_usd") == pytest.approx((100 + 300 + 500 + 700 + 750) * TRAINED_USD)
    assert usd(plan, "scoring_usd") == pytest.approx((9_400 + 9_200 + 9_000 + 8_800) * SCORED_USD)


def test_random_trains_once_or_in_every_round_if_it_is_monitored():
    assert usd(made(750, active=False), "training_usd") == pytest.approx(750 * TRAINED_USD)
    monitored = made(750, active=False, monitor_random=True)
    assert usd(monitored, "training_usd") == usd(made(750), "training_usd")
    assert usd(monitored, "scoring_usd") == 0


@pytest.mark.parametrize("restart", ["scratch", "warm", "fine-tune"])
@pytest.mark.parametrize("n", [1, 60, 100])
def test_a_monitored_plan_below_the_initial_set_is_one_training(n, restart):
    compute = {"warm_epochs_share": 0.25}
    plan = made(n, active=False, monitor_random=True, restart=restart, compute=compute)
    assert plan.rounds[0] == 0
    assert usd(plan, "training_usd") == pytest.approx(n * TRAINED_USD)


def test_the_initial_set_alone_is_trained_on_once_and_scores_nothing():
    assert usd(made(100), "training_usd") == pytest.approx(100 * TRAINED_USD)
    assert usd(made(100), "scoring_usd") == 0


def test_warm_starts_take_their_share_of_the_epochs_after_the_first():
    assert usd(made(500, restart="warm"), "training_usd") == usd(made(500), "training_usd")
    quarter = made(500, restart="warm", compute={"warm_epochs_share": 0.25})
    assert usd(quarter, "training_usd") == pytest.approx((100 + 0.25 * (300 + 500)) * TRAINED_USD)


def test_fine_tuning_takes_each_item_once():
    assert usd(made(750, restart="fine-tune"), "training_usd") == pytest.approx(750 * TRAINED_USD)


def test_a_part_of_the_pool_is_scored_or_each_call_is_paid():
    assert usd(made(750, compute={"pool_share_scored": 0.1}), "scoring_usd") == pytest.approx(36_400 * 0.1 * SCORED_USD)
    called = made(750, compute={"score_usd_per_item": 0.001})
    assert usd(called, "scoring_usd") == pytest.approx(36_400 * 2 * 5 * 0.001)


@settings(deadline=None)
@given(st.integers(100, 9_500), st.integers(1, 3_000))
def test_closed_forms_are_the_sums_over_rounds(n, b):
    rounds = math.ceil((n - 100) / b)
    before = [100 + r * b for r in range(rounds)]
    plan = made(n, batch_size=b)
    assert plan.rounds[0] == rounds
    assert usd(plan, "training_usd") == pytest.approx((sum(before) + n) * TRAINED_USD)
    assert usd(plan, "scoring_usd") == pytest.approx(sum(9_500 - size for size in before) * SCORED_USD)
