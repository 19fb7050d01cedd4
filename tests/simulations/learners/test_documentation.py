"""What docs/extend/add-a-learner.md shows works as it is written."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from simulations.grid import parse_grid
from simulations.learners.learner import Labelled
from simulations.trajectory import LazyStreams

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
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, 4)).astype(np.float32)
    answers = (features[:, 0] > 0).astype(np.int64)
    rows = np.stack([rng.permutation(200)[:40] for _ in range(3)])
    labelled = Labelled(features, rows, answers[rows], np.ones(4), 3)
    fitted = space["LEARNER"].fit(labelled, None, LazyStreams([(lane,) for lane in range(3)]))
    P = fitted.probabilities(range(3), features)
    assert P.dtype == np.float32 and (P[:, 2] == 0).all() and np.allclose(P.sum(axis=1), 1)
    assert (P.argmax(axis=1) == answers).mean() > 0.85 and fitted.converged.all() and (fitted.effort > 0).all()
    alone = space["LEARNER"].fit(labelled.take([1]), None, LazyStreams([(1,)]))
    assert (alone.probabilities([0], features) == P[1]).all()
    assert (fitted.take([1]).probabilities([0], features) == P[1]).all()


def test_the_grid_of_the_page_on_retraining_is_read():
    pytest.importorskip("torch", reason="torch is not installed: the grid names neural learners")
    page = (Path(__file__).parents[3] / "docs" / "method" / "retraining.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    starts = {t.learner.options["start"] for t in parse_grid(tomllib.loads(code)).trajectories}
    assert starts == {"scratch", "warm", "finetune"}
