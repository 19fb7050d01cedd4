"""Bills as straight lines, beside those of `Case.at`: what a report's sliders show is what Python would say."""

import numpy as np
import pytest

from planner.decision.case import Case, Changes
from planner.decision.repricing import DRAWS, Repricing, Setting, repricing_of
from planner.plan import paths
from tests.planner.decision.hand_made import SIMPLE, case_of

RNG = np.random.default_rng(0)
D = DRAWS + 300
RANDOM = np.minimum(RNG.lognormal(np.log(3_000), 0.8, D), 9_900.0)
MARGIN = RANDOM / RNG.lognormal(np.log(1.6), 0.4, D)
MISSING = np.where(RNG.random(D) < 0.2, np.inf, RANDOM)  # a strategy needs no more than the pool where random reaches


def edited(*pairs: tuple[str, str]) -> str:
    text = SIMPLE
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def fitted(case: Case) -> tuple[Repricing, Case]:
    found = repricing_of(case)
    assert found is not None
    return found, case.thinned(DRAWS)


def changes_of(found: Repricing, at: Setting) -> Changes:
    """Give the changes of a case that a setting makes."""
    changes: dict[str, np.ndarray] = {}
    for name, x in at.items():
        slider = found.sliders[name]
        value = slider.stops[int(x)] if name in ("projects", "target") else x
        changes |= slider.input.changes(np.array([value]))
    return changes


LATE = "build_days = 20\ndeadline_days = 30\ndeadline_cost_usd = 5_000"
DELAY = ("cost_of_delay_usd_per_week = 0", f'cost_of_delay_usd_per_week = "200 to 900"\n{LATE}')
RANGES = ("price_usd = 1\n", 'price_usd = "0.4 to 2"\nplatform_fee_usd_per_item = 0.1\n')
OTHER_VENDOR = """[[vendors]]
name = "B"
price_usd = "0.2 to 1.5"
votes_per_item = 1
delivered_error_rate = 0
set_up_usd = 1_400
[engineering]"""
PLANS = {
    "numbers": SIMPLE,
    "ranges": edited(RANGES, ("one_off_hours = 20", 'one_off_hours = "10 to 60"')),
    "delay and a deadline": edited(DELAY, ("turnaround_days = 0", "turnaround_days = 2")),
    "two vendors": edited(RANGES, ("[engineering]", OTHER_VENDOR)),
    "shares": edited(("[engineering]", "[bill]\ncontingency_share = 0.1\ntax_rate = 0.2\n[engineering]")),
    "discounted": edited(("one_off_hours = 20", "one_off_hours = 20\nprojects_sharing = 4\ndiscount_rate = 0.1")),
    "a miss has a price": edited(("pool_size", "failure_usd = 3_000\npool_size")),
    "free labels": edited(("price_usd = 1\n", "price_usd = 0\n")),
    "no engineering": edited(("one_off_hours = 20", "one_off_hours = 0")),
}


@pytest.mark.parametrize("random", [RANDOM, MISSING], ids=["reached", "missed"])
@pytest.mark.parametrize("name", PLANS)
def test_the_lines_give_the_bills_of_the_case_at_any_setting(name: str, random: np.ndarray) -> None:
    case = case_of(random, MARGIN, PLANS[name])
    found, thin = fitted(case)
    assert case.vendors == ({0, 1} if name == "two vendors" else {0})
    assert not found.left_out and set(found.sliders) == {"price", "hours", "projects", "target"}
    assert found.bought[:, found.planned_target].any() == (random is MISSING and name != "a miss has a price")
    settings = [
        {},
        {"price": 0.7},
        {"hours": 33.0},
        {"projects": 6},
        {"target": 2},
        {"price": 2.3, "hours": 150.0, "projects": 3, "target": 9},
        {"hours": 5.0, "target": len(found.neither) - 1},
    ]
    for at in settings:
        there = thin.at(changes_of(found, at))
        totals = [np.broadcast_to(there.plans[one].bill.total_usd, DRAWS) for one in ("random", "margin")]
        assert np.allclose(found.totals(at), totals, rtol=1e-9, atol=1e-6), at


TIERS = "tiers = [{from_units = 0, to_units = 2_000, price_usd = 1}, {from_units = 2_000, price_usd = 0.5}]\n"
BENT = {
    # The first fee is a share of the price, but at least a sum.
    "a least fee": (("price_usd = 1\n", "price_usd = 1\nfee_rate = 0.2\nfee_minimum_usd = 0.2\n"), "straight line"),
    "an open batch": (("batch_size = 100\n", ""), "best batch size"),
}


@pytest.mark.parametrize("name", BENT)
def test_a_price_that_bends_the_bills_has_no_slider_and_says_why(name: str) -> None:
    edit, why = BENT[name]
    text = edited(edit, ("hours_per_round = 0", "hours_per_round = 0.2"))
    found, thin = fitted(case_of(RANDOM, MARGIN, text))
    assert set(found.left_out) == {"price"} and why in found.left_out["price"]
    at = {"hours": 90.0, "target": 4}
    there = thin.at(changes_of(found, at))
    assert np.allclose(found.totals(at)[1], there.plans["margin"].bill.total_usd)


def test_tiers_keep_their_slider_only_where_the_bill_is_a_line() -> None:
    # Tiers keep their proportions at another price, so that the bill follows the first tier's price.
    found, thin = fitted(case_of(RANDOM, MARGIN, edited(("price_usd = 1\n", TIERS))))
    there = thin.at(changes_of(found, {"price": 3.0}))
    assert np.allclose(found.totals({"price": 3.0})[0], there.plans["random"].bill.total_usd)


def test_a_budget_that_binds_leaves_no_price_hours_or_projects() -> None:
    found, _ = fitted(case_of(RANDOM, MARGIN, edited(("pool_size", "budget_usd = 4_000\npool_size"))))
    assert set(found.sliders) == {"target"}
    assert {"the budget pays for another number of labels at each value"} == set(found.left_out.values())
    loose, _ = fitted(case_of(RANDOM, MARGIN, edited(("pool_size", "budget_usd = 400_000_000\npool_size"))))
    assert not loose.left_out


def test_a_discount_rate_that_is_a_range_leaves_the_projects_out() -> None:
    text = edited(("one_off_hours = 20", 'one_off_hours = 20\nprojects_sharing = 4\ndiscount_rate = "0.05 to 0.3"'))
    found, _ = fitted(case_of(RANDOM, MARGIN, text))
    assert found.left_out == {"projects": "the discount rate is a range"}


def test_sliders_hold_the_planned_value_and_what_the_plan_file_allows() -> None:
    found, _ = fitted(case_of(RANDOM, MARGIN))
    planned = {name: float(one.stops[one.planned]) for name, one in found.sliders.items()}
    assert planned == {"price": 1.0, "hours": 20.0, "projects": 1.0, "target": 0.9}
    stops = {name: one.stops for name, one in found.sliders.items()}
    assert [stops["price"][0], stops["price"][-1]] == [0.1, 10.0] and stops["target"][-1] < 1
    assert all((np.diff(x) > 0).all() for x in stops.values()) and not any(one.ranges for one in found.sliders.values())
    assert changes_of(found, {"target": 0}) == {paths.TARGET: np.array([stops["target"][0]])}
