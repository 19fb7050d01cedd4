import numpy as np
import pandas as pd
import pytest

from planner.backtest import scoring
from planner.backtest.curves import make_tasks, noise_sd
from planner.backtest.scoring import RATIOS, RULES, SCORES, BacktestSettings, by_data_set, ratio_bins, score_curve
from tests.planner.backtest.conftest import FREE, MEASURED, Planted

DRAWS = np.arange(11)[:, None] / 10


@pytest.fixture
def planted(planted_curves, monkeypatch):
    monkeypatch.setattr(scoring, "fit_ours", lambda task, n_draws, **_: Planted(task, n_draws))
    return planted_curves


def test_a_planted_perfect_forecaster_gets_what_theory_says(planted):
    settings = BacktestSettings(cuts=("10",), n_draws=300)
    rows = [row for curve in planted for row in score_curve(curve, settings).point_rows]
    means = by_data_set(pd.DataFrame(rows), SCORES, points="points").loc["labelplan"].mean()
    sd = np.hypot(FREE, MEASURED)
    assert means["coverage80"] == pytest.approx(0.80, abs=0.025)
    assert means["coverage90"] == pytest.approx(0.90, abs=0.02)
    assert means["crps"] == pytest.approx(sd / np.sqrt(np.pi), rel=0.05)
    assert means["absolute_error"] == pytest.approx(sd * np.sqrt(2 / np.pi), rel=0.05)
    assert means["width80"] == pytest.approx(2 * 1.2816 * sd, rel=0.03)


def test_bins_of_the_ratio_hold_their_upper_end():
    assert ratio_bins(np.array([1.01, 2.0, 2.01, 3.0, 5.0, 10.0, 20.0, 30.0])).tolist() == [0, 0, 1, 1, 2, 3, 4, 5]
    assert len(RATIOS) == 6


def test_refused_points_are_counted_and_scored_for_nobody(make_curve):
    # Four points within a factor of 4 may be forecast to twice the last: 200 of the eight ahead.
    curve = make_curve(labels=[40, 60, 80, 100, 150, 200, 300, 400, 500, 600, 800, 1000])
    found = score_curve(curve, BacktestSettings(cuts=("10",), n_draws=100))
    assert (found.tasks, found.points, found.refused_points) == (1, 2, 6)
    assert {row.ratio for row in found.point_rows} == {0}
    assert all(row.points == 2 for row in found.point_rows)


def test_a_task_refused_whole_is_counted(make_curve):
    found = score_curve(make_curve(labels=[70, 80, 90, 100, 1000]), BacktestSettings(cuts=("10",), n_draws=100))
    assert (found.tasks, found.refused_tasks, found.points, found.refused_points) == (0, 1, 0, 1)
    assert found.point_rows == []


def test_a_task_of_a_model_that_is_not_training_yet_is_counted_apart(make_curve):
    labels = 16 * 2.0 ** np.arange(9)
    waking = make_curve(labels=labels, error=np.r_[np.full(7, 0.5), 0.3, 0.2])
    found = score_curve(waking, BacktestSettings(cuts=("20", "50", "few"), n_draws=50))
    assert (found.tasks, found.refused_tasks, found.not_training) == (1, 2, 2)
    too_short = score_curve(make_curve(labels=[70, 80, 90, 100, 1000]), BacktestSettings(cuts=("10",), n_draws=50))
    assert too_short.not_training == 0


def test_noise_is_measured_or_else_guessed_from_the_observed_part(make_curve):
    draws = np.full((3, 2), 0.2)
    (known,) = make_tasks(make_curve(sd=0.004), ("50",))
    assert noise_sd(known, draws).tolist() == [0.004] * 2
    (unknown,) = make_tasks(make_curve(sd=0.0), ("50",))
    guessed = noise_sd(unknown, draws)
    assert guessed.shape == (3, 2)
    assert (guessed > 0.001).all() and (guessed < 0.1).all()


def test_only_a_points_own_share_of_the_noise_is_added(make_curve):
    draws, share = np.full((3, 2), 0.2), np.array([0.25, 1.0, 4.0])
    (known,) = make_tasks(make_curve(sd=0.004), ("50",))
    np.testing.assert_allclose(noise_sd(known, draws, share), [[0.002] * 2, [0.004] * 2, [0.004] * 2])
    (unknown,) = make_tasks(make_curve(sd=0.0), ("50",))
    guessed = noise_sd(unknown, draws, share) / noise_sd(unknown, draws)
    np.testing.assert_allclose(guessed, [[0.5] * 2, [1.0] * 2, [2.0] * 2])


def test_crps_by_hand():
    x = np.array([[0.0], [1.0]])
    # E|X − y| = 0.5 both times, ½ E|X − X′| = 0.25.
    assert scoring.crps(x, np.array([0.5])) == pytest.approx([0.25])
    assert scoring.crps(x, np.array([0.0])) == pytest.approx([0.25])
    # Three draws: E|X − 0.2| = (0.2 + 0 + 0.7) ÷ 3; pairs differ by 0.2, 0.7 and 0.9, each twice of nine.
    three = np.array([[0.9], [0.0], [0.2]])
    assert scoring.crps(three, np.array([0.2])) == pytest.approx([0.3 - 0.5 * 2 * 1.8 / 9])


def test_intervals_hold_their_ends():
    for truth, inside in ((0.1, 1.0), (0.9, 1.0), (0.0999, 0.0), (0.95, 0.0)):
        assert scoring.coverage_and_width(DRAWS, np.array([truth]), 0.8) == (inside, pytest.approx([0.8]))
    assert scoring.coverage_and_width(DRAWS, np.array([0.5]), 0.9)[1] == pytest.approx([0.9])


def test_a_point_forecast_has_no_interval():
    x, y = np.array([[0.3, 0.7]]), np.array([0.3, 0.7])
    assert np.isnan(scoring.coverage_and_width(x, y, 0.8)).all()


def test_noise_widens_draws_and_leaves_points_alone():
    rng = np.random.default_rng(0)
    x = np.full((4_000, 2), 0.5)
    noisy = scoring.with_noise(x, np.array([0.02, 0.0]), rng)
    assert noisy.std(axis=0) == pytest.approx([0.02, 0.0], rel=0.05)
    assert scoring.with_noise(x[:1], np.array([0.02, 0.02]), rng) is not None
    assert (scoring.with_noise(x[:1], np.array([0.02, 0.02]), rng) == 0.5).all()
    edge = scoring.with_noise(np.zeros((100, 1)), np.array([0.5]), rng)
    assert edge.min() == 0.0 and edge.max() <= 1.0


def test_rules_are_scored_on_the_points_of_the_forecast(make_curve):
    points = pd.DataFrame(score_curve(make_curve(), BacktestSettings(n_draws=100)).point_rows)
    assert set(points["method"]) == {"labelplan", *RULES}
    parts = [part[["cut", "ratio", "points"]].to_numpy().tolist() for _, part in points.groupby("method")]
    assert parts[0] == parts[1] == parts[2]
    (task,) = make_tasks(make_curve(), ("50",))
    last = points[(points["method"] == "last_value") & (points["cut"] == "50")]["absolute_error"].iloc[0]
    assert last == pytest.approx(np.abs(task.ahead_error - task.error[-1]).mean())
    assert points[points["method"] == "figueroa"]["coverage80"].isna().all()
