import numpy as np
import pandas as pd
import pytest

from planner.backtest.scoring import by_data_set, estimate_to_dict, mean_estimate, relative_estimate

COLUMNS = ["method", "group", "curve", "cut", "observed", "points", "a"]


def test_points_tasks_curves_and_data_sets_weigh_as_they_should():
    rows = pd.DataFrame(
        [
            ("m", "A", "A1", "10", 5, 3, 0.1),  # one task of four points: (3 · 0.1 + 1 · 0.5) ÷ 4 = 0.2
            ("m", "A", "A1", "10", 5, 1, 0.5),
            ("m", "A", "A1", "20", 6, 9, 0.4),  # a second task: the curve has (0.2 + 0.4) ÷ 2 = 0.3
            ("m", "A", "A2", "10", 5, 1, 0.7),  # a second curve: the data set has (0.3 + 0.7) ÷ 2 = 0.5
            ("m", "B", "B1", "10", 5, 1, 0.1),
        ],
        columns=COLUMNS,
    )
    means = by_data_set(rows, ["a"], points="points")["a"]
    assert means.loc[("m", "A")] == pytest.approx(0.5)
    assert means.loc[("m", "B")] == pytest.approx(0.1)


def test_what_does_not_apply_stays_undefined():
    rows = pd.DataFrame([("m", "A", "A1", "10", 5, 2, np.nan), ("m", "A", "A1", "10", 5, 1, np.nan)], columns=COLUMNS)
    assert by_data_set(rows, ["a"], points="points")["a"].isna().all()
    mixed = pd.DataFrame([("m", "A", "A1", "10", 5, 2, np.nan), ("m", "A", "A2", "10", 5, 1, 0.3)], columns=COLUMNS)
    assert by_data_set(mixed, ["a"])["a"].tolist() == [0.3]


def test_the_interval_is_students():
    estimate = mean_estimate(np.array([1.0, 2.0, 3.0]))
    # t at 90% with 2 degrees of freedom is 1.8856; the standard error is 1 ÷ √3.
    assert estimate.mean == 2.0
    assert estimate.q90 - 2.0 == pytest.approx(1.8856 / np.sqrt(3), rel=1e-4)
    assert 2.0 - estimate.q10 == pytest.approx(estimate.q90 - 2.0)


def test_one_data_set_has_no_interval_and_none_has_no_mean():
    assert estimate_to_dict(mean_estimate(np.array([0.2, np.nan]))) == {"mean": 0.2, "q10": None, "q90": None}
    assert mean_estimate(np.array([np.nan])) is None
    assert mean_estimate(np.empty(0)) is None


def test_the_relative_difference_is_paired():
    b = np.array([0.1, 0.2, 0.6])
    same = relative_estimate(0.75 * b, b)
    assert same.mean == pytest.approx(-0.25)
    assert (same.q10, same.q90) == pytest.approx((-0.25, -0.25))  # always a quarter less: nothing is uncertain
    loose = relative_estimate(np.array([0.3, 0.1, 0.275]), b)
    assert loose.mean == pytest.approx(0.675 / 0.9 - 1)
    assert loose.q10 < loose.mean < loose.q90
    assert relative_estimate(b, np.zeros(3)) is None
