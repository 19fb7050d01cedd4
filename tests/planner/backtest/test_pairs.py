import json

import numpy as np
import pandas as pd
import pytest

from planner.backtest.pairs import make_pair_tasks, pair_methods, pairs_from_table, score_pair
from planner.backtest.run import run_pairs
from planner.backtest.scoring import BacktestSettings
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
    assert pair.gap == pytest.approx([0.0, 0.15])
    # Differences of 0.1 and 0.2 within seeds: sd 0.0707, standard error 0.05.
    assert pair.gap_standard_error == pytest.approx([0.0, 0.05])
    assert pair.random.error == pytest.approx([0.5, 0.35])


def test_tasks_cut_both_curves_at_the_same_labels(pair_table):
    pairs = pairs_from_table(pair_table())
    assert [pair.strategy.strategy for pair in pairs] == ["margin", "margin"]
    for task in make_pair_tasks(pairs[0], ("20", "50", "few")):
        assert task.random.labels.tolist() == task.strategy.labels.tolist()
        assert task.random.ahead_labels.tolist() == task.strategy.ahead_labels.tolist()
        assert task.ahead_gap == pytest.approx(task.random.ahead_error - task.strategy.ahead_error)
        assert task.gap_standard_error.size == task.random.labels.size
        assert task.last_gap == pytest.approx(task.random.error[-1] - task.strategy.error[-1])


def test_a_joint_forecast_is_scored_beside_the_last_gap(pair_table):
    pairs = pairs_from_table(pair_table(datasets=[f"d{i}" for i in range(30)], seeds=20))
    found = run_pairs(pairs, "toy", SETTINGS, joint=planted).to_dict()
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


def test_without_a_joint_forecast_the_independent_ones_come_first(pair_table):
    found = run_pairs(pairs_from_table(pair_table()), "toy", SETTINGS).to_dict()
    assert found["methods"] == ["independent", "last_gap"] == list(pair_methods(None))
    assert found["overall"]["methods"][0]["ours_relative"] is None
    assert found["curves"] == 2


def test_one_seed_still_has_noise(pair_table):
    (pair, _) = pairs_from_table(pair_table(seeds=1))
    assert np.isnan(pair.gap_standard_error).all()
    found = score_pair(pair, SETTINGS, planted)
    ours = [row for row in found.point_rows if row.method == "labelplan"]
    assert ours and all(row.width80 > 2 * 1.28 * 0.003 for row in ours)  # more than the plant's own spread


def test_a_joint_forecast_of_the_wrong_shape_is_told(pair_table):
    (pair, _) = pairs_from_table(pair_table())
    with pytest.raises(RuntimeError, match=r"cut 20: no \(draws, labels, 2\) numbers"):
        score_pair(pair, SETTINGS, lambda task, labels, n_draws, entropy: np.zeros((n_draws, labels.size)))


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
