import numpy as np
import pytest

from planner.backtest.curves import Curve
from planner.backtest.scoring import labels_forecast, make_targets
from planner.backtest.tasks import make_tasks


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
    assert [target.reached for target in targets] == [True, True, False]


def test_first_passage_of_the_measured_curve(task):
    first, second, third = make_targets(task, 4)
    assert first.labels == pytest.approx(80)
    # From 0.36 at 80 to 0.2 at 160, along a straight line in log labels.
    assert second.labels == pytest.approx(80 * 2 ** (0.06 / 0.16))
    assert third.labels is None


def test_the_end_is_the_last_point_that_is_forecast(task):
    targets = make_targets(task, 3)
    assert [target.reached for target in targets] == [True, True, True]
    assert targets[2].labels == pytest.approx(160)
    assert [target.reached for target in make_targets(task, 1)] == [False, False, False]


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
