import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.render import numbers

amounts = st.floats(-1e12, 1e12, allow_nan=False)
chances = st.floats(0, 1, allow_nan=False)


def test_money() -> None:
    written = {
        -0.001: "−$0.001",
        -1e-7: "−$0.0000001",
        9.999: "$10.00",
        None: "never",
        -3e300: "−$1,000,000,000,000,000+",
    }
    assert {amount: numbers.money(amount) for amount in written} == written
    assert numbers.money(-0.0) == "$0"


def test_currency_is_a_label() -> None:
    assert numbers.money(-2647, "EUR") == "−€2,647"
    assert numbers.money(2647, "CHF") == "CHF\N{NO-BREAK SPACE}2,647"
    assert numbers.short_money(-12_500, "GBP") == "−£12.5k"


def test_small_prices_are_echoed_per_thousand() -> None:
    assert numbers.price_per(0.04, "label") == "$0.04 per label ($40 per 1,000)"
    assert numbers.price_per(0.0118, "vote", "EUR") == "€0.0118 per vote (€11.80 per 1,000)"
    assert numbers.price_per(2.5, "label") == "$2.50 per label"
    assert numbers.price_per(0.0, "label") == "$0.00 per label"


@given(amounts)
def test_amounts_never_show_a_hyphen_or_a_fault(amount: float) -> None:
    for shown in (numbers.money(amount), numbers.short_money(amount), numbers.dollars(amount), numbers.price(amount)):
        assert "-" not in shown and "nan" not in shown and "inf" not in shown and "e+" not in shown
        assert "$−" not in shown
        assert re.search(r"\d", shown)


@given(amounts, amounts)
def test_short_money_keeps_the_order_of_size(a: float, b: float) -> None:
    def size(text: str) -> float:
        scale = {"k": 1e3, "M": 1e6, "B": 1e9}.get(text[-1], 1.0)
        return float(re.sub(r"[^\d.]", "", text)) * scale

    low, high = sorted((abs(a), abs(b)))
    assert size(numbers.short_money(low)) <= size(numbers.short_money(high)) * (1 + 1e-9)


@given(chances)
def test_only_none_and_all_of_the_futures_are_0_and_100_percent(chance: float) -> None:
    shown = numbers.share(chance)
    assert (shown == "100%") == (chance == 1)
    assert (shown == "0%") == (chance == 0)


def test_unreached_ends_are_words_and_a_name_cannot_draw_on_a_terminal() -> None:
    assert numbers.labels(None) == numbers.days(None) == "never"
    assert numbers.plain("A\x1b[31m\nB\u202e") == "A [31m B"


@given(st.floats(0, 1e9, allow_nan=False))
def test_input_values_are_plain_numbers(value: float) -> None:
    shown = numbers.input_value(value)
    assert re.fullmatch(r"[\d,]+(\.\d+)?", shown)
    assert float(shown.replace(",", "")) == pytest.approx(value, rel=6e-3, abs=0.5 if value >= 100 else 0)
