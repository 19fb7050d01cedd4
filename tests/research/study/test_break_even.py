"""Break-even prices and bills: worked by hand, against the project's own bill, and their invariants."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.costs import bills_at_counts
from research.study.break_even import break_even_bill, break_even_multiple, break_even_price
from research.study.setups import HOURLY_RATE_USD, Setup, overhead_usd, plan_of
from tests.research.study.made import saved

TEN = Setup("ten hours, one a round", 10.0, 1.0)


def test_half_the_labels_are_worth_twice_the_work():
    # 100 labels and 4 rounds of 100: 10 + 4 hours at $50 are $700, and 500 labels are saved.
    one = saved(random=1_000.0, strategy=500.0)
    assert HOURLY_RATE_USD == 50
    assert break_even_price(one, TEN).middle == pytest.approx(1.40)
    assert break_even_bill(one, TEN).middle == pytest.approx(1_400.0)
    assert break_even_multiple(one).middle == pytest.approx(2.0)
    # A short last round is a round: 501 labels take a fifth, $750 for 499 labels.
    assert break_even_price(saved(strategy=501.0), TEN).middle == pytest.approx(750 / 499)


def test_the_interval_turns_round_and_its_ends_have_their_own_rounds():
    price = break_even_price(saved(q10=1.25, q90=4.0), TEN)
    # A factor of 4 leaves 250 labels, 2 rounds and $600 for 750 labels; 1.25 leaves 800, 7 rounds and $850 for 200.
    assert (price.low, price.high) == (pytest.approx(0.8), pytest.approx(4.25))
    assert price.pays_at(1.41) and not price.pays_at(1.40 - 1e-9)


@pytest.mark.parametrize("strategy", [None, 1_000.0, 1_200.0])
def test_no_price_makes_up_for_labels_that_are_not_saved(strategy):
    one = saved(strategy=strategy, q10=None, q90=2.0)
    for found in (break_even_price(one, TEN), break_even_bill(one, TEN), break_even_multiple(one)):
        assert found.middle is None and found.high is None and found.low is not None
        assert not found.pays_at(1e12)
    # A campaign that ends with its initial set has no round.
    assert overhead_usd(TEN, 100, 100, [100.0])[0] == pytest.approx(500.0)


campaigns = st.tuples(
    st.integers(50, 5_000),
    st.integers(10, 50),
    st.integers(1, 200),
    st.integers(1, 100).map(float),
    st.sampled_from([0.0, 0.1, 0.5, 2.0]),
).flatmap(
    lambda drawn: st.tuples(st.just(drawn), st.integers(drawn[1], drawn[0] - 1) if drawn[0] > drawn[1] else st.none())
)


@settings(max_examples=15, deadline=None)
@given(campaigns.filter(lambda drawn: drawn[1] is not None))
def test_at_the_break_even_price_both_bills_are_the_same(drawn):
    (random, initial, batch, one_off, per_round), strategy = drawn
    setup = Setup("drawn", one_off, per_round)
    one = saved(random=float(random), strategy=float(strategy), batch_size=batch, initial_size=initial)
    price = break_even_price(one, setup).middle
    assert price is not None
    counts = {"random": random, "margin": strategy}
    vendors = dict.fromkeys(counts, 0)
    bills = bills_at_counts(plan_of(setup, initial, batch, price), counts, vendors)
    at, over = (float(bills[name].total_usd[0]) for name in counts)
    assert at == pytest.approx(over, rel=1e-6)
