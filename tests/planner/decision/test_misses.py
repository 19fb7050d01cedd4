"""Why options miss the target: each future that misses has one cause, with the number that shows it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decision.case import Case
from planner.decision.comparison import Comparison
from planner.decision.labels_required import BY_FORMULA, LabelsRequired
from planner.decision.misses import misses, misses_sentence
from planner.plan import parse_plan
from tests.planner.decision.hand_made import SIMPLE
from tests.planner.decision.on_curves import RULED, fixed_curves, on_curves

NEVER = np.inf


def shares(case, name="random"):
    return {one.cause: one.share for one in misses(case, name)}


def with_errors(random, rate):
    """Give the case in which so many labels are wrong, of a pool of 10,000 items."""
    plan = parse_plan(SIMPLE.replace("delivered_error_rate = 0", f"delivered_error_rate = {rate}"))
    table = np.column_stack([random, np.full(len(random), 100.0)])
    curves = fixed_curves(("random", "margin"), table, clean_labels=True)
    needs = {"random": table[:, 0], "margin": table[:, 1]}
    return Case.of(LabelsRequired(plan, 0.9, plan.draw(len(table), 0), curves, needs, BY_FORMULA))


def test_each_cause_has_its_share_of_the_futures_that_miss():
    assert misses(on_curves([2_000], [1_000]), "random") == ()
    case = on_curves([12_000] * 3 + [NEVER] + [2_000] * 6, [1_000] * 10)
    assert shares(case) == {"pool": 0.75, "ceiling": 0.25}
    pool, ceiling = misses(case, "random")
    assert pool.why == "it usually needs 12,000 labels, more than the 10,000 items there are"
    assert ceiling.why == "its curve usually ends at 50.0%, below the target, however many labels it gets"
    # Where random labelling of the whole pool gets there, so does everything else.
    assert shares(on_curves([9_000] * 2, [NEVER] * 2), "margin") == {}


def test_a_forecast_that_ends_before_the_pool_is_no_model_that_gets_no_further():
    case = on_curves([NEVER] * 2, [1_000] * 2)
    short = np.array(case.curves.log_labels)
    short[0] -= short[0, :, -1:] - np.log(800)
    piloted = case.plan.with_pilot("pilot.csv")
    (miss,) = misses(replace(case, plan=piloted, curves=replace(case.curves, log_labels=short)), "random")
    assert (miss.cause, miss.why) == (
        "forecast",
        "nothing is forecast beyond 800 labels, where its curve usually has 50.0%",
    )


def test_a_forecast_may_end_beyond_what_a_float_holds():
    case = on_curves([12_000] * 2, [1_000] * 2)
    far = case.curves.log_labels + 800.0
    assert shares(replace(case, curves=replace(case.curves, log_labels=far))) == {"pool": 1.0}


def test_wrong_labels_are_named_with_what_they_leave_of_the_pool():
    # 10% errors make a label worth (1 - 2 x 0.1)^2 = 0.64 clean ones.
    case = with_errors([2_000.0, 7_000.0, 8_000.0, 11_000.0], 0.1)
    assert shares(case) == pytest.approx({"label_errors": 2 / 3, "pool": 1 / 3})
    assert "wrong labels make 10,000 items worth 6,400 clean ones, and it usually needs 7,500" in misses_sentence(case)
    worthless = misses_sentence(with_errors([2_000.0] * 4, 0.6))
    assert "make 10,000 items worth 0 clean ones" in worthless
    assert worthless.endswith("What would help: fewer wrong labels.")


def test_a_budget_beside_a_target_is_named_with_the_labels_that_it_pays():
    case = on_curves([12_000] + [8_000] * 9, [1_000] * 10, edit=[("[task]", "[task]\nbudget_usd = 5_000")])
    assert shares(case) == {"budget": 0.9, "pool": 0.1}
    assert "the budget usually pays for 5,000 labels, and it needs 8,000" in misses_sentence(case)


def test_the_rule_is_named_where_it_stops_short_of_what_the_pool_gives():
    case = on_curves([8_000] * 200, [4_000] * 200, RULED.replace('"target"', '"labels"') + "labels = 1_000\n")
    assert shares(case, "margin") == {"rule": 1.0}
    # A point less for each halving: 1,000 labels have two points less than the 4,000 of the target.
    assert "the plan's rule usually stops it at 1,000 labels with 88.0%, and it needs 4,000" in misses_sentence(case)
    assert "Random labelling" not in misses_sentence(case)


def test_whoever_buys_less_than_it_needs_and_could_have_gives_up():
    case = on_curves([8_000] * 2, [4_000] * 2)
    random = case.plans["random"]
    stopped = replace(random, bill=replace(random.bill, labels=np.full(2, 3_000.0)), reached=np.zeros(2, dtype=bool))
    plans = {**case.plans, "random": stopped}
    (miss,) = misses(replace(case, chosen=Comparison(plans, "margin")), "random")
    assert (miss.cause, miss.why) == ("giving_up", "it usually gives up at 3,000 labels, and would need 8,000")


@given(st.lists(st.sampled_from([500.0, 5_000.0, 9_999.0, 20_000.0, NEVER]), min_size=2, max_size=8))
def test_the_shares_of_an_option_sum_to_one(random):
    for case in (on_curves(random, [2 * x for x in random]), with_errors(random, 0.2)):
        for name, priced in case.plans.items():
            missed = not np.broadcast_to(priced.reached, case.n_draws).all()
            assert sum(shares(case, name).values()) == pytest.approx(float(missed))
