import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.curves.forecasts import forecast_table
from planner.forecasting.anchors import make_anchors
from planner.forecasting.forecast import LabelsToReach, curve_warnings, first_passage, fit_forecast
from simulations.errors import InputError
from tests.planner.transfer.synthetic import LABELS, measured, true_value

POINTS = measured()
FORECAST = fit_forecast(POINTS, classes=10)


def test_intervals_cover_known_curves_at_four_times_the_labels():
    rng = np.random.default_rng(7)
    covered = []
    for index in range(80):
        truth = {"floor": rng.uniform(0, 0.15), "start": rng.uniform(0.1, 0.5), "power": rng.uniform(0.2, 1.2)}
        points = measured(seeds=4, sd=0.01, rng=index, **truth)
        _, low, _, high, _ = fit_forecast(points, n_draws=300, seed=index).quantiles([4 * LABELS[-1]])[0]
        covered.append(low <= true_value(4 * LABELS[-1], **truth) <= high)
    assert 0.70 <= np.mean(covered) <= 0.92


@given(st.floats(0.3, 0.99), st.floats(0.3, 0.99))
def test_labels_to_reach_rise_with_the_target(a, b):
    low, high = (FORECAST.labels_to_reach(target).draws for target in sorted((a, b)))
    assert (low <= high).all()


def test_draws_at_a_label_count_do_not_depend_on_what_else_is_asked():
    np.testing.assert_array_equal(FORECAST.draws([500, 2_000])[:, 1], FORECAST.draws([2_000])[:, 0])
    assert not np.array_equal(fit_forecast(POINTS, classes=10, seed=1).paths, FORECAST.paths)


def test_what_lies_too_far_is_refused():
    assert FORECAST.refused([49, 50, 800, 24_000, 24_001]).tolist() == [True, False, False, False, True]
    assert np.isnan(FORECAST.quantiles([49])).all() and np.isfinite(FORECAST.quantiles([24_000])).all()
    with pytest.raises(InputError, match=r"24,001 labels lie beyond the furthest forecast allowed \(24,000\)"):
        FORECAST.draws([24_001])
    with pytest.raises(InputError, match="below the first measured point"):
        FORECAST.draws([20])


def test_a_good_curve_has_no_warning_and_one_class_is_refused():
    assert FORECAST.warnings == ()
    with pytest.raises(InputError, match="classes: found 1; allowed: at least 2"):
        fit_forecast(POINTS, classes=1)


@pytest.mark.parametrize("target", [0.0, -1.0, 1.2, 90, np.nan])
def test_a_target_outside_zero_to_one_is_refused(target):
    with pytest.raises(InputError, match="target: found"):
        FORECAST.labels_to_reach(target)


# Bad input: a refusal or a warning in a sentence, and never an interval that promises more than good input would.

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
    with pytest.raises(InputError, match=f"at least 4 different label counts; there are {count}"):
        forecast.labels_to_reach(0.9)
    (record,) = forecast_table(pilot(GOOD[:count]), target=0.9, at=[200], n_draws=20, check=True)
    point = record["forecast"][0]
    assert (point["q50"], point["traffic_light"], record["check"], record["families"]) == (None, None, None, None)
    assert record["labels_to_target"] is None and record["p_unreachable"] is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((0.60, 0.75, 0.84, 0.88, 0.87, 0.86), "last three points get worse"),
        ((0.88, 0.87, 0.86, 0.84, 0.82, 0.79), "falls somewhere by more than noise"),
        ((0.60, 0.85, 0.70, 0.88, 0.80, 0.88), "falls somewhere by more than noise"),
    ],
    ids=["rising error at the end", "rising error", "not monotone"],
)
def test_a_curve_that_gets_worse_is_warned_about_and_neither_surer_nor_better_than_it_was(values, said):
    usual, _ = width_at_twice(pilot(GOOD))
    width, forecast = width_at_twice(pilot(values))
    assert any(said in text for text in forecast.warnings)
    assert width >= usual
    if values[-1] < max(values):
        assert forecast.quantiles([3_200], (0.5,))[0, 0] <= max(values)
        assert forecast.labels_to_reach(max(values) + 0.05).p_unreachable > 0.7


