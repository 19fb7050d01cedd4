"""Plans that stop by the rule of their plan file, and when the rule has to be run again."""

import numpy as np
import pytest

from planner.decision.case import Case
from planner.decision.labels_required import LabelsRequired
from planner.decision.state import Interval
from planner.decision.stopping.with_stopping_rule import RuledPlans, may_move_rule, plans_with_rule, with_agreed_numbers
from planner.decision.summary import outcomes
from planner.plan import parse_plan
from tests.planner.decision.hand_made import SIMPLE
from tests.planner.decision.on_curves import RULED, on_curves, spread_on_curves

NAMES = ("random", "margin", "stratified_random")
MONITORED = ("batch_size = 100\n", "batch_size = 100\nmonitor_random = true\n")
LABELS = SIMPLE + '[stopping]\nrules = ["labels"]\nlabels = 700\n'


def test_random_follows_the_rule_only_where_it_is_bought_in_rounds():
    assert plans_with_rule(parse_plan(SIMPLE), NAMES) == ()
    assert plans_with_rule(parse_plan(RULED), NAMES) == ("margin",)
    assert plans_with_rule(parse_plan(RULED.replace(*MONITORED)), NAMES) == ("random", "margin")


def test_a_count_of_labels_is_bought_whatever_would_be_needed():
    # Needs 500, 650 and 900: with 700 labels the first two are there.
    case = on_curves([2_000] * 3, [500, 650, 900], LABELS)
    margin = case.plans["margin"]
    assert margin.bill.labels.tolist() == [700] * 3
    assert margin.reached.tolist() == [True, True, False]
    assert margin.bill.total_usd == pytest.approx([1_700] * 3)
    assert case.chosen.al_better.tolist() == [1, 1, 0]
    more = case.at({"stopping.labels": np.array([[700.0], [1_000.0]])})
    assert more.plans["margin"].bill.labels.mean(axis=1).tolist() == [700, 1_000]
    assert more.al_better.tolist() == [[1, 1, 0], [0.5, 0.5, 0.5]]


def test_the_strategy_is_chosen_among_what_the_rule_lets_them_buy():
    case = on_curves([2_000] * 3, [500] * 3, LABELS.replace("labels = 700", "labels = 300"), entropy=[450] * 3)
    assert {name: priced.bill.labels.max() for name, priced in case.plans.items()} == {
        "random": pytest.approx(2_000, abs=1), "margin": 300, "entropy": 300}  # fmt: skip
    assert case.chosen.al_plan == "margin"


def test_a_batch_size_that_was_found_is_the_one_the_rule_looks_at():
    case = spread_on_curves(
        80, RULED, edit=[("batch_size = 100\n", ""), ("hours_per_round = 0", "hours_per_round = 2")]
    )
    margin = case.plans["margin"]
    assert margin.batch_size is not None
    rounds = (margin.bill.labels - 100) / margin.batch_size
    assert rounds[margin.bill.labels < 9_500] == pytest.approx(np.round(rounds[margin.bill.labels < 9_500]))
    named = case.plan.replace({"strategy.batch_size": margin.batch_size})
    again = Case.of(named, LabelsRequired(0.9, named.draw(80, 0), case.curves, case.needs, case.worth))
    assert again.plans["margin"].bill.labels.tolist() == margin.bill.labels.tolist()


def test_every_run_is_the_same():
    case = spread_on_curves(50, RULED)
    plans = {"margin": case.plans["margin"]}
    made = [RuledPlans(case.plan, case.values, case.curves, 0.9, plans, case.worth) for _ in range(2)]
    a, b = (ruled.at({})["margin"] for ruled in made)
    assert a.labels.tolist() == b.labels.tolist() == case.plans["margin"].bill.labels.tolist()


@pytest.mark.parametrize(
    ("path", "again"),
    [
        ("vendors.0.price_usd", False),
        ("engineering.one_off_hours", False),
        ("task.target", True),
        ("strategy.batch_size", True),
        ("evidence.random_labels", True),
        ("stopping.confidence", True),
    ],
)
def test_a_rule_is_run_again_where_it_would_stop_elsewhere(path, again):
    assert may_move_rule(parse_plan(RULED), [path]) == again
    economic = RULED.replace('["target"]', '["target", "economic"]').replace(
        "[task]", "[task]\nvalue_per_point_usd = 50"
    )
    assert may_move_rule(parse_plan(economic), [path])


def test_what_a_rule_is_made_of_is_put_into_the_plan_and_nothing_else_is():
    plan = parse_plan(LABELS)
    assert with_agreed_numbers(plan, {"vendors.0.price_usd": np.array([3.0])}) is plan
    changed = with_agreed_numbers(plan, {"stopping.labels": np.array([900.0]), "vendors.0.price_usd": np.array([3.0])})
    assert changed.stopping.labels.median == 900
    assert changed.vendors[0].price_usd.median == 1


def test_money_agreed_for_a_point_stops_sooner_where_it_is_less():
    text = SIMPLE.replace("[task]", "[task]\nvalue_per_point_usd = 1_000") + '[stopping]\nrules = ["economic"]\n'
    case = spread_on_curves(200, text.replace("test_labels = 0", "test_labels = 500"))
    x = np.array([[300.0], [1_000.0], [3_000.0]])
    bought = case.at({"task.value_per_point_usd": x}).plans["margin"].bill.labels.mean(axis=1)
    assert bought[0] < bought[1] < bought[2]
    assert bought[1] == pytest.approx(case.plans["margin"].bill.labels.mean())


def test_what_a_rule_buys_is_a_number_in_every_future():
    # Needs 500, 650 and 900: 700 labels are bought in each, and miss the target in one.
    told = outcomes(on_curves([2_000] * 3, [500, 650, 900], LABELS))
    assert told["margin"].labels == Interval(700, 700, 700)
    assert told["margin"].by_rule and not told["random"].by_rule
    assert told["margin"].p_unreachable == pytest.approx(1 / 3)


def test_what_a_label_counts_for_moves_the_rule():
    assert may_move_rule(parse_plan(RULED), ["vendors.0.delivered_error_rate"])
    assert may_move_rule(parse_plan(RULED), ["vendors.0.votes_per_item"])
    assert not may_move_rule(parse_plan(RULED), ["vendors.0.turnaround_days"])
