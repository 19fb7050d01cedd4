"""Prices at which vendors would win, on quotes that can be worked by hand."""

import numpy as np
import pytest

from planner.costs import vote_price_path
from planner.decision.buying import winning_prices
from planner.decision.comparison import cheapest, compare_offers
from planner.decision.labels_required import BY_FORMULA, LabelsRequired
from planner.plan import parse_plan

from .hand_made import SIMPLE, HandMade

ONE = "[[vendors]]\nprice_usd = 1\nvotes_per_item = 1\ndelivered_error_rate = 0\nturnaround_days = 0\n"


def quote(name, price, error=0, more=""):
    return (
        f'[[vendors]]\nname = "{name}"\nprice_usd = "{price}"\nvotes_per_item = 1\n'
        f"delivered_error_rate = {error}\nturnaround_days = 0\n{more}"
    )


def won(*quotes, random=(4_000.0, 6_000.0), margin=(2_000.0, 3_000.0), text=SIMPLE):
    plan = parse_plan(text.replace(ONE, "".join(quotes)))
    needs = {"random": np.array(random), "margin": np.array(margin)}
    values = plan.draw(len(random), 0)
    found = LabelsRequired(0.9, values, HandMade(tuple(needs), np.column_stack([*needs.values()])), needs, BY_FORMULA)
    offers = compare_offers(plan, values, needs, worth=BY_FORMULA)
    return plan, found, {(one.vendor, one.plan): one for one in winning_prices(plan, found, "margin", offers)}


def test_the_price_that_wins_makes_up_for_wrong_labels():
    # 5% wrong: (1 - 0.1)^2 = 0.81 clean labels each, so that its vote may cost 0.81 of the other's (labels round up).
    _, _, prices = won(quote("clean", 1), quote("noisy", 2, error=0.05))
    one = prices["noisy", "random"]
    assert (one.state, one.vote_usd, one.wins) == ("at_most", 2, False)
    assert one.at_most_usd == pytest.approx(0.81, rel=1e-3)
    winner = prices["clean", "random"]
    assert winner.wins
    assert winner.at_most_usd == pytest.approx(2 / 0.81, rel=1e-3)


def test_a_set_up_that_nothing_makes_up_for_is_told_as_never():
    _, _, prices = won(quote("plain", 0.5), quote("set-up", 0.1, more="set_up_usd = 2_000\n"))
    # Random needs 5,000 labels on average: $2,500 less $2,000 of set-up leaves 10 cents a label.
    assert prices["set-up", "random"].at_most_usd == pytest.approx(0.1, rel=1e-3)
    # Margin needs 2,500, of which $1,250 are less than the set-up.
    assert prices["set-up", "margin"].state == "never"
    assert prices["set-up", "margin"].at_most_usd is None


def test_a_single_quote_wins_at_any_price():
    _, _, prices = won(quote("alone", 1))
    assert {one.state for one in prices.values()} == {"always"}
    assert all(one.wins for one in prices.values())


def test_a_tool_without_its_people_is_not_compared():
    tool = '[[vendors]]\nname = "tool"\nbilling = "platform_only"\nseats = 1\nseat_usd_per_month = 1\n'
    _, _, prices = won(quote("people", 1), tool)
    assert prices["tool", "random"].state == "not_compared"
    assert prices["people", "random"].state == "always"


@pytest.mark.parametrize("plan_name", ["random", "margin"])
@pytest.mark.parametrize("price", ["0.4", "0.2 to 0.5"])
def test_below_the_price_it_is_the_cheapest_and_above_it_is_not(plan_name, price):
    # Slow, in tiers and in need of more labels: what the verdict's own comparison says at the price is the test.
    text = SIMPLE.replace("cost_of_delay_usd_per_week = 0", "cost_of_delay_usd_per_week = 50")
    text = text.replace("batch_size = 100", "batch_size = 1_000")
    tiers = (
        '[[vendors]]\nname = "slow"\nbilling = "per_item"\nvotes_per_item = 3\ndelivered_error_rate = 0.03\n'
        "turnaround_days = 2\ntiers = [{to_units = 3_000, price_usd = 0.2}, {from_units = 3_000, price_usd = 0.1}]\n"
    )
    plan, found, prices = won(
        quote("fast", price), tiers, random=(3_000.0, 5_000.0, 8_000.0), margin=(1_000.0, 2_500.0, 7_900.0), text=text
    )
    one = prices["slow", plan_name]
    assert one.state == "at_most"
    assert one.at_most_usd is not None
    for factor, wins in ((0.999, True), (1.001, False)):
        values = {**found.values, vote_price_path(1): np.array([factor * one.at_most_usd])}
        offers = compare_offers(plan, values, found.labels, worth=found.worth)[plan_name]
        assert (cheapest(plan, offers) is offers[1]) == wins


def test_a_range_keeps_its_proportions_so_that_the_price_of_now_wins_just_where_the_quote_does():
    plan, _, prices = won(quote("narrow", 0.05), quote("wide", "0.02 to 0.12"), random=[5e3] * 200, margin=[3e3] * 200)
    median = plan.vendors[1].price_usd.median
    for one in prices.values():
        assert one.at_most_usd is not None
        assert one.wins == (one.vote_usd <= one.at_most_usd)
    # The mean of a lognormal lies above its median, so that a price in doubt has to be lower at its middle.
    assert prices["wide", "random"].at_most_usd < 0.05
    assert prices["wide", "random"].vote_usd == pytest.approx(median, rel=0.05)