@pytest.mark.parametrize("seeds", [1, 4])
def test_a_curve_that_is_constant_so_far_is_not_forecast(seeds):
    forecast = fit_forecast(pd.concat([pilot([0.8] * 6).assign(seed=seed) for seed in range(seeds)]))
    text = " ".join(forecast.warnings)
    assert "All points have the same value: the model is not training yet." in text
    assert ("Repeats agree exactly" in text) == (seeds > 1)
    assert not forecast.forecastable and forecast.max_labels == forecast.last_labels
    assert "not training yet, and more labels come first" in forecast.refusal(1_600)
    with pytest.raises(InputError, match="the values are all the same so far"):
        forecast.labels_to_reach(0.9)


def test_a_plateau_after_a_rise_a_perfect_model_and_one_item_of_difference_are_forecast():
    for values in ([0.5, 0.8, 0.8, 0.8, 0.8, 0.8], [1.0] * 6, [0.8, 0.8, 0.8, 0.801, 0.8, 0.8]):
        assert fit_forecast(pilot(values)).forecastable
    # Rounding is no difference.
    assert not fit_forecast(pilot([0.1 + 0.2, 0.3, 0.3, 0.3])).forecastable


def test_repeats_that_agree_exactly_know_no_more_than_one():
    agreeing = pd.concat([pilot(GOOD).assign(seed=seed) for seed in range(3)])
    one, three = make_anchors(pilot(GOOD)), make_anchors(agreeing)
    np.testing.assert_allclose(three.variance, one.variance)
    assert not three.noise_known and three.replicates == 0


def test_a_missing_test_size_is_said_and_narrows_nothing():
    unknown, forecast = width_at_twice(pilot(GOOD).drop(columns="test_size"))
    assert any("The test size is unknown: 1,000 items are assumed" in text for text in forecast.warnings)
    large, _ = width_at_twice(pilot(GOOD, test_size=100_000))
    assert unknown >= large


def test_a_small_test_set_may_put_all_values_off_together():
    # √(0.13 × 0.87 ÷ 100) = 0.034, times 1.28 is 4.3 points.
    assert "may be off together by ±4.3 points (80%)" in said_of(pilot(GOOD, test_size=100))
    assert "off together" not in said_of(pilot(GOOD, test_size=10_000))


@pytest.mark.parametrize("last", [100 * 4 - 1, 100 * 4])
def test_two_octaves_are_needed_to_go_beyond_twice(last):
    forecast = fit_forecast(measured(labels=(100, 150, 200, 300, last)), n_draws=20)
    assert forecast.max_labels == (2 * last if last < 400 else 30 * last)
    assert any("less than a factor of 4" in text for text in forecast.warnings) == (last < 400)
    assert forecast.refused([forecast.max_labels, forecast.max_labels + 1]).tolist() == [False, True]
    assert ("as the points span less than a factor 4" in forecast.refusal(50_000)) == (last < 400)


def test_few_points_and_points_worse_than_guessing_are_said():
    assert "Few points: only 5 different label counts" in said_of(pilot(GOOD[:5])) and "Few" not in said_of(pilot(GOOD))
    assert "worse than guessing (value 0.5)" in said_of(pilot([0.3, 0.55, 0.6, 0.7]), cap=0.5)
    assert "guessing" not in said_of(pilot(GOOD), cap=0.5)


@pytest.mark.parametrize("count", [5, 12, 30])
def test_noise_alone_rarely_raises_the_alarm_of_a_falling_curve(count):
    rng = np.random.default_rng(count)
    labels = np.round(50 * 1.2 ** np.arange(count))
    alarms = 0
    for _ in range(100):
        value = 0.8 + rng.normal(0, 0.02, count)
        points = pd.DataFrame({"labels": labels, "value": value, "standard_error": 0.02, "test_size": 5_000})
        alarms += "falls somewhere" in said_of(points)
    assert alarms <= 100 * 0.09


AXIS = np.log([100.0, 1_000.0, 10_000.0])


