import json

import numpy as np
import pandas as pd
import pytest

from planner.forecasting.anchors import make_anchors
from planner.forecasting.fit_check import HeldOutTail, OtherMethod, Residuals, check_fit, fit_points, judge
from planner.forecasting.forecast import fit_forecast
from planner.forecasting.posterior import Edge, fit_posterior, grid_edge
from simulations.errors import InputError
from tests.planner.transfer.synthetic import LABELS, measured, true_value

STEADY = Residuals(worst=1.2, worst_labels=400, rms=0.8)
TAIL = HeldOutTail(6, 4, 3.2, 0.008, 0.008, 1.0, 1.0, 0.4)
NO_EDGE = Edge(0.0, 0.1, 0.1, 0.1, 0.1)


def checked(points, at=(1_600,), **settings):
    return check_fit(points, fit_forecast(points, n_draws=200, **settings), at=at, **settings)


def pilot(values):
    return pd.DataFrame({"labels": [50 * 2**i for i in range(len(values))], "value": values, "test_size": 5_000})


def test_well_behaved_curves_are_mostly_called_good():
    verdicts = [checked(measured(rng=index, seeds=5, floor=0.02 * (index % 5))).verdict for index in range(15)]
    assert verdicts.count("good") >= 10 and verdicts.count("poor") <= 2


def test_a_point_off_the_curve_is_named():
    points = measured(seeds=20, sd=0.005)
    points.loc[points["labels"] == 250, "value"] -= 0.04
    found = checked(points)
    assert found.verdict != "good" and found.residuals.worst_labels == 250 and found.residuals.worst < -3
    assert "at 250 labels lies" in found.words and "below the fitted curve" in found.words


def test_what_is_not_fitted_is_said():
    labels = (10, 15, 20, 30, 45, 70, 100, 150, 220, 330, 500)
    found = checked(measured(labels=labels, seeds=10))
    assert found.residuals.from_labels == 30 and found.residuals.worst_labels >= 30
    assert found.verdict == "good" and found.words.startswith("Of the points from 30 labels on, no point")
    assert checked(measured(seeds=10, labels=labels[4:])).residuals.from_labels is None


def test_a_break_in_the_tail_is_found():
    found = checked(pilot([0.6, 0.7, 0.76, 0.80, 0.825, 0.68, 0.62]))
    assert found.held_out is not None and found.held_out.fitted == 4 and found.held_out.held_out == 3
    assert found.held_out.bias > 0.05 and found.held_out.surprise < 0.05
    assert found.verdict == "poor" and "too high" in found.words


def test_the_tail_is_forecast_from_the_earlier_points_alone():
    points = measured()
    other = points.copy()
    other.loc[other["labels"] > 400, "value"] = 0.5
    one, two = checked(points).held_out, checked(other).held_out
    assert one.fitted == two.fitted and one.reaches == pytest.approx(two.reaches)
    # Five label counts lie in the first 60% of ln(50) to ln(800), up to 263; both forecast the same values there.
    assert one.fitted == 5 and one.held_out == 5
    measured_mean = points[points["labels"] > 250].groupby("labels")["value"].mean().mean()
    other_mean = other[other["labels"] > 250].groupby("labels")["value"].mean().mean()
    assert two.bias - one.bias == pytest.approx(measured_mean - other_mean, abs=1e-9)


@pytest.mark.parametrize("count", [4, 5, 6])
def test_at_least_four_points_are_fitted_before_any_is_held_out(count):
    held_out = checked(pilot([0.6, 0.7, 0.76, 0.80, 0.83, 0.85][:count])).held_out
    assert (held_out.fitted, held_out.held_out) == (4, count - 4) if count > 4 else held_out is None


def test_a_tail_out_of_reach_of_the_earlier_points_is_left_out():
    # The first four span less than two octaves, so nothing is forecast beyond twice the last of them.
    points = pd.DataFrame({"labels": [100, 150, 200, 300, 5_000], "value": [0.6, 0.65, 0.7, 0.75, 0.9]})
    assert checked(points).held_out is None


def test_the_chance_of_a_tail_counts_both_sides():
    points = measured(seeds=5)
    tail = fit_points(points).tail
    off = tail.predicted.mean(axis=1) - tail.measured.mean()
    as_far = 1 + min((off <= 0).sum(), (off >= 0).sum())
    assert checked(points).held_out.surprise == pytest.approx(min(1.0, 2 * as_far / (1 + off.size)))


