"""A quote's numbers at other prices, and warnings about quotes."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.costs import QuoteCosts, price_plan, quote_warnings, vote_price_path
from planner.plan import parse_plan
from tests.planner.costs.quotes import plan_of, quotes

TODAY = date(2026, 3, 1)
FINE = {"name": "Fine Ltd", "price_usd": 0.05, "delivered_error_rate": 0.02}


def warnings(*vendors, **tables):
    return quote_warnings(plan_of(*vendors, **tables), TODAY)


def only(**terms):
    """The single sentence about a quote with these terms."""
    told = warnings({**FINE, **terms})
    assert len(told) == 1, told
    assert told[0].startswith("Fine Ltd") and "\n" not in told[0]
    return told[0]


@pytest.mark.parametrize("price", [0.0005, 101])
def test_a_price_that_looks_like_another_unit_is_shown_per_thousand(price):
    told = only(price_usd=price)
    assert f"${price * 1000:,.6g} per 1,000" in told


@pytest.mark.parametrize("price", [0, 0.001, 0.05, 100])
def test_usual_prices_pass_and_so_does_nothing(price):
    assert warnings({**FINE, "price_usd": price}) == ()


def test_the_price_of_a_vote_is_judged_with_its_units_in_the_plans_currency():
    # 0.0009 a unit is 0.018 a vote where an item has twenty.
    assert warnings({**FINE, "price_usd": 0.0009, "item_size": 1_000, "unit_size": 50}) == ()
    told = warnings({**FINE, "price_usd": 200}, task={"currency": "EUR"})
    assert "EUR 200" in told[0] and "$" not in told[0]


def test_an_answer_of_a_machine_may_cost_next_to_nothing():
    tokens = {"tokens_in_per_vote": 100, "tokens_out_per_vote": 5}
    prices = {"price_usd_per_million_tokens_in": 0.1, "price_usd_per_million_tokens_out": 0.4}
    quote = {"name": "LLM", "billing": "per_token", "vote_error_rate": 0.1, **tokens}
    assert warnings({**quote, **prices}) == ()
    assert len(warnings({**quote, **dict.fromkeys(prices, 1e9)})) == 1


def test_an_error_rate_that_is_ours_is_said_of_quotes_of_other_kinds():
    hourly = {"name": "By the hour", "billing": "per_hour", "hourly_rate_usd": 10, "seconds_per_vote": 20}
    (told,) = warnings(hourly)
    assert told.startswith("By the hour, delivered_error_rate: not given, so that labelplan's own 0.01 to 0.04")
    assert warnings({**hourly, "delivered_error_rate": "0.01 to 0.04"}) == ()

    (told,) = warnings({**hourly, "name": "A"}, {**hourly, "name": "B, Ltd"}, FINE, {**hourly, "name": "C"})
    assert told.startswith("A; B, Ltd; C, delivered_error_rate: given by none of these 3, so that labelplan's own")


def test_a_platform_whose_people_are_not_counted_is_said_until_their_time_is_priced():
    tool = {"name": "Tool", "billing": "platform_only", "seats": 2, "seat_usd_per_month": 30, "delivered_error_rate": 0}
    (told,) = warnings(tool)
    assert told.startswith("Tool: a platform alone") and "never chosen" not in told
    assert warnings({**tool, "seconds_per_vote": 20, "hourly_rate_usd": 30}) == ()


@pytest.mark.parametrize("key", ["delivered_error_rate", "vote_error_rate"])
def test_an_error_rate_that_is_only_claimed_asks_for_an_audit(key):
    terms = {"name": "Fine Ltd", "price_usd": 0.05, key: 0.02, "error_rate_is": "claimed"}
    (told,) = warnings(terms)
    assert told.startswith(f"Fine Ltd, {key}: 0.02 is the vendor's claim")


def test_a_measured_error_rate_says_on_how_many_items_and_a_small_audit_the_range_that_it_leaves_open():
    assert "audit_items" in only(error_rate_is="measured")
    # Jeffreys: 5 errors in 100 items, beta(5.5, 95.5) from the 10th to the 90th percentile.
    told = only(delivered_error_rate=0.05, error_rate_is="measured", audit_items=100)
    assert '0.05 measured on 100 items could be "0.028 to 0.085"' in told
    ranged = {"delivered_error_rate": "0.028 to 0.083", "error_rate_is": "measured", "audit_items": 100}
    assert warnings({**FINE, **ranged}) == ()


def test_dates_that_have_passed_or_not_come_yet():
    assert "held until 2026-02-28" in only(valid_until=date(2026, 2, 28))
    assert "only from 2026-03-02" in only(valid_from=date(2026, 3, 2))
    assert "2025-02-28" in only(as_of=date(2025, 2, 28))
    assert warnings({**FINE, "valid_from": TODAY, "valid_until": TODAY, "as_of": date(2025, 3, 1)}) == ()


def test_figures_of_a_trade_article_are_marked():
    assert "trade article" in only(source_kind="trade_article")
    assert "from another page than the vendor's own" in only(source_kind="third_party")
    assert warnings({**FINE, "source_kind": "price_list"}) == ()


@given(quotes(ranges=True), st.floats(0.0, 5.0))
def test_it_is_the_quote_read_anew(vendor, price_usd):
    plan = plan_of(vendor)
    values = plan.draw(20, 0)
    told = {**values, vote_price_path(0): np.array([price_usd])}
    fresh, moved = QuoteCosts.of(plan, told, 0), QuoteCosts.of(plan, values, 0).at_price(told)
    for name in ("most_votes", "votes", "error_before_review", "found_share", "error_rate", "vote_usd"):
        np.testing.assert_array_equal(getattr(moved, name), getattr(fresh, name))
    n = np.full(20, 1_000.0)
    bills = [price_plan(plan, told, 0, n, active=True, quote=quote) for quote in (None, moved)]
    np.testing.assert_array_equal(bills[0].total_usd, bills[1].total_usd)
    np.testing.assert_array_equal(bills[0].days, bills[1].days)


def test_votes_are_counted_once_however_many_prices_are_tried(monkeypatch):
    counted = []
    plan = parse_plan("[[vendors]]\nprice_usd = 1\nvotes_per_item = 3\nvote_error_rate = 0.2\n")
    quote = QuoteCosts.of(plan, plan.medians(), 0)
    monkeypatch.setattr(
        "planner.costs.quote_costs.error_after_votes", lambda *args: counted.append(args) or np.full(1, 0.104)
    )
    for price in (1.0, 2.0, 3.0):
        at = quote.at_price({**quote.values, vote_price_path(0): np.array([price])})
        assert at.error_rate == 0.104 and at.vote_usd == price
    assert len(counted) == 1
