import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.plan import quantity as q
from planner.plan.quantity import Quantity

TENTHS = np.array([0.1, 0.5, 0.9])


def test_a_positive_range_is_lognormal_so_its_median_is_the_geometric_mean():
    price = Quantity.parse("0.01 to 0.04", q.NON_NEGATIVE)
    assert price.median == pytest.approx(0.02)
    assert price.at(TENTHS) == pytest.approx([0.01, 0.02, 0.04])


def test_a_fraction_range_is_logit_normal():
    rate = Quantity.parse([0.2, 0.8], q.FRACTION)
    assert rate.at(TENTHS) == pytest.approx([0.2, 0.5, 0.8])


def test_counts_are_rounded_and_stay_allowed():
    votes = Quantity.parse("1 to 3", q.COUNT)
    drawn = votes.at(np.linspace(0.001, 0.999, 500))
    assert not (drawn % 1).any()
    assert np.quantile(drawn, 0.9) == 3
    assert drawn.min() == 1


@pytest.mark.parametrize(
    ("raw", "low", "high"),
    [
        (3, 3, 3),
        ("3", 3, 3),
        ("50_000", 50_000, 50_000),
        ("0.05 to 0.12", 0.05, 0.12),
        ("  2  to 1e3 ", 2, 1000),
        ([2, 7], 2, 7),
    ],
)
def test_the_ways_to_write_a_number(raw, low, high):
    read = Quantity.parse(raw, q.NON_NEGATIVE)
    assert (read.low, read.high) == (low, high)


@pytest.mark.parametrize(
    ("raw", "domain", "words"),
    [
        ("cheap", q.NON_NEGATIVE, "a number from 0 to 1e12"),
        (-1, q.NON_NEGATIVE, "a number from 0 to 1e12"),
        (90, q.OPEN_FRACTION, "0.90, not 90"),
        (1.0, q.OPEN_FRACTION, "above 0 and below 1"),
        (2.5, q.COUNT, "whole number"),
        (True, q.COUNT, "found true"),
        (math.nan, q.NON_NEGATIVE, "found nan"),
        (math.inf, q.POSITIVE, "found inf"),
        ("1e-300 to 1e300", q.NON_NEGATIVE, "to 1e12"),
        (1e308, q.NON_NEGATIVE, "to 1e12"),
        ("0.4 to 0.2", q.NON_NEGATIVE, "first number is the smaller"),
        ("0 to 0.2", q.NON_NEGATIVE, "not reaching 0"),
        ("0.5 to 1", q.FRACTION, "not reaching 1"),
        ([1, 2, 3], q.NON_NEGATIVE, "a number from 0 to 1e12"),
        (["1", "2"], q.NON_NEGATIVE, "a number from 0 to 1e12"),
        (None, q.NON_NEGATIVE, "a number from 0 to 1e12"),
        ("0,040", q.NON_NEGATIVE, 'found "0,040"; allowed: 0.040, with a decimal point'),
        ("0,05 to 0,12", q.NON_NEGATIVE, "allowed: 0.05 to 0.12, with a decimal point"),
        ("1,000", q.COUNT, "allowed: such as 1000, without separators of thousands"),
    ],
)
def test_what_is_not_allowed_is_told_in_a_sentence(raw, domain, words):
    with pytest.raises(ValueError, match="allowed: ") as told:
        Quantity.parse(raw, domain)
    assert words in str(told.value)


positive = st.floats(1e-6, 1e6)


@given(positive, positive)
def test_text_reads_back_as_the_same_quantity(a, b):
    made = Quantity.parse([min(a, b), max(a, b)], q.NON_NEGATIVE)
    assert Quantity.parse(made.text, q.NON_NEGATIVE) == made


@given(positive, positive, st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_draws_rise_with_their_probability(a, b, u, w):
    made = Quantity.parse([min(a, b), max(a, b)], q.NON_NEGATIVE)
    low, high = made.at(np.array(sorted((u, w))))
    assert low <= high
