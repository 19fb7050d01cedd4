"""What a buyer is shown agrees with the verdict; prices at which vendors would win, worked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from planner.costs import vote_price_path
from planner.decision.buying import buy, winning_prices
from planner.decision.comparison import cheapest, compare_offers
from planner.decision.decide_plan import case_of
from planner.decision.labels_required import BY_FORMULA, LabelsRequired
from planner.decision.summary import outcomes
from planner.plan import parse_plan
from tests.planner.decision.hand_made import SIMPLE, HandMade
from tests.planner.decision.on_curves import fixed_curves

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
vote_correlation = 0
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
[evidence]
label_errors = "formula"
"""
DRAWS = 200


def curves_of(lowest, highest):
    """Give a forecast in which random needs from so many to so many labels, and both strategies fewer."""

    def forecast(*args, n_draws, **kwargs):
        random = np.linspace(lowest, highest, n_draws)
        spread = np.random.default_rng(0).uniform(1.2, 2.0, (2, n_draws))
        return fixed_curves(("random", "margin", "entropy"), np.column_stack([random, *(random / spread)]), True)

    return forecast


def buy_plainly(text=QUOTES, lowest=4_000.0, highest=20_000.0, n_draws=DRAWS):
    return buy(parse_plan(text), n_draws=n_draws, seed=0, forecast=curves_of(lowest, highest))


@pytest.fixture(scope="module")
def bought():
    return buy_plainly()


def test_totals_and_choice_are_the_verdicts(bought):
    case = case_of(parse_plan(QUOTES), n_draws=DRAWS, forecast=curves_of(4_000.0, 20_000.0))
    assert bought.al_plan == case.chosen.al_plan
    for name, outcome in outcomes(case).items():
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
    found = buy_plainly(text)
    assert (found.target, found.plans, found.winning) == (None, (), ())
    assert len(found.deals) == 3
    (labels,) = {deal.labels.q50 for deal in found.deals}
    assert labels is not None and labels > 0
    assert sum(deal.cheapest for deal in found.deals) == 1
    assert all(deal.bill is not None for deal in found.deals)


def test_a_target_out_of_reach_still_tells_vendors_apart():
    found = buy_plainly(lowest=1e12, highest=1e12)
    for deal in found.of_plan("random"):
        assert (deal.p_unreachable, deal.labels.q50, deal.bill) == (1, None, None)
    assert all(np.isfinite(deal.mean_usd) for deal in found.deals)
    assert found.comparison.offers[0].volumes[0].labels == 48_000


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
    found = LabelsRequired(
        plan, 0.9, values, HandMade(tuple(needs), np.column_stack([*needs.values()])), needs, BY_FORMULA
    )
    offers = compare_offers(found)
    return plan, found, {(one.vendor, one.plan): one for one in winning_prices(found, "margin", offers)}


def test_the_price_that_wins_makes_up_for_wrong_labels():
    # 5% wrong: (1 - 0.1)^2 = 0.81 clean labels each, so that its vote may cost 0.81 of the other's. In whole batches
    # 4,000 and 6,000 labels are 5,000 and 7,500, so that it is 0.8.
    _, _, prices = won(quote("clean", 1), quote("noisy", 2, error=0.05))
    one = prices["noisy", "random"]
    assert (one.state, one.vote_usd, one.wins) == ("at_most", 2, False)
    assert one.at_most_usd == pytest.approx(0.8, rel=1e-3)
    winner = prices["clean", "random"]
    assert winner.wins
    assert winner.at_most_usd == pytest.approx(2 / 0.8, rel=1e-3)


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
    text = text.replace("batch_size = 100\n", "batch_size = 1_000\n" if price == "0.4" else "")
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
        offers = compare_offers(replace(found, values=values))[plan_name]
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


HOPELESS = """
[task]
pool_size = 12_000
classes = 10
[[vendors]]
name = "cheap and wrong"
price_usd = 0.01
votes_per_item = 1
delivered_error_rate = 0.5
[[vendors]]
name = "good"
price_usd = 0.2
votes_per_item = 1
delivered_error_rate = 0
"""


def test_a_vendor_that_never_lets_a_plan_reach_its_target_is_never_chosen():
    forecast = curves_of(2_000.0, 9_000.0)
    found = buy(parse_plan(HOPELESS), n_draws=DRAWS, seed=0, forecast=forecast)
    for name in found.plans:
        wrong, good = found.of_plan(name)
        assert (wrong.p_unreachable, wrong.cheapest, wrong.p_cheapest) == (1.0, False, 0.0)
        assert (good.cheapest, good.p_cheapest) == (True, 1.0)
    assert {one.state for one in found.winning if one.vendor == "cheap and wrong"} == {"never"}
    assert {one.state for one in found.winning if one.vendor == "good"} == {"always"}
    # Without the other one, it is all there is.
    alone = parse_plan(HOPELESS.partition('[[vendors]]\nname = "good"')[0])
    assert [deal.cheapest for deal in buy(alone, n_draws=DRAWS, seed=0, forecast=forecast).of_plan("random")] == [True]
