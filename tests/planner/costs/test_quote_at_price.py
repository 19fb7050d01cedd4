"""A quote at another price is the quote that the changed inputs make, whatever its billing and its votes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.costs import QuoteCosts, price_plan, vote_price_path
from planner.plan import parse_plan

from .quotes import plan_of, quotes


@settings(max_examples=40, deadline=None)
@given(quotes(ranges=True), st.floats(0.0, 5.0))
def test_it_is_the_quote_read_anew(vendor, price_usd):
    plan = plan_of(vendor)
    values = plan.draw(20, 0)
    told = {**values, vote_price_path(0): np.array([price_usd])}
    fresh, moved = QuoteCosts.of(plan, told, 0), QuoteCosts.of(plan, values, 0).at_price(told)
    for name in ("most_votes", "votes", "error_before_review", "found_share", "error_rate", "clean_labels", "vote_usd"):
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
