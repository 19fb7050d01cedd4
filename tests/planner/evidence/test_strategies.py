"""The recorded comparison of strategies: computed from its curves, complete, and a sentence where it cannot be used."""

import math
from pathlib import Path

import pytest

from planner.backtest.strategies.record import comparison_of, record_strategies
from planner.errors import InputError
from planner.evidence import strategies
from simulations.grid import load_grid
from simulations.strategies import STRATEGIES
from simulations.table import dataset_label

FOLDER = Path(strategies.__file__).parent
GRID = load_grid(FOLDER / "strategies.toml")


@pytest.fixture(scope="module")
def found():
    return strategies.recorded_comparison()


def _alike(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return one == other


def test_every_figure_is_computed_from_the_recorded_curves(found):
    assert _alike(comparison_of(strategies.recorded_strategies()), found["strategies"])


def test_the_curves_are_those_that_the_grid_asks_for(found):
    table = strategies.recorded_strategies()
    assert len(table) == found["rows"]
    assert (FOLDER / strategies.STRATEGIES_FILE).stat().st_size < 800_000
    keys = ["dataset", "learner", "strategy", "batch_size", "initial_size", "seed"]
    held = {tuple(row) for row in table[keys].drop_duplicates().itertuples(index=False)}
    asked = {
        (dataset_label(t), t.learner.name, t.strategy.name, t.batch_size, t.initial_size, t.seed)
        for t in GRID.trajectories
    }
    assert held == asked


def test_every_strategy_of_classification_is_compared():
    compared = {t.strategy.name for t in GRID.trajectories}
    other_tasks = {name for name, one in STRATEGIES.items() if one.needed & {"values", "sequences", "costs"}}
    assert set(STRATEGIES) - compared == other_tasks


def test_what_is_recorded_is_read_back(tmp_path, found):
    table = strategies.recorded_strategies()
    some = table[table["strategy"].isin(["random", "margin"]) & (table["dataset"] == "digits")]
    written = record_strategies(some.sample(frac=1.0, random_state=0), tmp_path / "new", command="made here")
    assert strategies.recorded_comparison(tmp_path / "new" / strategies.SAVINGS_FILE) == written
    whole = next(one for one in found["strategies"] if (one["learner"], one["strategy"]) == ("linear", "margin"))
    digits = next(one for one in whole["sets"] if one["dataset"] == "digits")
    again = next(one for one in written["strategies"] if (one["learner"], one["strategy"]) == ("linear", "margin"))
    assert _alike(again["sets"][0], digits)


def test_a_file_that_is_missing_is_a_sentence_and_a_way_on(tmp_path):
    for read, name in (
        (strategies.recorded_comparison, strategies.SAVINGS_FILE),
        (strategies.recorded_strategies, strategies.STRATEGIES_FILE),
    ):
        with pytest.raises(InputError, match=f"{name} is missing; 'make evidence-strategies' writes it anew"):
            read(tmp_path / name)
