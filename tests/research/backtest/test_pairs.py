import json

import numpy as np
import pandas as pd
import pytest

from planner.evidence import recorded_savings
from planner.transfer.savings_fit import savings_table
from planner.transfer.savings_prior import unknown_savings
from research.backtest import pairs
from research.backtest.pairs import forecast_pair, make_pair_tasks, pairs_from_table, score_pair
from research.backtest.run import run_pairs
from research.backtest.scoring import BacktestSettings
from simulations.curve_table import validate_curves
from simulations.errors import InputError

SETTINGS = BacktestSettings(cuts=("20", "50"), n_draws=200)


def planted(task, labels, n_draws, entropy):
    """A toy joint forecast: it knows the mean gap, and that the two curves go up and down together."""
    rng = np.random.default_rng(entropy)
    random = 0.3 + 0.05 * rng.standard_normal((n_draws, labels.size))
    gap = 0.05 * (1 - 20 / labels) + 0.0002 * rng.standard_normal((n_draws, labels.size))
    return np.stack([random, random - gap], axis=2)


def test_pairs_by_hand():
    rows = [
        (strategy, seed, n, value)
        for strategy, seed, values in (
            ("random", 0, (0.5, 0.6)),
            ("random", 1, (0.5, 0.7)),
            ("random", 2, (0.1, 0.1)),  # a seed that margin does not have
            ("margin", 0, (0.5, 0.7)),
            ("margin", 1, (0.5, 0.9)),
        )
        for n, value in zip((20, 40), values, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["strategy", "seed", "labels", "value"])
    (pair,) = pairs_from_table(validate_curves(table))
    assert pair.random.error - pair.strategy.error == pytest.approx([0.0, 0.15])
    # Differences of 0.1 and 0.2 within seeds: sd 0.0707, standard error 0.05.
    assert pair.gap_standard_error == pytest.approx([0.0, 0.05])
    assert pair.random.error == pytest.approx([0.5, 0.35])


def test_tasks_cut_both_curves_at_the_same_labels(pair_table):
    first, second = pairs_from_table(pair_table())
    assert first.strategy.strategy == second.strategy.strategy == "margin"
    for task in make_pair_tasks(first, ("20", "50", "few")):
        assert task.random.labels.tolist() == task.strategy.labels.tolist()
        assert task.random.ahead_labels.tolist() == task.strategy.ahead_labels.tolist()
        at = np.searchsorted(first.strategy.labels, task.random.labels)
        assert task.strategy.error.tolist() == first.strategy.error[at].tolist()
        assert task.gap_standard_error.size == task.random.labels.size
        assert task.ahead_gap_standard_error.size == task.random.ahead_labels.size == task.strategy.ahead_error.size


def test_a_joint_forecast_is_scored_beside_the_last_gap(pair_table, monkeypatch):
    monkeypatch.setattr(pairs, "forecast_pair", planted)
    many = pairs_from_table(pair_table(datasets=[f"d{i}" for i in range(30)], seeds=20))
    found = run_pairs(many, "toy", SETTINGS).to_dict()
    json.dumps(found, allow_nan=False)
    assert found["protocol"] == "pairs"
    assert found["methods"] == ["labelplan", "independent", "last_gap"]
    ours, independent, last = found["overall"]["methods"]
    assert ours["absolute_error"]["mean"] < 0.005
    assert ours["coverage80"]["mean"] == pytest.approx(0.8, abs=0.05)
    assert last["ours_relative"]["absolute_error"]["q90"] < -0.3  # the gap grows, and the last one does not know
    assert independent["width80"]["mean"] > ours["width80"]["mean"]
    assert ours["brier"]["mean"] < 0.01  # margin does end above random, and it says so
    (by,) = found["by_strategy"]
    assert by["strategy"] == "margin" and by["data_sets"] == 30


def test_one_seed_still_has_noise(pair_table, monkeypatch):
    monkeypatch.setattr(pairs, "forecast_pair", planted)
    (pair, _) = pairs_from_table(pair_table(seeds=1))
    assert np.isnan(pair.gap_standard_error).all()
    found = score_pair(pair, SETTINGS)
    ours = [row for row in found.point_rows if row.method == "labelplan"]
    assert ours and all(row.width80 > 2 * 1.28 * 0.003 for row in ours)  # more than the plant's own spread


def test_what_cannot_be_paired_is_told(pair_table):
    table = pair_table()
    with pytest.raises(InputError, match="in common with 'random'"):
        pairs_from_table(table[table["strategy"] == "margin"])
    apart = table.assign(seed=table["seed"] + 100 * (table["strategy"] == "margin"))
    with pytest.raises(InputError, match="in common with 'random'"):
        pairs_from_table(apart)


def test_reserved_data_sets_stay_aside_in_pairs_too(pair_table):
    table = pair_table()
    marked = table.assign(openml_id=np.where(table["dataset"] == "one", 15, 3))
    assert {pair.random.dataset for pair in pairs_from_table(marked)} == {"two"}
    with pytest.raises(InputError, match="all data sets are reserved"):
        pairs_from_table(table.assign(openml_id=15))


AHEAD = np.array([200.0, 400.0])


@pytest.fixture
def alone(monkeypatch):
    """Leave the recorded data sets out: what is drawn rests on the pair itself."""
    monkeypatch.setattr(pairs, "recorded_savings", lambda: savings_table([]))


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

    def looked_up(table, strategy, described, *, savings_sd, random_error):
        asked.append((strategy, described.metric, savings_sd, "digits" in set(table["dataset"])))
        return unknown_savings(strategy, savings_sd)

    monkeypatch.setattr(pairs, "savings_prior", looked_up)
    for metric in ("accuracy", "f1_macro"):
        table = pair_table(datasets=("digits [flip rate=0.1]",)).assign(metric=metric)
        forecast_pair(task_of(table), AHEAD, 50, [1])
    assert "digits" in set(recorded_savings()["dataset"])
    assert asked == [("margin", "accuracy", 0.0, False), ("margin", "f1_macro", 0.0, False)]
