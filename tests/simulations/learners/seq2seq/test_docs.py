import re
import tomllib
from pathlib import Path

import pytest

from simulations.datasets import DATASETS
from simulations.grid import parse_grid
from simulations.learners import LEARNERS
from simulations.learners.seq2seq import StepTraining

pytest.importorskip("torch", reason="torch is not installed: neural learners need the extra neural")

DOCS = (Path(__file__).parents[4] / "docs" / "generation.md").read_text("utf-8")


def test_the_grid_runs_as_it_stands():
    (text,) = re.findall(r"```toml\n(.*?)```", DOCS, flags=re.DOTALL)
    grid = parse_grid(tomllib.loads(text))
    assert len(grid) == 60 and grid.trajectories[0].final_labels == 500


def test_every_setting_is_told_with_its_default():
    entry = LEARNERS["seq2seq"]
    for name in (
        *entry.defaults,
        *entry.further,
        *(key for d in ("pronunciations", "number-words") for key in DATASETS[d].defaults),
    ):
        assert f"`{name}" in DOCS or f"`{name} =" in DOCS, name
    d = entry.defaults
    assert f"| `hidden` | {d['hidden']} |" in DOCS and f"| `passes` | {d['passes']} |" in DOCS
    assert f"| `least_steps` | {d['least_steps']} |" in DOCS
    assert f"| {d['learning_rate']}, {d['dropout']}, {d['batch_size']} |" in DOCS
    assert {"learning_rate", "dropout", "batch_size", "passes", "least_steps"} == set(StepTraining.__dataclass_fields__)
