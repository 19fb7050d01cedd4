import numpy as np
import pandas as pd
import pytest

from research.backtest import scoring
from research.backtest.curves import OURS, Curve, make_tasks, noise_sd, peer_names
from research.backtest.peers import PEERS
from research.backtest.score_tables import POINT_SCORES, by_data_set
from research.backtest.scoring import RATIOS, BacktestSettings, labels_forecast, make_targets, ratio_bins, score_curve
from simulations.errors import InputError

AHEAD = 0.33  # centre of the errors beyond the first four, which lie about 0.4
FREE, MEASURED = 0.03, 0.02  # what nobody can foresee, and the noise of a measurement


class Planted:
    """A forecaster that knows the centre and spread a curve was drawn from, but not the curve."""

    forecastable = True

    def __init__(self, task, n_draws):
        self.rng = np.random.default_rng(int(1e9 * task.error[0]))
        self.n_draws, self.noise_factor = n_draws, np.ones(n_draws)

    def refused(self, labels):
        return np.zeros(labels.size, dtype=bool)

    def draws(self, labels):
        return 1.0 - AHEAD - FREE * self.rng.standard_normal((self.n_draws, labels.size))


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


def test_peers_are_asked_for_by_name():
    assert peer_names(None) == tuple(PEERS)
    assert peer_names(["pow4", "last_value"]) == ("last_value", "pow4")
    assert peer_names([]) == ()
    with pytest.raises(InputError, match="--peers: found 'pow9'; allowed: last_value"):
        peer_names(["pow9"])


DRAWS = np.arange(11)[:, None] / 10


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
        assert scoring.coverage(DRAWS, np.array([truth]), 0.8) == inside
    assert scoring.interval_width(DRAWS, 0.8) == pytest.approx([0.8])
    assert scoring.interval_width(DRAWS, 0.9) == pytest.approx([0.9])


def test_a_point_forecast_has_no_interval():
    x, y = np.array([[0.3, 0.7]]), np.array([0.3, 0.7])
    assert np.isnan(scoring.coverage(x, y, 0.8)).all()
    assert np.isnan(scoring.interval_width(x, 0.8)).all()


def test_noise_widens_draws_and_leaves_points_alone():
    rng = np.random.default_rng(0)
    x = np.full((4_000, 2), 0.5)
    noisy = scoring.with_noise(x, np.array([0.02, 0.0]), rng)
    assert noisy.std(axis=0) == pytest.approx([0.02, 0.0], rel=0.05)
    assert scoring.with_noise(x[:1], np.array([0.02, 0.02]), rng) is not None
    assert (scoring.with_noise(x[:1], np.array([0.02, 0.02]), rng) == 0.5).all()
    edge = scoring.with_noise(np.zeros((100, 1)), np.array([0.5]), rng)
    assert edge.min() == 0.0 and edge.max() <= 1.0


@pytest.fixture
def task():
    """Observed to 40 labels, lowest error 0.4; ahead 0.38, 0.36 and 0.2 at 60, 80 and 160 of 400."""
    labels = np.array([10, 20, 30, 40, 60, 80, 160, 400.0])
    error = np.array([0.6, 0.5, 0.4, 0.45, 0.38, 0.36, 0.2, 0.29])
    curve = Curve("d", "l", "random", 1, labels, error, np.full(8, np.nan), "d")
    return make_tasks(curve, ("10",))[0]


def test_targets_close_shares_of_the_lowest_error_observed(task):
    targets = make_targets(task, 4)
    assert [target.error for target in targets] == pytest.approx([0.36, 0.3, 0.2])
    # At the end, 400 labels, the error is 0.29: the last target was touched on the way and lost again.
    assert [target.labels is not None for target in targets] == [True, True, False]


def test_first_passage_of_the_measured_curve(task):
    first, second, third = make_targets(task, 4)
    assert first.labels == pytest.approx(80)
    # From 0.36 at 80 to 0.2 at 160, along a straight line in log labels.
    assert second.labels == pytest.approx(80 * 2 ** (0.06 / 0.16))
    assert third.labels is None


def test_the_end_is_the_last_point_that_is_forecast(task):
    targets = make_targets(task, 3)
    assert None not in [target.labels for target in targets]
    assert targets[2].labels == pytest.approx(160)
    assert [target.labels for target in make_targets(task, 1)] == [None, None, None]


def test_no_error_left_leaves_no_target(task):
    error = task.error.copy()
    error[1] = 0.0
    assert make_targets(type(task)(**{**vars(task), "error": error}), 4) == []


def test_labels_are_the_median_over_draws_and_end_at_the_end(task):
    def errors(labels):
        at = np.log(labels / 40.0)[None, :]
        return 0.45 - np.array([[0.1], [0.05], [0.2]]) * at  # reaches 0.3 at 40·e^1.5, e^3 and e^0.75

    assert labels_forecast(errors, task, 400.0, 0.3) == pytest.approx(40 * np.exp(1.5), rel=1e-6)
    assert labels_forecast(lambda n: errors(n)[1:2], task, 400.0, 0.3) == pytest.approx(400.0)
    assert labels_forecast(lambda n: np.full((1, n.size), 0.1), task, 400.0, 0.3) == pytest.approx(40.0)
