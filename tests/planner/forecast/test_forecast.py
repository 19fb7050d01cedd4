import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.forecast.forecast import fit_forecast
from simulations.errors import InputError
from tests.planner.transfer.synthetic import LABELS, measured, true_value

POINTS = measured()
FORECAST = fit_forecast(POINTS, classes=10)


def test_intervals_cover_known_curves_at_four_times_the_labels():
    rng = np.random.default_rng(7)
    covered = []
    for index in range(200):
        truth = {"floor": rng.uniform(0, 0.15), "start": rng.uniform(0.1, 0.5), "power": rng.uniform(0.2, 1.2)}
        points = measured(seeds=4, sd=0.01, rng=index, **truth)
        _, low, _, high, _ = fit_forecast(points, n_draws=300, seed=index).quantiles([4 * LABELS[-1]])[0]
        covered.append(low <= true_value(4 * LABELS[-1], **truth) <= high)
    assert 0.70 <= np.mean(covered) <= 0.92


def test_chances_of_reaching_a_target_happen_about_as_often_as_said():
    rng = np.random.default_rng(8)
    said, happened = [], []
    for index in range(150):
        truth = {"floor": rng.uniform(0, 0.2), "power": rng.uniform(0.2, 1.0)}
        points = measured(seeds=4, rng=index, **truth)
        # Chosen from what is measured, so that the choice knows nothing of the truth.
        target = min(float(points["value"].max()) + rng.uniform(0.0, 0.06), 0.999)
        reach = fit_forecast(points, n_draws=300, seed=index).labels_to_reach(target, limit=4 * LABELS[-1])
        said.append(1 - reach.p_unreachable)
        happened.append(true_value(4 * LABELS[-1], **truth) >= target)
    said, happened = np.array(said), np.array(happened)
    assert abs(said.mean() - happened.mean()) < 0.08
    base_rate = happened.mean() * (1 - happened.mean())
    assert ((said - happened) ** 2).mean() < 0.6 * base_rate


def test_labels_to_reach_are_right_on_average_and_missed_on_either_side_alike():
    truth = {"floor": 0.03, "power": 0.5}  # reaches 0.87 at exactly 800 labels
    reached = [
        fit_forecast(measured(seeds=5, rng=index, **truth), n_draws=300, seed=index).labels_to_reach(0.87).draws
        for index in range(80)
    ]
    low, middle, high = np.quantile(reached, (0.1, 0.5, 0.9), axis=1, method="inverted_cdf")
    assert np.median(middle) == pytest.approx(800, rel=0.05)
    assert (high < 800).mean() < 0.2 and (low > 800).mean() < 0.2


@given(st.lists(st.integers(50, 24_000), min_size=1, max_size=8))
def test_quantiles_are_ordered_and_within_what_is_possible(labels):
    quantiles = FORECAST.quantiles(labels)
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert (quantiles >= 0.1).all() and (quantiles <= 1).all()


@given(st.floats(0.3, 0.99), st.floats(0.3, 0.99))
def test_labels_to_reach_rise_with_the_target(a, b):
    low, high = (FORECAST.labels_to_reach(target).draws for target in sorted((a, b)))
    assert (low <= high).all()


@given(st.permutations(range(20)), st.integers(0, 3))
@settings(max_examples=10)
def test_the_order_of_rows_is_irrelevant(order, seed):
    points = measured(labels=LABELS[:5], seeds=4)
    again = fit_forecast(points.iloc[list(order)], n_draws=50, seed=seed)
    np.testing.assert_array_equal(again.paths, fit_forecast(points, n_draws=50, seed=seed).paths)


def test_the_same_input_and_seed_give_the_same_paths_and_another_seed_others():
    np.testing.assert_array_equal(fit_forecast(POINTS, classes=10).paths, FORECAST.paths)
    other = fit_forecast(POINTS, classes=10, seed=1)
    assert not np.array_equal(other.paths, FORECAST.paths)
    np.testing.assert_allclose(other.quantiles([2_000]), FORECAST.quantiles([2_000]), atol=0.01)


def test_draws_at_a_label_count_do_not_depend_on_what_else_is_asked():
    np.testing.assert_array_equal(FORECAST.draws([500, 2_000])[:, 1], FORECAST.draws([2_000])[:, 0])


def test_more_data_narrows_on_average():
    def width(points):
        low, high = fit_forecast(points, n_draws=300).quantiles([3_000], (0.1, 0.9))[0]
        return high - low

    curves = [measured(rng=index) for index in range(12)]
    few = np.mean([width(points[points["labels"] <= 300]) for points in curves])
    one = np.mean([width(points[points["seed"] == 0]) for points in curves])
    full = np.mean([width(points) for points in curves])
    assert full < few and full < one


