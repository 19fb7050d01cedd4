"""What docs/extend/add-a-learner.md shows works as it is written."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from simulations.grid import parse_grid
from simulations.testing import check_learner

TEXT = (Path(__file__).parents[3] / "docs" / "extend" / "add-a-learner.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)
LEARNERS = [code for kind, code in BLOCKS if kind == "python" and "LEARNER = " in code]


def test_grid_files_are_read():
    pytest.importorskip("torch", reason="torch is not installed: one of the grids names neural learners")
    grids = [parse_grid(tomllib.loads(code)) for kind, code in BLOCKS if kind == "toml"]
    assert [len({t.learner for t in grid.trajectories}) for grid in grids] == [5, 4]


def test_the_measured_grid_is_read():
    (code,) = [code for kind, code in BLOCKS if kind == "python" and "satimage" in code]
    short = re.sub(r'"seeds": \d+', '"seeds": 1', code.replace("satimage", "digits")).replace(
        '"rounds": 8', '"rounds": 1'
    )
    printed = []
    exec(short.replace("[[0, 2, 4, 8]]", "[[0, 1]]"), {"print": lambda *values: printed.append(values)})
    assert [values[1] for values in printed] == ["random", "coreset"] * 2
    assert all((np.asarray(values[2]) > 0.2).all() for values in printed)


@pytest.mark.parametrize("code", LEARNERS, ids=["estimator", "own"])
def test_learners_keep_the_contract(code):
    space = {"__name__": "shown"}
    exec(code, space)
    assert check_learner(space["LEARNER"])


def test_the_grid_of_the_page_on_retraining_is_read():
    pytest.importorskip("torch", reason="torch is not installed: the grid names neural learners")
    page = (Path(__file__).parents[3] / "docs" / "method" / "retraining.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    starts = {t.learner.options["start"] for t in parse_grid(tomllib.loads(code)).trajectories}
    assert starts == {"scratch", "warm", "finetune"}


def test_the_page_on_plug_ins_is_true():
    page = (Path(__file__).parents[3] / "docs" / "extend" / "plug-ins.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL)
    (project,) = [tomllib.loads(code)["project"] for kind, code in blocks if kind == "toml"]
    example = Path(__file__).parents[3] / "examples" / "plugin" / "pyproject.toml"
    assert project["entry-points"] == tomllib.loads(example.read_text(encoding="utf-8"))["project"]["entry-points"]
    space = {"__name__": "shown"}
    for kind, code in blocks:
        exec(code if kind == "python" else "", space)
    space["test_it_keeps_the_contract"]()
