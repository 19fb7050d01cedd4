import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wilcoxon

from planner.curves.comparisons import PairedDifference, holm, paired_difference

areas = st.dictionaries(st.integers(0, 9), st.floats(0, 1), max_size=9)


def test_three_pairs_worked_by_hand():
    # d = 0.01, 0.02, 0.03: mean 0.02, sd 0.01, t = 2√3. With two degrees of freedom p = 1 − t/√(2 + t²) = 1 − √(12/14)
    # and the 90% point is √(1.28/0.36).
    found = paired_difference({0: 0.51, 1: 0.62, 2: 0.73}, {0: 0.50, 1: 0.60, 2: 0.70})
    half = math.sqrt(1.28 / 0.36) * 0.01 / math.sqrt(3)
    assert found.pairs == 3
    assert found.difference == pytest.approx(0.02)
    assert found.sd == pytest.approx(0.01)
    assert (found.q10, found.q90) == (pytest.approx(0.02 - half), pytest.approx(0.02 + half))
    assert found.test == "t"
    assert found.p_value == pytest.approx(1 - math.sqrt(12 / 14))


def test_a_seed_without_a_partner_is_named_and_changes_nothing():
    first, second = {0: 0.51, 1: 0.62, 2: 0.73}, {0: 0.50, 1: 0.60, 2: 0.70}
    alone = paired_difference({**first, 7: 0.1}, {**second, 8: 0.9, 5: 0.9})
    assert (alone.only_first, alone.only_second) == ((7,), (5, 8))
    paired = asdict(paired_difference(first, second))
    assert {k: v for k, v in asdict(alone).items() if "only" not in k} == {
        k: v for k, v in paired.items() if "only" not in k
    }


def test_one_pair_has_a_difference_and_no_interval():
    found = paired_difference({3: 0.75}, {3: 0.5})
    assert found == PairedDifference(1, difference=0.25)


def test_no_pair_has_nothing():
    assert paired_difference({0: 0.5}, {1: 0.5}) == PairedDifference(0, (0,), (1,))


def test_identical_values_are_no_difference_and_no_evidence():
    found = paired_difference({0: 0.5, 1: 0.6}, {0: 0.5, 1: 0.6})
    assert (found.difference, found.q10, found.q90, found.sd, found.p_value) == (0, 0, 0, 0, 1)


def test_two_pairs_that_differ_by_the_same_amount_are_not_called_certain():
    found = paired_difference({0: 0.5, 1: 0.6}, {0: 0.4, 1: 0.5})
    assert found.test == "wilcoxon"
    assert found.p_value == pytest.approx(0.5)
    assert found.q10 == found.q90 == pytest.approx(0.1)
    # Of the 2³ patterns of signs of three pairs, two are as extreme.
    three = paired_difference({0: 0.5, 1: 0.6, 2: 0.7}, {0: 0.4, 1: 0.5, 2: 0.6})
    assert three.p_value == wilcoxon(np.full(3, 0.1), method="exact").pvalue == 0.25


@given(first=areas, second=areas)
def test_swapping_the_two_flips_every_sign_and_nothing_else(first, second):
    one, other = paired_difference(first, second), paired_difference(second, first)
    assert (one.pairs, one.only_first, one.only_second) == (other.pairs, other.only_second, other.only_first)
    assert one.test == other.test
    if one.pairs:
        assert one.difference == -other.difference
    if one.pairs > 1:
        assert (one.q10, one.q90) == (pytest.approx(-other.q90), pytest.approx(-other.q10))
        assert one.q10 - 1e-12 <= one.difference <= one.q90 + 1e-12
        assert one.p_value == pytest.approx(other.p_value)
        assert 0 <= one.p_value <= 1


def test_holm_worked_by_hand():
    # In order: 4 × 0.005, 3 × 0.01, 2 × 0.03, and 1 × 0.04 held up to 0.06.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_a_comparison_that_was_not_made_counts_for_nothing():
    assert holm([0.01, None, 0.04]) == [pytest.approx(0.02), None, pytest.approx(0.04)]
    assert holm([]) == []
    assert holm([None]) == [None]


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=20))
def test_corrected_values_are_no_smaller_keep_their_order_and_stay_probabilities(p_values):
    corrected = holm(p_values)
    assert [p is None for p in corrected] == [p is None for p in p_values]
    made = sorted((p, q) for p, q in zip(p_values, corrected, strict=True) if p is not None)
    assert all(p <= q <= 1 for p, q in made)
    assert [q for _, q in made] == sorted(q for _, q in made)
    if made:
        assert made[0][1] == min(1.0, len(made) * made[0][0])
