import numpy as np
import pandas as pd
import pytest

from research.backtest.score_tables import by_data_set, mean_estimate, reach_report, relative_estimate, with_brier
from research.backtest.scoring import TargetRow

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
    assert mean_estimate(np.array([0.2, np.nan])).to_dict() == {"mean": 0.2, "q10": None, "q90": None}
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


def row(group, curve, chance, reached, *, cut="10", closes=0.1, method="ours"):
    return TargetRow(group, curve, cut, 5, 0.2, method, closes, chance, reached, float("nan"))


def report(*rows):
    return reach_report(with_brier(pd.DataFrame(rows)), "ours")


def test_brier_and_base_rate_by_hand():
    found = report(row("A", "a", 0.8, True), row("B", "b", 0.4, False))
    assert found["brier"]["mean"] == pytest.approx((0.2**2 + 0.4**2) / 2)
    assert found["base_rate"] == 0.5
    assert found["base_rate_brier"] == 0.25
    assert found["targets"] == 2


def test_data_sets_weigh_the_same_however_many_curves_they_have():
    many = [row("A", f"a{i}", 0.9, True) for i in range(9)]
    found = report(*many, row("B", "b", 0.2, False))
    assert found["base_rate"] == pytest.approx(0.5)
    assert found["brier"]["mean"] == pytest.approx((0.1**2 + 0.2**2) / 2)
    said = {(part["from"], part["to"]): part for part in found["reliability"]}
    assert said[(0.7, 0.9)]["targets"] == 9
    assert said[(0.7, 0.9)]["said"] == pytest.approx(0.9)
    assert said[(0.1, 0.3)]["happened"] == 0.0


def test_tasks_and_targets_within_a_curve_share_its_weight():
    rows = [row("A", "a", 1.0, True, closes=c) for c in (0.1, 0.25, 0.5)]
    found = report(*rows, row("A", "a", 0.0, False, cut="20"), row("A", "a2", 0.0, False))
    # Curve a: half of its two tasks reached; curve a2: none.
    assert found["base_rate"] == pytest.approx(0.25)


def test_rates_by_kind_know_more():
    rows = [row(g, g, 0.5, True, closes=0.1) for g in "AB"] + [row(g, g, 0.5, False, closes=0.5) for g in "AB"]
    found = report(*rows)
    assert found["base_rate_brier"] == 0.25
    assert found["base_rate_brier_by_kind"] == pytest.approx(0.0)


def test_an_empty_bin_is_null_and_no_targets_are_nothing():
    found = report(row("A", "a", 0.0, False), row("A", "a", 1.0, True, closes=0.5))
    assert found["reliability"][2] == {"from": 0.3, "to": 0.5, "targets": 0, "said": None, "happened": None}
    assert [part["targets"] for part in found["reliability"]] == [1, 0, 0, 0, 0, 1]
    assert reach_report(pd.DataFrame(), "ours") is None
