"""The recorded comparison of strategies: computed from its curves, and complete."""

from pathlib import Path

import pytest

from planner.backtest.record import RECORDINGS
from planner.evidence import judged
from planner.evidence.judged import STRATEGIES as RECORDED
from simulations.grid import load_grid
from simulations.strategies import STRATEGIES
from simulations.table import dataset_label
from tests.planner.evidence.alike import alike

FOLDER = Path(judged.__file__).parent
GRID = load_grid(FOLDER / "strategies.toml")

pytestmark = pytest.mark.numbers


@pytest.fixture(scope="module")
def found():
    return RECORDED.judged()


def test_every_figure_is_computed_from_the_recorded_curves(found):
    assert alike(RECORDINGS["strategies"].judge(RECORDED.curves()), found["strategies"])


def test_the_curves_are_those_that_the_grid_asks_for(found):
    table = RECORDED.curves()
    assert len(table) == found["rows"]
    assert (FOLDER / RECORDED.curves_file).stat().st_size < 800_000
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
    table = RECORDED.curves()
    some = table[table["strategy"].isin(["random", "margin"]) & (table["dataset"] == "digits")]
    written = RECORDINGS["strategies"].record(some.sample(frac=1.0, random_state=0), tmp_path / "new")
    assert RECORDED.judged(tmp_path / "new" / RECORDED.judged_file) == written
    whole = next(one for one in found["strategies"] if (one["learner"], one["strategy"]) == ("linear", "margin"))
    digits = next(one for one in whole["sets"] if one["dataset"] == "digits")
    again = next(one for one in written["strategies"] if (one["learner"], one["strategy"]) == ("linear", "margin"))
    assert alike(again["sets"][0], digits)
