"""Shares of data sets on which it pays, the map, the rule of thumb and middles with "never" in them."""

import numpy as np
import pytest
from scipy import stats

from research.study.overview import middle_factor, rank_correlation, standing_of
from research.study.rule import CLAIM, enough_for, rule_of
from research.study.scale import PRICES_USD, SCALES, Share, pays_at_bill, pays_at_price, price_scale_map
from research.study.setups import Setup
from tests.research.study.made import saved

TEN = Setup("ten hours, one a round", 10.0, 1.0)


def _sets(*strategies, **more):
    return [saved(f"set-{i}", strategy=one, **more) for i, one in enumerate(strategies)]


def test_none_of_sixteen_has_the_upper_end_of_wilson():
    # With none of n the upper end is z² ÷ (n + z²), z the 90% point of the normal law.
    z = stats.norm.ppf(0.9)
    share = Share.that([False] * 16)
    assert (share.count, share.of, share.low) == (0, 16, 0.0)
    assert share.high == pytest.approx(z**2 / (16 + z**2))


def test_paying_is_counted_set_by_set():
    # Break-even bills are $1,400 and, with 9 rounds of 10 + 7 hours and a factor of 1.25, 5 × $850; one is never.
    sets = _sets(500.0, 800.0, None)
    assert [pays_at_bill(sets, TEN, bill).count for bill in (1_400, 1_401, 4_250, 4_251, 1e9)] == [0, 1, 1, 2, 2]
    assert [pays_at_price(sets, TEN, price).count for price in (1.40, 1.41, 4.25, 4.26)] == [0, 1, 1, 2]


def test_each_field_of_the_map_is_that_of_its_bill():
    sets = _sets(200.0, 500.0, 800.0, None)
    cells = price_scale_map(sets, TEN)
    assert [(one.labels, one.price_usd) for one in cells] == [(n, p) for n in SCALES for p in PRICES_USD]
    assert all(one.share == pays_at_bill(sets, TEN, one.price_usd * one.labels) for one in cells)
    assert {one.share.count for one in cells} == {0, 1, 2, 3}


def test_the_rule_is_the_rank_that_leaves_room_for_the_next_set():
    # Multiples 2, 1.25, 5, 1.11: the rank is ⌈0.8 × 5⌉ = 4 of 4; of three others it is 4, which they do not have.
    found = rule_of(_sets(500.0, 200.0, 800.0, 100.0))
    assert CLAIM == 0.8
    assert found.k == pytest.approx(5.0)
    assert (found.left_out.count, found.left_out.of, found.holds) == (0, 4, False)


def test_the_rule_is_tested_on_what_it_was_not_made_from():
    # Nine alike and one that needs more: the rank is 9 of 10, or ⌈0.8 × 10⌉ = 8 of 9 others.
    sets = _sets(*[500.0] * 9, 800.0)
    found = rule_of(sets)
    assert (found.k, found.left_out.count, found.holds) == (pytest.approx(2.0), 9, True)
    assert enough_for(sets[0], sets[1:])
    assert not enough_for(sets[-1], sets[:-1])


def test_never_is_the_least_of_a_middle():
    assert middle_factor(_sets(500.0, 250.0, None)).middle == pytest.approx(2.0)
    assert middle_factor(_sets(500.0, None, None)).middle is None
    only = middle_factor(_sets(500.0))
    assert (only.middle, only.low, only.high) == (2.0, None, None)


def test_a_standing_counts_sets_and_campaigns():
    sets = [
        saved("a", strategy=500.0, q10=1.5, q90=2.5, unreached=0),
        saved("b", strategy=1_250.0, q10=0.7, q90=0.9, unreached=10),
        saved("c", strategy=None, q10=None, q90=1.2, unreached=20),
    ]
    found = standing_of("margin", sets)
    assert (found.surely_ahead, found.surely_behind, found.behind.count, found.behind.of) == (1, 1, 2, 3)
    assert (found.campaigns.middle, found.pairs) == (pytest.approx(0.5), 60)
    assert found.campaigns.low < 0.5 < found.campaigns.high


def test_no_correlation_is_told_where_there_is_none_to_tell():
    nothing = rank_correlation(_sets(500.0, 400.0, 300.0), [1.0, 2.0, 3.0])
    assert nothing.middle is None
    assert rank_correlation(_sets(*[500.0] * 5), [1.0, 2.0, 3.0, 4.0, 5.0]).middle is None
    falling = rank_correlation(_sets(*np.linspace(200, 900, 8)), list(range(8)))
    assert falling.middle == pytest.approx(-1.0)


def test_with_too_many_that_never_pay_there_is_no_rule():
    found = rule_of(_sets(*[500.0] * 6, None, None, None, None))
    assert (found.k, found.left_out.count, found.holds) == (None, 0, False)