def test_first_passage_by_hand():
    best = np.array([[0.5, 0.7, 0.9], [0.8, 0.8, 0.9], [0.5, 0.5, 0.6], [0.5, 0.8, 0.8]])
    labels = np.exp(first_passage(best, AXIS, 0.8))
    np.testing.assert_allclose(labels, [1_000 * 10**0.5, 100, np.inf, 1_000])


def test_each_path_may_have_its_own_axis():
    best = np.array([[0.0, 1.0], [0.0, 1.0]])
    axes = np.array([[0.0, 1.0], [2.0, 6.0]])
    np.testing.assert_allclose(first_passage(best, axes, 0.5), [0.5, 4.0])


def test_intervals_round_up_and_keep_never():
    draws = np.array([100.2] * 40 + [200.0] * 40 + [np.inf] * 20)
    reach = LabelsToReach(draws, 1_000)
    assert reach.p_unreachable == pytest.approx(0.2)
    assert reach.interval() == (101, 200, None)
    # A target more likely missed than reached gives no number.
    assert LabelsToReach(np.array([10.0] * 40 + [np.inf] * 60), 1_000).interval() == (None, None, None)


# What holds for the forecast of any curve.

few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def curves(draw):
    """Any points that the loader lets through, sensible or not: repeats, rises and falls, ends of the scale."""
    counts = draw(st.lists(st.integers(1, 5_000), min_size=4, max_size=12, unique=True))
    rows = [(labels, value) for labels in counts for value in draw(st.lists(st.floats(0, 1), min_size=1, max_size=3))]
    points = pd.DataFrame(rows, columns=["labels", "value"])
    size = draw(st.one_of(st.none(), st.integers(1, 100_000)))
    return points if size is None else points.assign(test_size=size)


classes = st.one_of(st.none(), st.integers(2, 50))


@given(curves(), classes, st.integers(0, 9))
@few
def test_any_curve_gives_ordered_quantiles_within_what_is_possible(points, classes, seed):
    forecast = fit_forecast(points, classes=classes, n_draws=60, seed=seed)
    asked = np.geomspace(forecast.first_labels, forecast.max_labels, 9)
    quantiles = forecast.quantiles(asked[~forecast.refused(asked)])
    assert np.isfinite(quantiles).all() and (np.diff(quantiles, axis=1) >= 0).all()
    assert (quantiles >= (0 if classes is None else 1 / classes) - 1e-12).all() and (quantiles <= 1).all()
    assert np.isclose(sum(forecast.families.values()), 1.0)
    if not forecast.forecastable:
        return
    reach = forecast.labels_to_reach(0.9)
    assert 0 <= reach.p_unreachable <= 1 and not np.isnan(reach.draws).any()


@given(curves(), st.integers(0, 9), st.randoms(use_true_random=False))
@few
def test_order_of_rows_changes_no_bit_and_the_seed_alone_the_draws(points, seed, random):
    order = list(range(len(points)))
    random.shuffle(order)
    first, again = (fit_forecast(p, n_draws=40, seed=seed) for p in (points, points.iloc[order]))
    assert first.paths.tobytes() == again.paths.tobytes() == fit_forecast(points, n_draws=40, seed=seed).paths.tobytes()
    assert first.families == again.families and first.warnings == again.warnings


def mean_width(points_of, at, seeds=20):
    spans = [np.ptp(fit_forecast(points_of(s), n_draws=200).quantiles([at], (0.1, 0.9))) for s in range(seeds)]
    return float(np.mean(spans))


def test_more_seeds_longer_curves_and_nearer_points_narrow_on_average():
    labels = (50, 100, 200, 400, 800, 1_600)
    short = mean_width(lambda s: measured(labels[:4], seeds=3, sd=0.015, rng=s), 3_200)
    longer = mean_width(lambda s: measured(labels, seeds=3, sd=0.015, rng=s), 3_200)
    repeated = mean_width(lambda s: measured(labels, seeds=30, sd=0.015, rng=s), 3_200)
    farther = mean_width(lambda s: measured(labels, seeds=3, sd=0.015, rng=s), 16_000)
    assert repeated < longer < short and longer < farther
