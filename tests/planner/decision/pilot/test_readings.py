import numpy as np
import pytest

from planner.decision.pilot.design import (
    design_pilot,
    measurement_variance,
    pilot_experiment,
    to_scale,
    value_at,
)
from tests.planner.decision.pilot.hand_made import power_laws

NEEDS, FACTORS = np.array([4_000.0, 10_000.0, 30_000.0]), np.log([2.0, 1.0, 1.5])


@pytest.fixture(scope="module")
def curves():
    return power_laws(NEEDS, FACTORS, points=4_000)


def test_a_value_is_that_of_the_curve(curves):
    at = value_at(curves, "random", np.log([4_000.0]))
    np.testing.assert_allclose(at, 1 - 0.1 * (4_000 / NEEDS) ** -0.4, atol=1e-5)
    np.testing.assert_allclose(value_at(curves, "margin", np.log(NEEDS / np.exp(FACTORS))), 0.9, atol=1e-5)
    for labels in (100.0, 777.0, 1e6):
        np.testing.assert_allclose(value_at(curves, "margin", np.log([labels])), curves.values_at(labels)[:, 1])


def test_before_the_first_point_the_error_goes_on_as_a_power_law_to_guessing(curves):
    # Axes begin at 100 labels, where the error is 0.1 (100 ÷ need)^−0.4.
    np.testing.assert_allclose(value_at(curves, "random", np.log([50.0]))[0], 1 - 0.1 * (50 / 4_000) ** -0.4, atol=1e-5)
    np.testing.assert_allclose(value_at(curves, "random", np.log([1.0]), chance=0.05)[2], 0.05, atol=0.06)
    assert (value_at(curves, "random", np.log([1.0]), chance=0.2) <= value_at(curves, "random", np.log([100.0]))).all()
    np.testing.assert_array_equal(
        value_at(curves, "margin", np.log([20.0])), value_at(curves, "random", np.log([20.0]))
    )


def test_a_label_counts_for_what_it_is_worth(plan, curves):
    design = design_pilot(plan, "random", sizes=[2_000])
    worth = {"random": np.array([0.5, 1.0, 1.0]), "margin": np.ones(1)}
    full, half = (
        pilot_experiment(curves, design, at=4_000, test_labels=2_000, worth=counts).readings for counts in (None, worth)
    )
    assert half[0] == pytest.approx(to_scale(np.array([1 - 0.1 * 0.5**-0.4])), abs=1e-3)
    np.testing.assert_array_equal(half[1:], full[1:])


def test_measurement_variance_by_hand():
    own = (0.03**2 + 0.5 / 2_000) / 3
    assert measurement_variance(2_000) == pytest.approx(own + 0.5 / 2_000)
    assert measurement_variance(2_000, gap=True) == pytest.approx(2 * own)
    assert measurement_variance(2_000, averaged=1) == pytest.approx(3 * own + 0.5 / 2_000)


def test_a_binomial_share_has_that_variance_on_the_scale():
    shares = np.random.default_rng(0).binomial(2_000, [[0.6], [0.9]], size=(2, 20_000)) / 2_000
    np.testing.assert_allclose(to_scale(shares).var(axis=1), 1 / 2_000, rtol=0.05)


def test_sizes_add_up_to_the_precision_of_a_forecast_that_far(plan, curves):
    design = design_pilot(plan, "random", sizes=[2_000, 5_000, 12_000])
    found = pilot_experiment(curves, design, at=10_000.0, test_labels=2_000)
    for size, precision in zip(design.sizes, np.cumsum(1 / np.diag(found.noise)), strict=True):
        reach = 0.05 * max(np.log(10_000 / size), 0)
        assert 1 / precision == pytest.approx(measurement_variance(2_000) + reach**2)
    there = to_scale(value_at(curves, "random", np.log([10_000.0])))
    np.testing.assert_allclose(found.readings, np.repeat(there[:, None], 3, axis=1))


def test_gaps_are_read_where_they_are_measured(plan, curves):
    design = design_pilot(plan, "paired", strategies=["margin"], sizes=[2_000, 3_000])
    found = pilot_experiment(curves, design, at=10_000.0, test_labels=2_000)
    assert found.stage.tolist() == [0] * 7 + [1] * 2  # random's forecast and 6 counts above 500, then again and 3,000
    for column, count in ((1, 630), (6, 2_000), (8, 3_000)):
        margin, random = (to_scale(value_at(curves, name, np.log([count]))) for name in ("margin", "random"))
        np.testing.assert_allclose(found.readings[:, column], margin - random)
        assert found.noise[column, column] == pytest.approx(2 * (0.03**2 + 0.5 / 2_000))
    np.testing.assert_array_equal(found.readings[:, 0], found.readings[:, 7])
    assert (found.noise == np.diag(np.diag(found.noise))).all()


def test_beyond_the_furthest_forecast_allowed_nothing_is_told_of_random(plan, curves):
    paired = design_pilot(plan, "paired", strategies=["margin"], sizes=[1_000, 2_000])
    found = pilot_experiment(curves, paired, at=10_000.0, test_labels=2_000)
    sd = np.sqrt(np.diag(found.noise))
    # 1,000 are twice the initial set: no further than 2,000. 2,000 are four times: up to 60,000.
    assert sd[0] > 1e3 and sd[found.stage == 1][0] < 0.2 and (sd[1:7] < 0.1).all()
    random = design_pilot(plan, "random", sizes=[300, 400])
    sd = np.sqrt(np.diag(pilot_experiment(curves, random, at=10_000.0, test_labels=2_000).noise))
    assert sd[0] > 1e3 and sd[1] < 0.2  # 33 and 25 times
