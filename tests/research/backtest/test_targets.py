import numpy as np
import pandas as pd
import pytest

from planner.backtest.curves import OURS, Curve, make_tasks
from planner.backtest.scoring import BacktestSettings
from research.backtest import targets
from research.backtest.peers import PEERS, peer_names
from research.backtest.targets import labels_forecast, make_targets, score_curve
from simulations.errors import InputError
from tests.planner.backtest.conftest import Planted


@pytest.fixture
def planted(planted_curves, monkeypatch):
    monkeypatch.setattr(targets, "fit_ours", lambda task, n_draws, **_: Planted(task, n_draws))
    return planted_curves


def test_chances_of_a_planted_forecaster_mean_what_they_say(planted):
    settings = BacktestSettings(cuts=("10",), n_draws=300)
    rows = pd.DataFrame([row for curve in planted for row in score_curve(curve, settings, ()).target_rows])
    near = rows[rows["closes"] == 0.10]
    assert near["chance"].mean() == pytest.approx(near["reached"].mean(), abs=0.1)
    assert 0.2 < near["chance"].mean() < 0.8
    assert ((near["chance"] - near["reached"]) ** 2).mean() < near["reached"].mean() * (1 - near["reached"].mean())


def test_all_methods_are_scored_on_the_same_points_and_targets(make_curve):
    found = score_curve(make_curve(), BacktestSettings(n_draws=100), ("last_value", "pow3"))
    points, reached = pd.DataFrame(found.point_rows), pd.DataFrame(found.target_rows)
    assert found.tasks == 4
    assert set(points["method"]) == {OURS, "last_value", "pow3"}
    for frame, key in ((points, ["cut", "ratio", "points"]), (reached, ["cut", "closes", "reached"])):
        parts = [part[key].to_numpy().tolist() for _, part in frame.groupby("method")]
        assert parts[0] == parts[1] == parts[2]
    compared = reached.assign(there=reached["log2_labels"].notna()).groupby(["cut", "closes"])["there"]
    assert (compared.nunique() == 1).all()
    assert reached["log2_labels"].notna().any()
    assert points[points["method"] == "pow3"]["coverage80"].isna().all()


def test_peers_are_asked_for_by_name():
    assert peer_names("all") == tuple(PEERS)
    assert peer_names("pow4, last_value") == ("last_value", "pow4")
    assert peer_names("none") == ()
    with pytest.raises(InputError, match="--peers: found 'pow9'; allowed: last_value"):
        peer_names("pow9")


DRAWS = np.arange(11)[:, None] / 10


@pytest.fixture
def task():
    """Observed to 40 labels, lowest error 0.4; ahead 0.38, 0.36 and 0.2 at 60, 80 and 160 of 400."""
    labels = np.array([10, 20, 30, 40, 60, 80, 160, 400.0])
    error = np.array([0.6, 0.5, 0.4, 0.45, 0.38, 0.36, 0.2, 0.29])
    curve = Curve("d", "l", "random", 1, labels, error, np.full(8, np.nan), "d")
    return make_tasks(curve, ("10",))[0]


def test_targets_close_shares_of_the_lowest_error_observed(task):
    found = make_targets(task, 4)
    assert [target.error for target in found] == pytest.approx([0.36, 0.3, 0.2])
    # At the end, 400 labels, the error is 0.29: the last target was touched on the way and lost again.
    assert [target.labels is not None for target in found] == [True, True, False]


def test_first_passage_of_the_measured_curve(task):
    first, second, third = make_targets(task, 4)
    assert first.labels == pytest.approx(80)
    # From 0.36 at 80 to 0.2 at 160, along a straight line in log labels.
    assert second.labels == pytest.approx(80 * 2 ** (0.06 / 0.16))
    assert third.labels is None


def test_the_end_is_the_last_point_that_is_forecast(task):
    found = make_targets(task, 3)
    assert None not in [target.labels for target in found]
    assert found[2].labels == pytest.approx(160)
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
