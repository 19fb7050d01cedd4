import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.curves.comparisons import area_under_curve
from simulations.errors import InputError

LABELS, VALUES = [10, 20, 40], [0.5, 0.7, 0.9]


def test_over_log_labels_each_doubling_weighs_the_same():
    # The mean heights of the two doublings are 0.6 and 0.8.
    assert area_under_curve(LABELS, VALUES) == pytest.approx((0.6 + 0.8) / 2)


def test_over_linear_labels_each_label_weighs_the_same():
    # 10 labels at 0.6 and 20 labels at 0.8.
    assert area_under_curve(LABELS, VALUES, scale="linear") == pytest.approx((10 * 0.6 + 20 * 0.8) / 30)


def test_an_end_between_two_measurements_is_interpolated_on_the_same_axis():
    # √200 is half way from 10 to 20 in log labels: the value there is 0.6, and 0.7 at the end.
    assert area_under_curve(LABELS, VALUES, start=math.sqrt(200), end=20) == pytest.approx(0.65)
    # 15 is half way in labels.
    assert area_under_curve(LABELS, VALUES, scale="linear", start=15, end=20) == pytest.approx(0.65)


def test_a_single_label_count_has_its_value():
    assert area_under_curve(LABELS, VALUES, start=20, end=20) == pytest.approx(0.7)
    assert area_under_curve([7], [0.3]) == pytest.approx(0.3)


@pytest.mark.parametrize("scale", ["log", "linear"])
@given(levels=st.lists(st.floats(0, 1), min_size=1, max_size=8), data=st.data())
def test_the_area_lies_between_the_lowest_and_highest_value(scale, levels, data):
    gaps = data.draw(st.lists(st.integers(1, 1000), min_size=len(levels), max_size=len(levels)))
    area = area_under_curve(np.cumsum(gaps), levels, scale=scale)
    assert min(levels) - 1e-9 <= area <= max(levels) + 1e-9


@pytest.mark.parametrize(
    ("labels", "values", "options", "words"),
    [
        ([10, 20], [0.5], {}, "2 labels and 1 values"),
        ([], [], {}, "allowed: as many, 1 or more"),
        ([20, 10], [0.5, 0.6], {}, "strictly rising"),
        ([10, 10], [0.5, 0.6], {}, "strictly rising"),
        ([0, 10], [0.5, 0.6], {}, "at least 1"),
        ([10, 20], [0.5, math.nan], {}, "no number"),
        ([10, 20], [0.5, 0.6], {"scale": "sqrt"}, "allowed: log, linear"),
        ([10, 20], [0.5, 0.6], {"start": 5}, "within 10 to 20"),
        ([10, 20], [0.5, 0.6], {"start": 18, "end": 12}, "within 10 to 20"),
    ],
)
def test_what_is_not_a_curve_is_refused_in_words(labels, values, options, words):
    with pytest.raises(InputError, match=words):
        area_under_curve(labels, values, **options)
