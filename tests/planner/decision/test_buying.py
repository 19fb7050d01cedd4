"""What a buyer is shown agrees with the verdict: same draws, same needs, same choice."""

import numpy as np
import pytest

from planner.decision import decide
from planner.decision.buying import buy
from planner.plan import parse_plan

QUOTES = """
[task]
pool_size = 50_000
classes = 10
[strategy]
names = ["margin", "entropy"]
[[vendors]]
name = "Crowd"
price_usd = "0.03 to 0.06"
votes_per_item = 3
vote_error_rate = "0.10 to 0.2"
turnaround_days = 1
[[vendors]]
name = "Experts"
price_usd = 0.4
votes_per_item = 1
delivered_error_rate = 0.01
turnaround_days = 12
throughput_per_day = 200
[[vendors]]
name = "Tool"
billing = "platform_only"
seats = 2
seat_usd_per_month = 30
[calendar]
deadline_days = 30
"""
DRAWS = 300


@pytest.fixture(scope="module")
def bought():
    return buy(parse_plan(QUOTES), n_draws=DRAWS, seed=0)


def test_totals_and_choice_are_the_verdicts(bought):
    verdict = decide(parse_plan(QUOTES), n_draws=DRAWS, seed=0, questions=None)
    assert bought.al_plan == verdict.al_plan
    for name, outcome in verdict.plans.items():
        (chosen,) = (deal for deal in bought.of_plan(name) if deal.cheapest)
        assert chosen.vendor == outcome.vendor
        assert chosen.total_usd == outcome.total_usd
        assert chosen.days == outcome.days
        assert chosen.labels == outcome.labels


def test_every_vendor_has_a_deal_for_every_plan(bought):
    assert bought.vendors == ("Crowd", "Experts", "Tool")
    assert bought.plans == ("random", "margin", "entropy")
    assert [deal.plan for deal in bought.of_vendor("Tool")] == ["random", "margin", "entropy"]
    assert all(deal.p_cheapest is None for deal in bought.of_vendor("Tool"))
    assert bought.comparable == 2


def test_chances_of_the_compared_add_up_and_lateness_is_a_share(bought):
    for name in bought.plans:
        assert sum(deal.p_cheapest or 0.0 for deal in bought.of_plan(name)) == pytest.approx(1)
    late = {deal.vendor: deal.p_late for deal in bought.of_plan("random")}
    assert 0 <= late["Crowd"] < late["Experts"] <= 1
    assert next(deal for deal in bought.of_vendor("Experts") if deal.plan == "random").late


def test_a_worked_bill_is_near_the_usual_total(bought):
    for deal in bought.deals:
        assert deal.bill is not None
        assert float(deal.bill.labels[0]) == pytest.approx(deal.labels.q50, abs=0.5)
        assert 0.5 < float(deal.bill.total_usd[0]) / deal.total_usd.q50 < 2


def test_prices_that_would_win_are_of_random_and_the_chosen_strategy(bought):
    assert {one.plan for one in bought.winning} == {"random", bought.al_plan}
    for one in bought.winning:
        chosen = next(deal for deal in bought.of_plan(one.plan) if deal.vendor == one.vendor)
        assert one.wins == chosen.cheapest


def test_a_budget_is_compared_at_the_labels_that_it_buys():
    text = QUOTES.replace("[task]", '[task]\nbudget_usd = 6_000\nsolve_for = "value_at_budget"')
    found = buy(parse_plan(text), n_draws=DRAWS, seed=0)
    assert (found.target, found.plans, found.winning) == (None, (), ())
    assert len(found.deals) == 3
    (labels,) = {deal.labels.q50 for deal in found.deals}
    assert labels is not None and labels > 0
    assert sum(deal.cheapest for deal in found.deals) == 1
    assert all(deal.bill is not None for deal in found.deals)


def test_a_target_out_of_reach_still_tells_vendors_apart():
    found = buy(parse_plan(QUOTES + "[evidence]\nrandom_labels = 900_000_000\n"), n_draws=DRAWS, seed=0)
    for deal in found.of_plan("random"):
        assert (deal.p_unreachable, deal.labels.q50, deal.bill) == (1, None, None)
    assert all(np.isfinite(deal.mean_usd) for deal in found.deals)
    assert found.comparison.offers[0].volumes[0].labels == 48_000


def test_stopping_rules_are_told():
    text = QUOTES + '[stopping]\nrules = ["target"]\n'
    assert any("stops by the plan's rules" in warning for warning in buy(parse_plan(text), n_draws=50, seed=0).warnings)
