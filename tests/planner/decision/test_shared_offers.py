"""Offers priced once serve every question about vendors, and no price is tried twice."""

from collections import Counter

import numpy as np

from planner.decision import buying
from planner.decision.buying import winning_prices
from planner.decision.comparison import compare_offers, quotes_of
from planner.decision.labels_required import BY_FORMULA, LabelsRequired
from planner.decision.quotes import compare_vendors
from planner.plan import parse_plan

from .hand_made import HandMade

PLAN = """
[task]
target = 0.9
pool_size = 10_000
test_labels = 100
[calendar]
cost_of_delay_usd_per_week = 500
[[vendors]]
name = "fast"
price_usd = "0.2 to 0.3"
vote_error_rate = 0.1
votes_per_item = 3
turnaround_days = 1
[[vendors]]
name = "slow"
price_usd = 0.1
votes_per_item = 1
delivered_error_rate = 0.05
turnaround_days = 6
[[vendors]]
name = "tiered"
votes_per_item = 1
delivered_error_rate = 0.02
tiers = [{ to_units = 2_000, price_usd = 0.3 }, { from_units = 2_000, price_usd = 0.2 }]
"""


def asked():
    plan = parse_plan(PLAN)
    needs = {"random": np.linspace(3_000, 6_000, 40), "margin": np.linspace(1_800, 3_500, 40)}
    curves = HandMade(tuple(needs), np.column_stack([*needs.values()]))
    return plan, LabelsRequired(0.9, plan.draw(40, 0), curves, needs, BY_FORMULA)


def offers_of(plan, found):
    return compare_offers(plan, found.values, found.labels, worth=found.worth)


def test_offers_at_hand_change_no_number():
    plan, found = asked()
    offers = offers_of(plan, found)
    at_hand = compare_vendors(plan, found.values, [2_000], found, offers)
    assert at_hand.to_dict() == compare_vendors(plan, found.values, [2_000], found).to_dict()


def test_each_price_is_tried_once(monkeypatch):
    tried = Counter()
    lead = buying._PriceRace._price_lead

    def counted(race, vendor, name, price_usd):
        tried[vendor, name, price_usd] += 1
        return lead(race, vendor, name, price_usd)

    monkeypatch.setattr(buying._PriceRace, "_price_lead", counted)
    plan, found = asked()
    prices = winning_prices(plan, found, "margin", offers_of(plan, found))
    assert {one.state for one in prices} == {"at_most"}
    assert set(tried.values()) == {1}


def test_the_price_told_is_where_the_totals_meet():
    plan, found = asked()
    for one in winning_prices(plan, found, "margin", offers_of(plan, found)):
        place = plan.vendor_index(one.vendor)
        race = buying._PriceRace(
            plan,
            found,
            offers_of(plan, found),
            quotes_of(plan, found.values),
        )
        assert race.lead_usd(place, one.plan, 0.999 * one.at_most_usd) < 0
        assert race.lead_usd(place, one.plan, 1.001 * one.at_most_usd) > 0
