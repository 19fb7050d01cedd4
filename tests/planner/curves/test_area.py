import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.curves.comparisons import area_under_curve

CURVE = np.array([10, 20, 40]), np.array([0.5, 0.7, 0.9])


def test_over_log_labels_each_doubling_weighs_the_same():
    # The mean heights of the two doublings are 0.6 and 0.8.
    assert area_under_curve(*CURVE, 10, 40) == pytest.approx((0.6 + 0.8) / 2)


def test_an_end_between_two_measurements_is_interpolated_on_the_same_axis():
    # √200 is half way from 10 to 20 in log labels: the value there is 0.6, and 0.7 at the end.
    assert area_under_curve(*CURVE, math.sqrt(200), 20) == pytest.approx(0.65)


def test_a_single_label_count_has_its_value():
    assert area_under_curve(*CURVE, 20, 20) == pytest.approx(0.7)


@given(levels=st.lists(st.floats(0, 1), min_size=1, max_size=8), data=st.data())
def test_the_area_lies_between_the_lowest_and_highest_value(levels, data):
    gaps = data.draw(st.lists(st.integers(1, 1000), min_size=len(levels), max_size=len(levels)))
    labels = np.cumsum(gaps)
    area = area_under_curve(labels, np.array(levels), labels[0], labels[-1])
    assert min(levels) - 1e-9 <= area <= max(levels) + 1e-9
