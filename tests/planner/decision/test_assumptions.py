"""How far a bill moves with what a plan leaves out."""

import pytest

from planner.decision.assumptions import bill_swings
from planner.plan import parse_plan

BARE = """
[task]
target = 0.9
[[vendors]]
name = "A"
price_usd = 0.05
votes_per_item = 1
"""


def test_each_left_out_input_moves_the_bill_by_what_it_prices():
    swings = bill_swings(parse_plan(BARE), {"random": 3_000, "margin": 3_000}, {"random": 0, "margin": 0})
    # Margin is half a day later, at $700 a week from / 1.5 to x 1.5; random labelling is the clock for it.
    assert swings["calendar.cost_of_delay_usd_per_week"] == pytest.approx(0.5 / 7 * 700 * (1.5 - 1 / 1.5))
    # sqrt(60 x 100) hours of building and 2 rounds of 2 hours, at $50 an hour.
    assert swings["engineering.hourly_rate_usd"] == pytest.approx((6_000**0.5 + 4) * 50 * (1.5 - 1 / 1.5), rel=1e-3)
    assert "vendors.0.price_usd" not in swings
