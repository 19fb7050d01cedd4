import numpy as np
import pandas as pd
import pytest

from planner.backtest import scoring
from planner.backtest.curves import Curve
from planner.backtest.peers import PEERS
from planner.backtest.scoring import RATIOS, BacktestSettings, ratio_bins, score_curve
from planner.backtest.summary import POINT_SCORES, by_data_set
from planner.backtest.tasks import OURS, make_tasks, noise_sd, peer_names
from simulations.errors import InputError

AHEAD = 0.33  # centre of the errors beyond the first four, which lie about 0.4
FREE, MEASURED = 0.03, 0.02  # what nobody can foresee, and the noise of a measurement


class Planted:
    """A forecaster that knows the centre and spread a curve was drawn from, but not the curve."""

    def __init__(self, task, n_draws):
        self.rng = np.random.default_rng(int(1e9 * task.error[0]))
        self.n_draws = n_draws

    def refused(self, labels):
        return np.zeros(labels.size, dtype=bool)

    def __call__(self, labels):
        return AHEAD + FREE * self.rng.standard_normal((self.n_draws, labels.size))


@pytest.fixture
def planted(monkeypatch):
    monkeypatch.setattr(scoring, "fit_ours", lambda task, n_draws, **_: Planted(task, n_draws))
    rng = np.random.default_rng(8)
    labels = 10.0 * np.arange(1, 41)
    sd = np.hypot(FREE, MEASURED)
    curves = []
    for i in range(60):
        error = np.where(np.arange(labels.size) < 4, 0.4, AHEAD) + sd * rng.standard_normal(labels.size)
        curves.append(Curve(f"{i}", "l", "random", 1, labels, error, np.full(40, MEASURED), f"{i}"))
    return curves


def test_a_planted_perfect_forecaster_gets_what_theory_says(planted):
    settings = BacktestSettings(cuts=("10",), n_draws=300)
    rows = [row for curve in planted for row in score_curve(curve, settings).point_rows]
    means = by_data_set(pd.DataFrame(rows), POINT_SCORES, points="points").mean()
    sd = np.hypot(FREE, MEASURED)
    assert means["coverage80"] == pytest.approx(0.80, abs=0.025)
    assert means["coverage90"] == pytest.approx(0.90, abs=0.02)
    assert means["crps"] == pytest.approx(sd / np.sqrt(np.pi), rel=0.05)
    assert means["absolute_error"] == pytest.approx(sd * np.sqrt(2 / np.pi), rel=0.05)
    assert means["width80"] == pytest.approx(2 * 1.2816 * sd, rel=0.03)


def test_chances_of_a_planted_forecaster_mean_what_they_say(planted):
    settings = BacktestSettings(cuts=("10",), n_draws=300)
    rows = pd.DataFrame([row for curve in planted for row in score_curve(curve, settings).target_rows])
    near = rows[rows["closes"] == 0.10]
    assert near["chance"].mean() == pytest.approx(near["reached"].mean(), abs=0.1)
    assert 0.2 < near["chance"].mean() < 0.8
    assert ((near["chance"] - near["reached"]) ** 2).mean() < near["reached"].mean() * (1 - near["reached"].mean())


def test_without_the_noise_of_measurements_coverage_would_fall_short(planted, monkeypatch):
    monkeypatch.setattr(scoring, "noise_sd", lambda task, draws, factor: np.zeros(draws.shape[1]))
    rows = [
        row for curve in planted for row in score_curve(curve, BacktestSettings(cuts=("10",), n_draws=300)).point_rows
    ]
    means = by_data_set(pd.DataFrame(rows), POINT_SCORES, points="points").mean()
    assert means["coverage80"] < 0.76


def test_bins_of_the_ratio_hold_their_upper_end():
    assert ratio_bins(np.array([1.01, 2.0, 2.01, 3.0, 5.0, 10.0, 20.0, 30.0])).tolist() == [0, 0, 1, 1, 2, 3, 4, 5]
    assert len(RATIOS) == 6


def test_all_methods_are_scored_on_the_same_points_and_targets(make_curve):
    found = score_curve(make_curve(), BacktestSettings(peers=("last_value", "pow3"), n_draws=100))
    points, targets = pd.DataFrame(found.point_rows), pd.DataFrame(found.target_rows)
    assert found.tasks == 4
    assert set(points["method"]) == {OURS, "last_value", "pow3"}
    for frame, key in ((points, ["cut", "ratio", "points"]), (targets, ["cut", "closes", "reached"])):
        parts = [part[key].to_numpy().tolist() for _, part in frame.groupby("method")]
        assert parts[0] == parts[1] == parts[2]
    compared = targets.assign(there=targets["log2_labels"].notna()).groupby(["cut", "closes"])["there"]
    assert (compared.nunique() == 1).all()
    assert targets["log2_labels"].notna().any()
    assert points[points["method"] == "pow3"]["coverage80"].isna().all()


def test_refused_points_are_counted_and_scored_for_nobody(make_curve):
    # Four points within a factor of 4 may be forecast to twice the last: 200 of the eight ahead.
    curve = make_curve(labels=[40, 60, 80, 100, 150, 200, 300, 400, 500, 600, 800, 1000])
    found = score_curve(curve, BacktestSettings(cuts=("10",), peers=("last_value",), n_draws=100))
    assert (found.tasks, found.points, found.refused_points) == (1, 2, 6)
    assert {row.ratio for row in found.point_rows} == {0}
    assert all(row.points == 2 for row in found.point_rows)


def test_a_task_refused_whole_is_counted(make_curve):
    found = score_curve(make_curve(labels=[70, 80, 90, 100, 1000]), BacktestSettings(cuts=("10",), n_draws=100))
    assert (found.tasks, found.refused_tasks, found.points, found.refused_points) == (0, 1, 0, 1)
    assert found.point_rows == [] and found.target_rows == []


def test_the_same_curve_scores_the_same_and_seeds_differ(make_curve):
    settings = BacktestSettings(n_draws=100)
    first, again = (score_curve(make_curve(), settings) for _ in range(2))
    assert first.point_rows == again.point_rows or repr(first.point_rows) == repr(again.point_rows)
    assert repr(score_curve(make_curve(), BacktestSettings(n_draws=100, seed=1)).point_rows) != repr(first.point_rows)


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


def test_noise_that_all_points_share_is_not_counted_twice():
    # One shift of 2 points for a whole curve, as nested label sets and one test set give, on a curve known exactly
    # otherwise: standard errors say 2 points everywhere, and a forecast from 16 points need not be that wide.
    rng = np.random.default_rng(3)
    labels = np.round(16 * np.sqrt(2.0) ** np.arange(17))
    widths, inside = [], []
    for i in range(12):
        error = 0.05 + 0.4 * (labels / 16) ** -0.5 + 0.02 * rng.standard_normal() + 0.001 * rng.standard_normal(17)
        curve = Curve(f"{i}", "l", "random", 1, labels, np.clip(error, 0, 1), np.full(17, 0.02), f"{i}")
        for row in score_curve(curve, BacktestSettings(cuts=("50",), n_draws=300)).point_rows:
            widths.append(row.width80)
            inside.append(row.coverage80)
    assert np.mean(widths) < 0.75 * 2 * 1.2816 * 0.02
    assert np.mean(inside) > 0.75


def test_peers_are_asked_for_by_name():
    assert peer_names(None) == tuple(PEERS)
    assert peer_names(["pow4", "last_value"]) == ("last_value", "pow4")
    assert peer_names([]) == ()
    with pytest.raises(InputError, match="--peers: found 'pow9'; allowed: last_value"):
        peer_names(["pow9"])
