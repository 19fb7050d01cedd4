"""What docs/method/regression.md says is so."""

import re
import tomllib
from pathlib import Path

import pytest

from simulations.datasets import DATASETS
from simulations.grid import parse_grid
from simulations.learners import LEARNERS
from simulations.strategies import STRATEGIES

PAGE = (Path(__file__).parents[4] / "docs" / "method" / "regression.md").read_text(encoding="utf-8")
OURS = [name for name, entry in DATASETS.items() if entry.task == "regression" and entry.needs == "nothing"]


@pytest.mark.parametrize("name", OURS)
def test_the_table_tells_each_data_set_as_it_is(name):
    entry = DATASETS[name]
    items, held_out, _ = entry.size(entry.defaults)
    assert f"| `{name}` | {items:,} | {entry.features(entry.defaults)} | {held_out:,} |" in PAGE


def test_every_learner_strategy_and_knob_is_told():
    learners = [name for name, entry in LEARNERS.items() if entry.task == "regression"]
    choosers = [name for name, strategy in STRATEGIES.items() if "values" in strategy.needs]
    assert len(learners) == len(choosers) == 4
    for name in (*learners, *choosers):
        assert f"| `{name}` |" in PAGE
    for knob in DATASETS["friedman"].defaults:
        assert f"`{knob}`" in PAGE


def test_the_example_is_read():
    (code,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    grid = parse_grid(tomllib.loads(code))
    assert len(grid) == 2 * 4 * 12 and grid.trajectories[0].final_labels == 140
