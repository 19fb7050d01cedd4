"""Explained bills: what is printed, typed into a pocket calculator, gives what is printed."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.costs import LINES, CostComparison, PriceRange
from planner.costs.bill import with_delay, with_failure
from planner.costs.terms import Factor, Line, Term, money, share
from planner.render.verdict.bill_words import (
    _break_even_words,
    exact,
    explained_bill,
    explained_rows,
    factor_words,
    term_words,
)
from tests.planner.costs.quotes import bill, plan_of, quotes, usd

NUMBER = re.compile(r"(−?)(?:\$|EUR\N{NO-BREAK SPACE}|€)?([\d,]+(?:\.\d+)?)(%?)(?= |$)")
CENT = 0.01


def number_in(words):
    """The number that a factor or a result begins with."""
    found = NUMBER.match(words)
    assert found, words
    assert re.fullmatch(r"\d{1,3}(,\d{3})*(\.\d+)?", found[2]), words
    value = float(found[2].replace(",", "")) / (100 if found[3] else 1)
    return -value if found[1] else value


def split(words, signs):
    """Cut at signs outside of brackets, round or square: the parts, and the sign before each but the first."""
    parts, between, depth = [""], [], 0
    for piece in re.split(r"( [×÷+−] |[()\[\]])", words):
        depth += (piece in ("(", "[")) - (piece in (")", "]"))
        if depth == 0 and piece.strip() in signs and piece != piece.strip():
            between.append(piece.strip())
            parts.append("")
        else:
            parts[-1] += piece
    assert depth == 0, words
    return parts, between


def calculated(product):
    """Type a product into the calculator; brackets are checked against the number before them."""
    factors, signs = split(product, "×÷")
    result = 1.0
    for words, sign in zip(factors, ["×", *signs], strict=True):
        value = number_in(words)
        if words.endswith(")"):
            terms, operators = split(words[words.index("(") + 1 : -1], "+−")
            total = sum(
                calculated(term) * (-1 if operator == "−" else 1)
                for term, operator in zip(terms, ["+", *operators], strict=True)
            )
            assert total == pytest.approx(value, rel=1e-6, abs=1e-6), words
        result = result * value if sign == "×" else result / value
    return result


def checked(part):
    """The result that one printed product claims, once the calculator agrees."""
    product, equals, claimed = part.rpartition(" = ")
    if not equals:  # a single amount with its name
        return number_in(part.rpartition(": ")[2])
    assert calculated(product) == pytest.approx(number_in(claimed), rel=1e-6, abs=CENT), part
    return number_in(claimed)


def check(made, currency="USD"):
    """Check every line of an explained bill, and give its total and days."""
    *lines, total, days = explained_bill(made, currency)
    for line in (*lines, days):
        assert line.parts or number_in(line.amount) == 0, line
        results = [checked(part) for part in line.parts]
        assert sum(results) == pytest.approx(number_in(line.amount), rel=1e-6, abs=CENT * len(results)), line
        assert all("\n" not in part for part in line.parts)
    amounts = [number_in(line.amount) for line in lines]
    assert sum(amounts) == pytest.approx(number_in(total.amount), abs=CENT * (len(amounts) + 1))
    assert (total.name, days.name) == ("total", "days")
    return number_in(total.amount), number_in(days.amount)


EVERYTHING = {
    "task": {"test_labels": 500, "failure_usd": 1_234.5},
    "strategy": {"time_factor": 1.3, "reuse_loss": 0.1, "restart": "warm"},
    "engineering": {
        "hours_per_project": 12.5,
        "projects_sharing": 3,
        "discount_rate": 0.1,
        "one_off_hours": "60 to 99",
    },
    "compute": {"warm_epochs_share": 0.3, "members": 5, "passes": 2, "pool_share_scored": 0.15},
    "calendar": {"build_days": 4.5, "deadline_days": 20, "deadline_cost_usd": 800, "earlier_is_a_gain": True},
}
SHORT = {
    "strategy": {"monitor_random": True, "restart": "fine-tune"},
    "compute": {"score_usd_per_item": 0.0007},
    "calendar": {"rounds": "asynchronous", "delay": "decay", "value_usd": 9_000, "value_lost_per_week": 0.07},
}


@given(quotes(ranges=True), st.integers(1_000, 60_000), st.booleans(), st.sampled_from([{}, EVERYTHING, SHORT]))
def test_every_explanation_can_be_checked_with_a_pocket_calculator(terms, n, active, tables):
    plan = plan_of(terms, **tables)
    values = plan.medians(digits=6)
    made = bill(plan, n, active=active, values=values)
    made = with_failure(with_delay(plan, made, np.array([12.25]), values), values, np.array([False]))
    total, days = check(made)
    assert total == pytest.approx(usd(made), abs=CENT)
    assert days == pytest.approx(float(made.days[0]), rel=1e-7)
    # The JSON of an explanation adds up to its lines.
    rows = explained_rows({"margin": made})["margin"]
    assert {row["line"] for row in rows} == {line for line in LINES if usd(made, line)}
    for row in rows:
        assert sum(term["amount_usd"] for term in row["terms"]) == pytest.approx(row["amount_usd"])
        assert row["amount_usd"] == usd(made, row["line"])


def test_the_worked_example_in_words():
    vendor = {"name": "V", "price_usd": 0.05, "votes_per_item": 3, "platform_fee_usd_per_item": 0.02}
    made = bill(plan_of(vendor, engineering={"one_off_hours": 80, "hours_per_round": 2}), 2_400)
    lines = {line.name: line for line in explained_bill(made)}
    assert lines["labels"].parts == (
        "2,400 items × 3 votes × $0.05 a vote = $360.00",
        "2,400 items × $0.02 platform fee an item = $48.00",
    )
    assert lines["labels"].amount == "$408.00"
    assert lines["engineering"].parts == ("80 hours, one-off × $50 an hour = $4,000.00",)
    assert lines["operation"].parts == (
        "2 rounds [(2,400 − 1,000) ÷ 700, rounded up] × 2 hours a round × $50 an hour = $200.00",
    )
    check(made)
    # Another currency is shown, and can be checked too.
    made = bill(plan_of({"name": "V", "price_usd": 0.05}, task={"currency": "EUR"}), 2_400)
    assert "€0.05 a vote" in explained_bill(made, "EUR")[0].parts[0]
    check(made, "EUR")


def one(value, what="things", **kind):
    return Factor(np.array([value], dtype=float), what, **kind)


def test_how_a_product_is_written():
    dollars = {"set-up": 500.0, "less the work": -12.5, "short": 3.0}
    setup, less, short = (money(np.array([amount]), what) for what, amount in dollars.items())
    timed = (one(9, "s a vote"), one(3_600, "s an hour", divides=True))
    products = [(setup,), (less,), (one(1, "orders"), short), timed, (one(80), share(np.array([0.125]), "reviewed"))]
    assert [term_words(Term(factors), "USD") for factors in products] == [
        "set-up: $500.00",
        "less the work: −$12.50",
        "1 order × $3 short = $3.00",
        "9 s a vote ÷ 3,600 s an hour = $0.00",
        "80 things × 12.5% reviewed = $10.00",
    ]


def test_a_sum_in_a_product_is_written_in_brackets():
    inner = Line.of(one(2, "rounds"), one(100, "items")).plus(Term((one(-30, "a batch"), one(1, "batches"))))
    words = factor_words(Factor.total(inner, "items"), None)
    assert words == "170 items (2 rounds × 100 items − 30 a batch × 1 batch)"


def test_one_of_a_thing_is_not_many():
    singles = {"items": "item", "batches before a round": "batch before a round", "passes": "pass", "votes": "vote"}
    same = ("s an item", "efficiency", "a day")
    for many, single in (singles | {"hours, one-off": "hour, one-off"} | dict(zip(same, same, strict=True))).items():
        assert factor_words(one(1, many), None) == f"1 {single}"
        assert factor_words(one(2, many), None) == f"2 {many}"


@given(st.floats(1e-9, 1e12))
def test_numbers_keep_eight_digits_and_have_no_exponent(value):
    text = exact(value)
    assert "e" not in text
    assert float(text.replace(",", "")) == pytest.approx(value, rel=1e-7)
    assert exact(-value) == "−" + text


def test_each_price_at_which_bills_cross_is_told_with_who_is_cheaper_beside_it():
    ranges = (PriceRange(0, 0.03, "cheaper"), PriceRange(0.03, 0.05, "dearer"), PriceRange(0.05, None, "cheaper"))
    comparison = CostComparison({}, {}, 10.0, (0.03, 0.05), ranges, ())
    assert _break_even_words(comparison, 10.0, "USD") == (
        "$0.03 and $0.05; active learning is cheaper below $0.03, dearer between $0.03 and $0.05, cheaper above $0.05"
    )
