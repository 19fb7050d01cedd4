"""Shares of data sets on which it pays, the map, the rule of thumb and middles with "never" in them."""

import pytest
from scipy import stats

from research.study.rule import CLAIM, enough_for, rule_of
from research.study.scale import Share
from tests.research.study.made import saved


def _sets(*strategies, **more):
    return [saved(f"set-{i}", strategy=one, **more) for i, one in enumerate(strategies)]


def test_none_of_sixteen_has_the_upper_end_of_wilson():
    # With none of n the upper end is z² ÷ (n + z²), z the 90% point of the normal law.
    z = stats.norm.ppf(0.9)
    share = Share.that([False] * 16)
    assert (share.count, share.of, share.low) == (0, 16, 0.0)
    assert share.high == pytest.approx(z**2 / (16 + z**2))


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