def test_fewer_than_four_points_cannot_be_checked():
    points = measured(labels=LABELS[:3])
    with pytest.raises(InputError, match="fit check: a forecast needs at least 4 different label counts; there are 3"):
        check_fit(points, fit_forecast(points, n_draws=10))


def test_another_method_is_compared_where_it_is_asked_and_not_refused():
    found = checked(measured(), at=(1_600, 8_000, 1e9))
    assert [other.labels for other in found.other_method] == [1_600, 8_000]
    for other in found.other_method:
        assert other.q10 <= other.q50 <= other.q90
        assert (other.distance > 0) == (other.value > other.q50)
        assert abs(other.value - true_value(other.labels)) < 0.03
        end = other.q90 if other.value > other.q50 else other.q10
        assert (abs(other.distance) > 1) == (abs(other.value - other.q50) > abs(end - other.q50))


def test_a_steep_curve_lies_at_the_steep_edge_and_a_flat_one_at_the_flat_edge():
    steep = (1.0 - 0.4 * np.arange(1, 7) ** -2.9).tolist()
    edge = {
        name: grid_edge(fit_posterior(make_anchors(pilot(values)), 1.0))
        for name, values in (("steep", steep), ("flat", [0.8] * 6), ("usual", [0.6, 0.7, 0.77, 0.82, 0.855]))
    }
    assert edge["steep"].steepest > 0.5 > edge["usual"].steepest
    assert edge["flat"].flattest > 0.5 > edge["usual"].flattest
    assert checked(pilot([0.5] * 5 + [0.9])).verdict != "good"
    assert "flat" in checked(pilot([0.8, 0.8002] * 3)).words


@pytest.mark.parametrize("value", [0.02, 0.1, 0.25, 0.8])
def test_a_flat_curve_is_called_flat_however_high_its_error(value):
    values = value + 0.004 * np.random.default_rng(4).standard_normal(12)
    found = grid_edge(fit_posterior(make_anchors(pilot(values)), 1.0))
    assert found.flattest > 0.1 and found.steepest < 0.01


def test_the_dictionary_is_strict_json_and_order_and_repetition_change_nothing():
    points = measured(seeds=3)
    first = checked(points)
    again = checked(points.sample(frac=1.0, random_state=3))
    assert json.dumps(first.to_dict(), allow_nan=False) == json.dumps(again.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("change", "verdict", "said"),
    [
        ({}, "good", "from the first 6, the last 4 would have been forecast to within 0.8 points"),
        ({"held_out": None}, "good", "too few to hold some out"),
        ({"residuals": Residuals(3.4, 400, 1.0)}, "doubtful", "400 labels lies 3.4 standard deviations above"),
        ({"residuals": Residuals(-5.5, 400, 1.0)}, "poor", "5.5 standard deviations below"),
        ({"held_out": HeldOutTail(6, 1, 2.0, 0.03, -0.03, 0.0, 0.0, 0.04)}, "doubtful", "3.0 points too low"),
        ({"held_out": HeldOutTail(6, 4, 3.2, 0.03, 0.03, 0.0, 0.0, 0.004)}, "poor", "a chance of less than 1%"),
        ({"edge": Edge(0.3, 0, 0, 0, 0)}, "doubtful", "falls faster"),
        ({"edge": Edge(0, 0.6, 0, 0, 0)}, "doubtful", "So far the curve is flat"),
        ({"edge": Edge(0, 0, 0.95, 0, 0)}, "doubtful", "outside what the model knows"),
        (
            {"others": [OtherMethod(5_000, 0.93, 0.87, 0.90, 0.91, 3.0)]},
            "doubtful",
            "At 5,000 labels another method (a weighted power law) says 93.0% where this forecast says 90.0% "
            "(87.0% to 91.0%).",
        ),
    ],
)
def test_the_verdict_names_its_reason(change, verdict, said):
    parts = {"residuals": STEADY, "held_out": TAIL, "edge": NO_EDGE, "others": ()} | change
    found, words = judge(**parts)
    assert found == verdict and said in words


def test_the_gravest_reasons_come_first_and_there_are_two_at_most():
    tail = HeldOutTail(6, 4, 3.2, 0.03, 0.03, 0.0, 0.0, 0.004)
    verdict, words = judge(Residuals(3.4, 400, 1.0), tail, Edge(0.3, 0.6, 0, 0, 0), ())
    assert verdict == "poor" and words.startswith("Forecast from its first 6") and words.count(". ") == 1
