import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.forecasting.weighted_power import fit_weighted_power

LABELS = np.array([50, 80, 120, 200, 300, 500, 800], dtype=float)


@given(st.floats(0, 0.3), st.floats(0.05, 0.5), st.floats(0.05, 4.0))
def test_a_power_law_is_found_again(floor, scale, power):
    fit = fit_weighted_power(LABELS, floor + scale * (LABELS / 50) ** -power)
    ahead = np.array([1_600.0, 8_000.0])
    np.testing.assert_allclose(fit(ahead), floor + scale * (ahead / 50) ** -power, atol=1e-4)


def test_later_points_weigh_more_by_hand():
    # A rise cannot be followed: what is left is the mean, with weights 1/3, 2/3 and 1.
    fit = fit_weighted_power(np.array([10.0, 20.0, 40.0]), np.array([0.1, 0.2, 0.3]))
    np.testing.assert_allclose(fit(np.array([80.0])), (0.1 * 1 + 0.2 * 2 + 0.3 * 3) / 6, atol=1e-9)


def test_predictions_stay_fractions_however_far_they_reach():
    fit = fit_weighted_power(LABELS, np.array([0.9, 0.2, 0.1, 0.05, 0.02, 0.01, 0.01]))
    errors = fit(np.array([1e-6, 1.0, 1e9]))
    assert ((errors >= 0) & (errors <= 1)).all()
    assert errors[0] == pytest.approx(1.0)
