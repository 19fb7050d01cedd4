"""First orders by hand, by a closed form, and by trying every sequence of orders."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decision.first_order import OrderPrices, first_order, first_order_of
from tests.planner.decision.hand_made import SIMPLE, case_of, spread

HALF_AND_HALF = np.array([100.0, 200.0])
NEVER = np.inf


def found(need, label=1.0, order=0.0, miss=None, *, orders=2, cap=1_000.0, rounds=50.0, **more):
    missed = None if miss is None else np.array([miss])
    prices = OrderPrices(lambda totals: totals * label, np.array([order]), np.zeros(1), missed)
    return first_order(np.asarray(need, dtype=float), prices, cap=cap, orders=orders, round_labels=rounds, **more)


def test_two_orders_where_the_second_is_cheap_and_one_where_it_is_dear():
    cheap = found(HALF_AND_HALF, order=10)
    assert cheap.orders == (100, 100)
    assert cheap.expected_usd == 110 + 110 / 2
    assert (cheap.p_enough, cheap.p_reached, cheap.mean_orders) == (0.5, 1, 1.5)
    dear = found(HALF_AND_HALF, order=150)
    assert dear.orders == (200,)
    assert dear.expected_usd == 350
    assert (dear.median_labels, dear.median_usd) == (100, 250 + 250 / 2)


def test_small_rounds_pay_for_each_of_them():
    # 100 labels are two rounds of 50, 200 are four: 150 labels and three orders on average.
    assert found(HALF_AND_HALF, order=10).rounds_usd == 150 + 30
    # The last of three rounds of 70 brings one to 210, and to 200 where there is no more.
    assert found(HALF_AND_HALF, order=10, rounds=70.0).rounds_usd == (140 + 20 + 210 + 30) / 2
    assert found(HALF_AND_HALF, order=10, rounds=70.0, cap=200.0).rounds_usd == (140 + 20 + 200 + 30) / 2


def test_the_last_order_has_to_be_enough_unless_missing_has_a_price():
    assert found(HALF_AND_HALF, orders=1).orders == (200,)
    # 100 more labels against $40 in half of the futures.
    assert found(HALF_AND_HALF, miss=40.0, orders=1).orders == ()
    risky = found([100.0, 100.0, 100.0, 900.0], miss=500.0, orders=1)
    assert risky.orders == (100,)
    assert risky.expected_usd == 100 + 500 / 4
    assert (risky.p_reached, risky.median_labels) == (0.75, 100)


def test_buying_nothing_where_nothing_pays():
    nothing = found(HALF_AND_HALF, label=10, miss=500.0)
    assert (nothing.labels, nothing.orders, nothing.expected_usd, nothing.mean_orders) == (0, (), 500, 0)
    assert nothing.p_reached == 0


def test_out_of_reach_is_found_out_only_when_all_is_bought():
    out = found([100.0, NEVER], order=10, cap=300.0, orders=3)
    assert out.orders == (100, 200)
    assert out.expected_usd == 110 + (200 + 10) / 2
    assert out.p_reached == 0.5
    assert found([NEVER, NEVER, 100.0]).median_labels is None


def test_prices_may_depend_on_the_draw():
    # Labels are dear where many are needed: the second hundred costs $4 each, and is ordered only there.
    need, usd = HALF_AND_HALF, np.array([1.0, 4.0])
    prices = OrderPrices(lambda totals: totals * usd, np.array([20.0, 60.0]), np.zeros(1))
    told = first_order(need, prices, cap=1_000, orders=2, round_labels=100)
    assert told.orders == (100, 100)
    assert told.expected_usd == (100 + 20 + 400 + 60) / 2 + (400 + 60) / 2
    assert told.rounds_usd == told.expected_usd


def test_training_is_paid_for_all_labels_after_each_order():
    prices = OrderPrices(lambda totals: totals * 1.0, np.zeros(1), np.array([0.5]))
    told = first_order(HALF_AND_HALF, prices, cap=1_000, orders=2, round_labels=100)
    assert told.orders == (100, 100)
    assert told.expected_usd == 100 + 50 + (100 + 100) / 2
    assert told.rounds_usd == told.expected_usd


def test_the_usual_need_is_among_the_totals_even_where_they_are_few(monkeypatch):
    need = np.arange(1.0, 1_000)
    usual = found(need, order=20)
    monkeypatch.setattr("planner.decision.first_order.SIZES", 7)
    few = found(need, order=20)
    assert few.median_labels == 500
    monkeypatch.setattr("planner.decision.first_order.SIZES", 2_000)
    every = found(need, order=20)
    assert every.expected_usd <= few.expected_usd
    assert usual.expected_usd == pytest.approx(every.expected_usd, rel=0.005)


@pytest.mark.parametrize("miss", [1_500.0, 5_000.0, 20_000.0])
def test_one_order_is_where_the_density_is_the_ratio_of_the_prices(miss):
    """An exponential need with mean 1,000: f(q) = exp(−q ÷ 1,000) ÷ 1,000 = 1 ÷ miss (Mahmood et al. 2022)."""
    n = 4_000
    need = -1_000 * np.log1p(-(np.arange(n) + 0.5) / n)
    told = found(need, miss=miss, orders=1, cap=1e6)
    best = 1_000 * np.log(miss / 1_000)
    usd = best + miss * np.exp(-best / 1_000)
    assert told.expected_usd == pytest.approx(usd, rel=0.002)
    assert told.labels == pytest.approx(best, rel=0.04)
    assert told.p_enough == pytest.approx(1 - 1_000 / miss, abs=0.01)  # q* = F⁻¹(1 − ε)
    assert told.as_good[0] <= best <= told.as_good[1]


def by_trial(need, label, order, miss, orders):
    """Price every rising sequence of totals on every draw."""
    best = miss
    totals = sorted(set(need))
    for number in range(1, orders + 1):
        for path in combinations(totals, number):
            usd = 0.0
            for one in need:
                had = 0.0
                for total in path:
                    usd += order + label * (total - had)
                    had = total
                    if one <= total:
                        break
                else:
                    usd += miss
            best = min(best, usd / len(need))
    return best


@given(
    st.lists(st.integers(1, 500).map(float), min_size=1, max_size=7),
    st.sampled_from([0.0, 20.0, 200.0]),
    st.sampled_from([100.0, 1_000.0]),
    st.integers(1, 3),
)
def test_no_sequence_of_orders_is_cheaper(need, order, miss, orders):
    told = found(need, 1, order, miss, orders=orders)
    assert told.expected_usd == pytest.approx(by_trial(need, 1.0, order, miss, orders))
    assert told.as_good[0] <= told.labels <= told.as_good[1]
    fewer = found(need, 1, order, miss, orders=orders + 1)
    assert fewer.expected_usd <= told.expected_usd + 1e-9


def test_a_plan_orders_at_its_own_prices():
    # Labels at $1 and $700 a week of delay: with 4,000 a day, 2.25 days and a training an order.
    text = SIMPLE.replace("turnaround_days = 0", "turnaround_days = 2").replace(
        "retrain_days = 0", "retrain_days = 0.25"
    )
    text = text.replace("cost_of_delay_usd_per_week = 0", "cost_of_delay_usd_per_week = 700")
    told = first_order_of(case_of([1_000.0, 4_000.0], [900.0, 900.0], text))
    # A second order costs 2.25 days at $100; 3,000 labels more cost $3,000 and 0.75 days.
    assert told.orders == (1_000, 3_000)
    first, second = 1_000 + 25 + 225, 3_000 + 75 + 225
    assert told.expected_usd == pytest.approx(first + second / 2, abs=2)  # the first label's own price and time
    slow = text.replace("700", "70_000")
    assert first_order_of(case_of([1_000.0, 1_400.0], [900.0, 900.0], slow)).orders == (1_400,)


def test_a_plan_gives_up_only_where_missing_has_a_price():
    reach = [1_000.0, 5_000.0]
    assert first_order_of(case_of(reach, reach)).p_reached == 1
    cheap_miss = SIMPLE.replace("[task]", "[task]\nfailure_usd = 600")
    told = first_order_of(case_of(reach, reach, cheap_miss))
    assert told.p_reached < 1
    assert first_order_of(spread(300)).rounds_usd > 0
