"""Bad input: a refusal or a warning in a sentence, and never an interval that promises more than good input would."""

import numpy as np
import pandas as pd
import pytest

from planner.curves.forecasts import forecast_table
from planner.forecast.anchors import make_anchors
from planner.forecast.forecast import curve_warnings, fit_forecast
from simulations.errors import InputError
from tests.planner.transfer.synthetic import measured, true_value

GOOD = (0.60, 0.70, 0.77, 0.82, 0.855, 0.88)


def pilot(values, **columns):
    return pd.DataFrame(
        {"labels": [50 * 2**i for i in range(len(values))], "value": values, "test_size": 5_000} | columns
    )


def width_at_twice(points, **settings):
    forecast = fit_forecast(points, n_draws=500, **settings)
    low, high = forecast.quantiles([2 * points["labels"].max()], (0.1, 0.9))[0]
    return high - low, forecast


def said_of(points, cap=1.0):
    return " ".join(curve_warnings(make_anchors(points), cap))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_fewer_than_four_points_are_refused_everywhere(count):
    forecast = fit_forecast(pilot(GOOD[:count]), n_draws=20)
    assert f"Too few points: {count} different label count" in forecast.warnings[0]
    assert forecast.refused([50, 100, 200, 400]).all()
    (record,) = forecast_table(pilot(GOOD[:count]), target=0.9, at=[200], n_draws=20, check=True)
    point = record["forecast"][0]
    assert (point["q50"], point["traffic_light"], record["check"], record["families"]) == (None, None, None, None)
    assert record["labels_to_target"] is None and record["p_unreachable"] is None


def test_many_points_at_one_label_count_are_one_anchor():
    points = measured(labels=(100,), seeds=50)
    forecast = fit_forecast(points, n_draws=20)
    assert not forecast.forecastable and "1 different label count," in forecast.warnings[0]


@pytest.mark.parametrize("value", [93.0, -0.1, np.nan, np.inf])
def test_values_that_are_no_fractions_are_refused(value):
    with pytest.raises(InputError, match="'value' must be a fraction from 0 to 1"):
        fit_forecast(pilot([0.6, 0.7, 0.8, value]))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((0.60, 0.75, 0.84, 0.88, 0.87, 0.86), "last three points get worse"),
        ((0.88, 0.87, 0.86, 0.84, 0.82, 0.79), "falls somewhere by more than noise"),
        ((0.60, 0.85, 0.70, 0.88, 0.80, 0.88), "falls somewhere by more than noise"),
    ],
    ids=["rising error at the end", "rising error", "not monotone"],
)
def test_a_curve_that_gets_worse_is_warned_about_and_never_surer_than_a_good_one(values, said):
    usual, _ = width_at_twice(pilot(GOOD))
    width, forecast = width_at_twice(pilot(values))
    assert any(said in text for text in forecast.warnings)
    assert width >= usual


@pytest.mark.parametrize("values", [(0.60, 0.75, 0.84, 0.88, 0.87, 0.86), (0.88, 0.87, 0.86, 0.84, 0.82, 0.79)])
def test_a_curve_that_gets_worse_is_not_forecast_to_get_better(values):
    _, forecast = width_at_twice(pilot(values))
    assert forecast.quantiles([3_200], (0.5,))[0, 0] <= max(values)
    assert forecast.labels_to_reach(max(values) + 0.05).p_unreachable > 0.7


@pytest.mark.parametrize("seeds", [1, 4])
def test_points_of_no_variance_are_warned_about_and_promise_nothing(seeds):
    points = pd.concat([pilot([0.8] * 6).assign(seed=seed) for seed in range(seeds)])
    _, forecast = width_at_twice(points)
    text = " ".join(forecast.warnings)
    assert "All points have the same value" in text
    assert ("Repeats agree exactly" in text) == (seeds > 1)
    assert forecast.quantiles([3_200], (0.5,))[0, 0] < 0.82
    assert forecast.labels_to_reach(0.9).p_unreachable > 0.7


