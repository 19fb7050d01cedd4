"""Batches measured as they are chosen, on views and ranks made by hand, and a small run."""

import numpy as np
import pandas as pd
import pytest

from research import chosen_batches
from research.chosen_batches import (
    by_strategy,
    correlations,
    main,
    measure_batch,
    measure_batches,
    nearest_distance,
    partial_rank_correlation,
)
from simulations.engine import run_lanes
from simulations.grid import parse_grid
from simulations.strategies import STRATEGIES
from simulations.strategies.view import RoundView

SMALL = {"initial_size": 20, "batch_sizes": [10], "rounds": 3}


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(chosen_batches, "SIZES", SMALL)


def test_the_nearest_other_of_three_points():
    # 0 and 1 have one another, 1 away; 5 has 1, 4 away.
    assert nearest_distance(np.array([[0.0], [1.0], [5.0]])) == pytest.approx(2.0)


def test_a_batch_by_hand():
    p = np.array([[0.5, 0.5], [0.7, 0.3], [1.0, 0.0], [0.6, 0.4]])
    points = np.array([[0.0], [2.0], [9.0], [3.0]])
    # Free are the first two, so that as many drawn at random are the batch itself.
    view = RoundView([points], np.array([[-1, -1, 0, 1]]), probabilities=p[None])
    assert measure_batch(view, 0, np.array([0, 1])) == pytest.approx((1.0 - (0.0 + 0.4) / 2, 1.0))
    # Twice as far apart as those two are the first and 4.
    wide = RoundView([np.array([[0.0], [2.0], [9.0], [4.0]])], np.array([[-1, -1, 0, 1]]), probabilities=p[None])
    assert measure_batch(wide, 0, np.array([0, 3])) == pytest.approx((1.0 - (0.0 + 0.2) / 2, 2.0))


def test_ranks_with_the_held_ones_taken_out():
    held = np.arange(40.0)
    noise = np.random.default_rng(0).normal(size=(2, 40))
    both = held + 5 * noise  # alike in what is held alone
    assert partial_rank_correlation(both[0], both[1], held) == pytest.approx(0.0, abs=0.4)
    alike = np.tile([0.0, 1.0], 20)
    assert partial_rank_correlation(alike, alike * 2, held) == pytest.approx(1.0)
    assert partial_rank_correlation(alike, -alike, held) == pytest.approx(-1.0)
    assert np.isnan(partial_rank_correlation(np.zeros(40), alike, held))


@pytest.mark.parametrize("strategy", ["margin", "badge", "coreset"])
def test_measuring_changes_no_choice_and_leaves_the_strategy_as_it_was(small, strategy):
    before = STRATEGIES[strategy]
    found = measure_batches("digits", strategy, 2)
    assert STRATEGIES[strategy] is before
    grid = {"datasets": ["digits"], "strategies": [strategy], "learners": ["linear"], "seeds": 2, **SMALL}
    records = run_lanes(parse_grid({"grid": grid}, where="test").trajectories)
    for record in records:
        own = found[found["seed"] == record.trajectory.seed]
        assert own["labels"].tolist() == [20, 30, 40]
        assert own["gain"].to_numpy() == pytest.approx(np.diff(record.series["accuracy"]))
    assert found["informativeness"].between(0, 1).all() and (found["diversity"] > 0).all()


def test_margin_asks_about_what_the_model_is_unsure_of(small):
    batches = pd.concat([measure_batches("digits", name, 2) for name in ("random", "margin")])
    table = by_strategy(batches).set_index("strategy")
    assert table.loc["margin", "informativeness"] > table.loc["random", "informativeness"] + 0.1
    assert table.loc["random", "ahead"] == 0
    found = correlations(batches)
    assert found["dataset"].tolist() == ["digits"] and found[["informativeness", "diversity"]].abs().le(1).all(
        axis=None
    )


def test_the_command_prints_both_tables_or_one_sentence(small, monkeypatch, capsys):
    monkeypatch.setattr(chosen_batches, "STRATEGY_NAMES", ("random", "margin"))
    assert main(["--datasets", "digits", "--seeds", "1"]) == 0
    told = capsys.readouterr().out
    assert "| `margin` | " in told and "| digits | " in told
    assert main(["--datasets", "nothing"]) == 2
    assert "nothing" in capsys.readouterr().err
