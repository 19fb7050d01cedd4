"""Pictures and words of vendors, for one, two and many quotes with hostile names."""

import json
import re
from dataclasses import replace

import pytest

from planner.decision.buying import buy
from planner.plan import parse_plan
from planner.render import numbers
from planner.render.quotes import charts as quote_charts
from planner.render.quotes import words as quote_words

pytest.importorskip("vl_convert")


@pytest.fixture(params=["one", "many", "budget"])
def buying(request):
    return request.getfixturevalue(request.param)


def drawings(buying):
    yield quote_charts.cost_chart(buying)
    for plan in buying.plans or (None,):
        yield quote_charts.days_chart(buying, plan)
    if buying.comparable > 1 and buying.winning:
        yield quote_charts.winning_chart(buying)


def test_every_chart_has_a_finding_and_draws(buying, check_chart):
    for chart in drawings(buying):
        check_chart(chart)


def test_the_chosen_are_marked_and_the_apart_are_faint(many):
    frame = quote_charts.cost_frame(many)
    chosen = frame[frame["kind"] == quote_words.CHOSEN]
    assert len(chosen) == len(many.plans)
    assert set(frame.loc[frame["vendor"] == "Tool", "kind"]) == {quote_words.APART}
    assert frame["y"].is_monotonic_increasing


def test_the_title_says_the_tables_numbers(many):
    (deal,) = (deal for deal in many.of_plan("random") if deal.cheapest)
    mean, usual = numbers.about(deal.mean_usd), numbers.about(deal.total_usd.q50)
    assert mean in quote_charts.cost_chart(many).title
    assert usual in quote_words.summary(many)
    (row,) = (row for row in quote_words.deal_rows(many) if row["Plan"] == "random" and "lowest mean" in row["Note"])
    assert row["Mean"] == mean
    assert usual in row["Cost"]


def test_a_close_call_is_said(many):
    (best,) = (deal for deal in many.of_plan("random") if deal.cheapest)
    other = next(deal for deal in many.of_plan("random") if not deal.cheapest and deal.p_cheapest is not None)
    told = [
        replace(deal, p_cheapest=0.4 if deal is best else 0.6 if deal is other else deal.p_cheapest and 0.0)
        for deal in many.deals
    ]
    before = quote_words.summary(many)
    assert ("For random labelling it is close" in before) == (
        best.p_cheapest < max(d.p_cheapest or 0 for d in many.of_plan("random"))
    )
    said = quote_words.summary(replace(many, deals=tuple(told)))
    assert "For random labelling it is close: " in said
    assert "in 60% of futures" in said and "in 40%" in said


def test_late_vendors_are_counted_in_the_title_and_many_vendors_have_the_colour_of_their_kind(many):
    late = [deal for deal in many.of_plan("random") if deal.late]
    chart = quote_charts.days_chart(many, "random")
    assert late and f"{len(late)} of {len(many.vendors)} usually late" in chart.title
    assert quote_words.LATE in json.dumps(chart.to_dict())
    assert _coloured_by(chart)[0] == "kind"


def test_tables_show_names_whole_and_say_who_is_not_compared(many):
    rows = quote_words.deal_rows(many)
    assert {row["Vendor"] for row in rows} == set(many.vendors)
    assert many.warnings
    assert all(warning.endswith(".") and not warning.endswith("..") for warning in many.warnings)
    assert {row["Cheapest in"] for row in rows if row["Vendor"] == "Tool"} == {"not compared"}
    quotes = quote_words.quote_rows(many.comparison, "USD")
    assert len(quote_words.winning_rows(many)) == len(quotes) == len(many.vendors)


def test_one_quote_and_a_budget_have_words_of_their_own(one, budget):
    assert quote_words.headline(one) == "One quote: Vendor A"
    assert "that the budget usually buys" in quote_words.summary(budget)
    assert quote_words.headline(budget).startswith("Cheapest: ")
    assert "Plan" not in quote_words.deal_rows(budget)[0]


def test_the_nearest_rival_is_the_one_with_the_least_to_take_off(many):
    prices = [one for one in many.winning if not one.wins and one.at_most_usd is not None]
    nearest = max(prices, key=lambda one: one.at_most_usd / one.vote_usd)
    title = quote_words.winning_finding(many)
    assert quote_words.short_name(nearest.vendor) in title
    assert numbers.price(nearest.at_most_usd) in title
    none = replace(many, winning=tuple(one for one in many.winning if one.wins))
    assert quote_words.winning_finding(none) == "No other quote would win at any price of its vote"


def test_few_vendors_have_a_colour_each_in_days_against_cost(bought):
    few = bought([f"Vendor of a long name {i}" for i in range(5)])
    for plan in few.plans:
        assert _coloured_by(quote_charts.days_chart(few, plan))[0] == "who"


def _coloured_by(chart):
    """Field of the points' colours, and its values in the legend."""
    points = next(layer for layer in chart.to_dict()["layer"] if layer["mark"]["type"] == "point")
    colour = points["encoding"]["color"]
    return colour["field"], colour["scale"]["domain"]


def test_amounts_of_draws_have_three_digits_and_days_no_exponent(many):
    written = re.compile(r"[$€]([\d,.]+)")
    for row in (*quote_words.deal_rows(many), *quote_words.volume_rows(many.comparison, 0, "USD")):
        for amount in written.findall(" ".join(row.values())):
            assert len(amount.replace(",", "").replace(".", "").strip("0")) <= 3, row
        assert "e-" not in row["Days"]
    said = re.findall(r"\$([\d,]+)", quote_words.summary(many))
    assert all(len(amount.replace(",", "").strip("0")) <= 3 for amount in said)
    # Days that are next to none are none.
    vendor = "[[vendors]]\nprice_usd = 0.04\nthroughput_per_day = 1e9\nturnaround_days = 0\n"
    rows = quote_words.deal_rows(buy(parse_plan(vendor + "[calendar]\nretrain_days = 0\n"), n_draws=50, seed=0))
    assert {row["Days"] for row in rows} == {"0"}


def test_a_stopping_rule_is_said_to_be_left_out(one, bought):
    ruled = bought(["Vendor A"], '[stopping]\nrules = ["target"]\n')
    assert ruled.by_rules and not one.by_rules
    assert "Never reaches, if it went on" in quote_words.deal_rows(ruled)[0]
    assert "Never reaches" in quote_words.deal_rows(one)[0]
    assert any("the verdict stops by the plan's rules" in warning for warning in ruled.warnings)
