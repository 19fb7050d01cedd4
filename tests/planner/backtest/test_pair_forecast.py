import numpy as np
import pytest

from planner.backtest import pairs
from planner.backtest.pairs import forecast_pair, make_pair_tasks, pairs_from_table
from planner.transfer.savings_prior import unknown_savings

AHEAD = np.array([200.0, 400.0])


@pytest.fixture
def alone(monkeypatch):
    """Leave the recorded data sets out: what is drawn rests on the pair itself."""
    monkeypatch.setattr(pairs, "_recorded_table", lambda: None)


def task_of(table, cut="50"):
    return make_pair_tasks(pairs_from_table(table)[0], (cut,))[0]


def test_both_curves_are_drawn_together_and_the_gap_is_found(alone, pair_table):
    task = task_of(pair_table(seeds=12))
    drawn = forecast_pair(task, AHEAD, 400, [1, 2])
    assert drawn.shape == (400, 2, 2)
    gap = drawn[:, :, 0] - drawn[:, :, 1]
    planted = 0.05 * (1 - 20 / AHEAD)
    low, high = np.quantile(gap, (0.02, 0.98), axis=0)
    assert ((low < planted) & (planted < high)).all()
    # What one curve will be says something of the other.
    assert gap.std(axis=0)[0] < np.hypot(*drawn[:, 0].std(axis=0))


def test_the_same_entropy_gives_the_same_draws_and_the_order_of_rows_does_not_count(alone, pair_table):
    table = pair_table()
    first = forecast_pair(task_of(table), AHEAD, 100, [5])
    again = forecast_pair(task_of(table.sample(frac=1.0, random_state=1)), AHEAD, 100, [5])
    np.testing.assert_allclose(first, again, rtol=0, atol=1e-12)
    assert not np.array_equal(first, forecast_pair(task_of(table), AHEAD, 100, [6]))


def test_savings_are_looked_up_in_the_metric_that_was_measured_without_the_pairs_own_data_set(monkeypatch, pair_table):
    asked = []

    def looked_up(table, strategy, described, *, savings_sd, random_error, exclude):
        asked.append((strategy, described.metric, savings_sd, sorted(exclude)))
        return unknown_savings(strategy, savings_sd)

    monkeypatch.setattr(pairs, "savings_prior", looked_up)
    for metric in ("accuracy", "f1_macro"):
        table = pair_table(datasets=("digits [flip rate=0.1]",)).assign(metric=metric)
        forecast_pair(task_of(table), AHEAD, 50, [1])
    own = ["digits", "digits [flip rate=0.1]"]
    assert asked == [("margin", "accuracy", 0.0, own), ("margin", "f1_macro", 0.0, own)]
