"""Reading mean curves: values at label counts and label counts of values."""

import numpy as np
import pandas as pd
import pytest

from research.mean_curve import labels_of, value_of

MEAN = pd.Series([0.5, 0.7, 0.7, 0.8], index=[100, 200, 400, 800])


def test_between_two_counts_it_goes_straight_in_the_logarithm():
    assert value_of(MEAN, 100 * 2**0.5) == pytest.approx(0.6)
    assert labels_of(MEAN, 0.6) == pytest.approx(100 * 2**0.5)
    assert labels_of(MEAN, 0.75) == pytest.approx(400 * 2**0.5)
    # A level is reached where it is first reached.
    assert labels_of(MEAN, 0.7) == pytest.approx(200)
    assert labels_of(MEAN, 0.4) == pytest.approx(100)


def test_beyond_the_last_count_the_value_stays_and_a_higher_one_is_never_reached():
    assert (value_of(MEAN, 50), value_of(MEAN, 5_000)) == (0.5, 0.8)
    assert labels_of(MEAN, 0.8 + 1e-6) == np.inf