def test_arrays_serve_as_well_as_a_frame():
    arrays = {name: POINTS[name].to_numpy() for name in POINTS.columns}
    np.testing.assert_array_equal(fit_forecast(arrays, classes=10).paths, FORECAST.paths)


def test_the_running_best_is_what_reaches_a_target():
    reach = FORECAST.labels_to_reach(0.8)
    path = FORECAST.paths[0]
    first = np.argmax(path >= 0.8)
    assert np.exp(FORECAST.log_labels[first - 1]) < reach.draws[0] <= np.exp(FORECAST.log_labels[first]) * (1 + 1e-12)


def test_a_limit_turns_later_draws_into_never():
    free, limited = FORECAST.labels_to_reach(0.9), FORECAST.labels_to_reach(0.9, limit=2_000)
    assert limited.horizon == 2_000 and limited.p_unreachable > free.p_unreachable
    np.testing.assert_array_equal(limited.draws, np.where(free.draws <= 2_000, free.draws, np.inf))
    assert FORECAST.labels_to_reach(0.9, limit=1e9).horizon == FORECAST.max_labels == 30 * 800


def test_what_lies_too_far_is_refused():
    assert FORECAST.refused([49, 50, 800, 24_000, 24_001]).tolist() == [True, False, False, False, True]
    assert np.isnan(FORECAST.quantiles([49])).all() and np.isfinite(FORECAST.quantiles([24_000])).all()
    with pytest.raises(InputError, match=r"24,001 labels lie beyond the furthest forecast allowed \(24,000\)"):
        FORECAST.draws([24_001])
    with pytest.raises(InputError, match="below the first measured point"):
        FORECAST.draws([20])


def test_less_than_two_octaves_allow_only_twice_the_labels():
    forecast = fit_forecast(measured(labels=(100, 150, 200, 300, 399)))
    assert forecast.max_labels == 2 * 399
    assert any("less than a factor of 4" in text for text in forecast.warnings)
    with pytest.raises(InputError, match="as the points span less than a factor 4"):
        forecast.draws([800])


def test_fewer_than_four_label_counts_forecast_nothing():
    forecast = fit_forecast(measured(labels=(50, 100, 400)))
    assert forecast.refused([50, 100, 400]).all()
    assert any("Too few points: 3 different label counts" in text for text in forecast.warnings)
    with pytest.raises(InputError, match="at least 4 different label counts; there are 3"):
        forecast.labels_to_reach(0.9)


def pilot(values, **columns):
    return pd.DataFrame({"labels": [50, 100, 200, 400, 800][: len(values)], "value": values, **columns})


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (pilot([0.8] * 5, test_size=500), "same value"),
        (pilot([0.8, 0.79, 0.77, 0.74, 0.70], test_size=5_000), "last three points get worse"),
        (pilot([0.6, 0.9, 0.7, 0.9, 0.91], test_size=5_000), "falls somewhere by more than noise"),
        (pilot([0.6, 0.7, 0.75, 0.8, 0.82]), "test size is unknown"),
        (pilot([0.6, 0.7, 0.75, 0.8, 0.82], test_size=5_000), "One seed"),
        (pilot([0.6, 0.7, 0.75, 0.8, 0.82], test_size=100), "may be off together by ±"),
        (pilot([0.6, 0.7, 0.75, 0.8, 0.82], test_size=100), "Few points: only 5"),
        (pd.concat([pilot([0.6, 0.7, 0.75, 0.8]).assign(seed=s) for s in range(3)]), "Repeats agree exactly"),
        (pilot([0.05, 0.06, 0.05, 0.06, 0.05], test_size=5_000), "worse than guessing"),
    ],
)
def test_what_is_wrong_with_a_curve_is_said_and_nothing_optimistic_forecast(points, said):
    forecast = fit_forecast(points, classes=2)
    assert any(said in text for text in forecast.warnings)
    best = points["value"].max()
    if said in ("same value", "last three points get worse"):
        # Nothing suggests improvement, so the median must not promise any.
        assert forecast.quantiles([8_000], (0.5,))[0, 0] <= best + 0.02
        assert forecast.labels_to_reach(min(best + 0.1, 1)).p_unreachable > 0.7


def test_a_good_curve_has_no_warning():
    assert FORECAST.warnings == ()


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"n_draws": 0}, "n_draws: found 0"), ({"classes": 1}, "classes: found 1; allowed: at least 2")],
)
def test_impossible_settings_are_refused(settings, said):
    with pytest.raises(InputError, match=said):
        fit_forecast(POINTS, **settings)


@pytest.mark.parametrize("target", [0.0, -1.0, 1.2, 90, np.nan])
def test_a_target_outside_zero_to_one_is_refused(target):
    with pytest.raises(InputError, match="target: found"):
        FORECAST.labels_to_reach(target)