def test_repeats_that_agree_exactly_are_called_out():
    agreeing = pd.concat([pilot(GOOD).assign(seed=seed) for seed in range(3)])
    assert "Repeats agree exactly" in said_of(agreeing) and "One seed" not in said_of(agreeing)
    assert "One seed" in said_of(pilot(GOOD)) and "agree exactly" not in said_of(pilot(GOOD))


def test_repeats_that_agree_exactly_know_no_more_than_one():
    agreeing = pd.concat([pilot(GOOD).assign(seed=seed) for seed in range(3)])
    one, three = make_anchors(pilot(GOOD)), make_anchors(agreeing)
    np.testing.assert_allclose(three.variance, one.variance)
    assert not three.noise_known and three.replicates == 0


@pytest.mark.parametrize("value", [0.5, 0.8, 0.88])
def test_points_that_all_agree_are_no_surer_than_a_good_curve(value):
    usual, _ = width_at_twice(pilot(GOOD))
    assert width_at_twice(pilot([value] * 6))[0] >= usual


def test_a_missing_test_size_is_said_and_narrows_nothing():
    unknown, forecast = width_at_twice(pilot(GOOD).drop(columns="test_size"))
    assert any("The test size is unknown: 1,000 items are assumed" in text for text in forecast.warnings)
    large, _ = width_at_twice(pilot(GOOD, test_size=100_000))
    assert unknown >= large


def test_a_small_test_set_may_put_all_values_off_together():
    # √(0.12 × 0.88 ÷ 100) = 0.0325, times 1.28 is 4.2 points.
    assert "may be off together by ±4.2 points (80%)" in said_of(pilot(GOOD, test_size=100))
    assert "off together" not in said_of(pilot(GOOD, test_size=10_000))


def test_a_jump_at_the_grids_edge_is_called_out():
    (record,) = forecast_table(pilot([0.5] * 5 + [0.9]), n_draws=100, check=True)
    assert record["check"]["edge"]["steepest"] > 0.5 and record["check"]["verdict"] != "good"


@pytest.mark.parametrize("last", [100 * 4 - 1, 100 * 4])
def test_two_octaves_are_needed_to_go_beyond_twice(last):
    forecast = fit_forecast(measured(labels=(100, 150, 200, 300, last)), n_draws=20)
    assert forecast.max_labels == (2 * last if last < 400 else 30 * last)
    assert any("less than a factor of 4" in text for text in forecast.warnings) == (last < 400)
    assert forecast.refused([forecast.max_labels, forecast.max_labels + 1]).tolist() == [False, True]


def test_a_point_worse_than_guessing_is_said():
    assert "worse than guessing (value 0.5)" in said_of(pilot([0.3, 0.55, 0.6, 0.7]), cap=0.5)
    assert "guessing" not in said_of(pilot(GOOD), cap=0.5)


@pytest.mark.parametrize("count", [5, 12, 30])
def test_noise_alone_rarely_raises_the_alarm_of_a_falling_curve(count):
    rng = np.random.default_rng(count)
    labels = np.round(50 * 1.2 ** np.arange(count))
    alarms = 0
    for _ in range(200):
        value = 0.8 + rng.normal(0, 0.02, count)
        points = pd.DataFrame({"labels": labels, "value": value, "standard_error": 0.02, "test_size": 5_000})
        alarms += "falls somewhere" in said_of(points)
    assert alarms <= 200 * 0.09


def test_ten_thousand_points_are_one_curve_not_ten_thousand_measurements():
    labels = np.arange(50, 10_050)
    inside, widths = [], []
    for seed in range(12):
        values = np.clip(true_value(labels) + np.random.default_rng(seed).normal(0, 0.02, labels.size), 0, 1)
        points = {"labels": labels, "value": values, "test_size": np.full(labels.size, 500)}
        low, high = fit_forecast(points, n_draws=300, seed=seed).quantiles([40_000], (0.05, 0.95))[0]
        inside.append(low < true_value(40_000) < high)
        widths.append(high - low)
    # Were each a measurement of its own, the mean of so many would leave next to no width.
    assert np.mean(inside) >= 0.6 and np.mean(widths) > 0.002
