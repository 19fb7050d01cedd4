"""The recorded comparison of strategies: computed from its curves, and complete."""

from pathlib import Path

import pytest

from planner.evidence.results import STRATEGIES as RECORDED
from research import evidence
from research.evidence.judged import RECORDINGS
from simulations.grid import load_grid
from simulations.store import dataset_label
from simulations.strategies import STRATEGIES
from tests.research.evidence.alike import alike

FOLDER = Path(evidence.__file__).parent
GRID = load_grid(FOLDER / "strategies.toml")
COMPARED = RECORDINGS["strategies"]

pytestmark = pytest.mark.numbers


@pytest.fixture(scope="module")
def found():
    return RECORDED.judged()


def test_every_figure_is_computed_from_the_recorded_curves(found):
    assert alike(COMPARED.judge(COMPARED.curves()), found["strategies"])


def test_the_curves_are_those_that_the_grid_asks_for(found):
    table = COMPARED.curves()
    assert len(table) == found["rows"]
    assert (FOLDER / COMPARED.curves_file).stat().st_size < 800_000
    keys = ["dataset", "learner", "strategy", "batch_size", "initial_size", "seed"]
    held = {tuple(row) for row in table[keys].drop_duplicates().itertuples(index=False)}
    assert held == {
        (dataset_label(t), t.learner.name, t.strategy.name, t.batch_size, t.initial_size, t.seed)
        for t in GRID.trajectories
    }
    # Every strategy of classification is compared.
    compared = {t.strategy.name for t in GRID.trajectories}
    other_tasks = {name for name, one in STRATEGIES.items() if one.needs & {"values", "sequences", "costs"}}
    assert set(STRATEGIES) - compared == other_tasks


def test_what_is_recorded_is_read_back(tmp_path, found):
    table = COMPARED.curves()
    some = table[table["strategy"].isin(["random", "margin"]) & (table["dataset"] == "digits")]
    written = COMPARED.record(some.sample(frac=1.0, random_state=0), tmp_path / "curves", tmp_path / "new")
    assert RECORDED.judged(tmp_path / "new" / RECORDED.file) == written
    whole, again = (
        next(one["sets"] for one in judged["strategies"] if (one["learner"], one["strategy"]) == ("linear", "margin"))
        for judged in (found, written)
    )
    assert alike(again[0], next(one for one in whole if one["dataset"] == "digits"))
