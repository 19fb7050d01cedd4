from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from research import pair_forecasts
from research.pair_forecasts import METHODS, PairDraws, blend_with_last_gap, hold_savings, main, summarise_scores


def constant(random, strategy, points):
    return PairDraws(np.full((20, points), random), np.full((20, points), strategy))


def test_a_blend_goes_half_way_to_the_last_gap_where_both_count_the_same(monkeypatch):
    monkeypatch.setattr(pair_forecasts, "_GAP_DRIFT", 0.0)
    u, left = np.array([0.0, 0.5]), np.ones(2)
    blend = blend_with_last_gap(constant(0.3, 0.2, 2), 0.04, 0.0, u, left, np.random.default_rng(0))
    # At u = 0 nothing moves; at u = 0.5 a gap of 0.10 becomes 0.07, and equally certain curves share the move.
    assert blend.random == pytest.approx(np.tile([0.3, 0.285], (20, 1)))
    assert blend.strategy == pytest.approx(np.tile([0.2, 0.215], (20, 1)))


@given(st.integers(0, 2**32 - 1), st.floats(-0.5, 0.5), st.floats(0.0, 1.0))
def test_a_blend_is_an_error_and_moves_the_less_certain_curve_further(seed, gap, left):
    rng = np.random.default_rng(seed)
    own = PairDraws(rng.uniform(0.1, 0.9, (50, 3)), np.clip(0.4 + 0.01 * rng.standard_normal((50, 3)), 0.0, 1.0))
    blend = blend_with_last_gap(own, gap, 0.001, np.array([0.1, 1.0, 3.0]), np.full(3, left), rng)
    for draws in (blend.random, blend.strategy):
        assert (draws >= 0.0).all() and (draws <= 1.0).all()
    moved = [
        np.abs(after - before).mean() for after, before in ((blend.random, own.random), (blend.strategy, own.strategy))
    ]
    assert moved[0] >= moved[1]


def test_savings_held_move_a_straight_curve_by_a_constant():
    axis = np.linspace(0.0, 10.0, 21)
    random = SimpleNamespace(log_labels=axis, paths=(0.5 + 0.02 * axis)[None], last_labels=np.exp(4.0))
    held = hold_savings(random, 0.04, np.exp([5.0, 6.0]), None)
    assert held.random[0] == pytest.approx([0.40, 0.38])
    assert held.gap[0] == pytest.approx([0.04, 0.04])
    assert hold_savings(random, 0.04, np.exp([6.0]), int(np.exp(6.0))).gap[0] == pytest.approx([0.0], abs=1e-4)


def test_scores_count_data_sets_and_not_pairs():
    rows = [
        {"method": method, "group": group, "curve": curve, "cut": "50", "observed": 5, "crps": 0.1, "coverage80": 1.0}
        | {"gap": gap, "strategy": 0.1, "random": 0.1}
        for method in METHODS
        for group, curve, gap in (("a", "a1", 1.0), ("a", "a2", 3.0), ("b", "b1", 5.0))
    ]
    found = summarise_scores(pd.DataFrame(rows), seed=0)
    assert found["gap"].tolist() == pytest.approx([3.5] * len(METHODS))
    assert (found["data_sets"] == 2).all() and (found["pairs"] == 3).all()
    assert found["gap_q10"].iloc[0] == 2.0 and found["gap_q90"].iloc[0] == 5.0


def write_table(path, datasets):
    rng = np.random.default_rng(0)
    rows = [
        (name, "ridge", strategy, 20, 20, seed, n, "accuracy", 0.9 - 0.4 * (n / 20) ** -0.5 + gap * (1 - 20 / n), 500)
        for name in datasets
        for seed in range(3)
        for n in range(20, 220, 20)
        for strategy, gap in (("random", 0.0), ("margin", 0.05 + 0.005 * rng.standard_normal()))
    ]
    names = ["dataset", "learner", "strategy", "batch_size", "initial_size", "seed", "labels", "metric", "value"]
    pd.DataFrame(rows, columns=[*names, "test_size"]).to_csv(path, index=False)
    return str(path)


def test_the_command_prints_every_method_and_refuses_half_of_one_data_set(tmp_path, capsys):
    two = write_table(tmp_path / "two.csv", ("one", "two"))
    assert main([two, "--draws", "50"]) == 0
    printed = capsys.readouterr().out
    assert all(f" {method} " in printed for method in METHODS)
    one = write_table(tmp_path / "one.csv", ("one",))
    assert main([one, "--half", "second"]) == 2
    assert "found 1 data set; allowed: at least 2" in capsys.readouterr().err
