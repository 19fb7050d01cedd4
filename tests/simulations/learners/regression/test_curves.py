"""Regression from a grid to its curves, through the engine."""

import numpy as np
import pytest

from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.record import Record

BLOCK = {
    "datasets": [{"name": "friedman", "n": 300, "test_size": 150}],
    "learners": ["ridge_regression"],
    "strategies": ["random", "igs", "committee_variance", "model_change", "coreset"],
    "batch_sizes": [5],
    "initial_size": 25,
    "rounds": 2,
    "seeds": 2,
    "initial_set": "random",
}


def _grid(**changed):
    return list(parse_grid({"grid": BLOCK | changed}).trajectories)


@pytest.fixture(scope="module")
def records():
    return run_lanes(_grid())


def test_curves_are_fractions_over_the_schedule(records):
    for record in records:
        assert record.labels == (25, 30, 35) and set(record.series) >= {"r2"}
        assert all(0 <= value <= 1 for value in record.series["r2"])
        assert (record.task, record.classes, record.pool_size, record.test_size) == ("regression", 1, 150, 150)
        assert Record.from_json(record.as_json()).series["r2"] == record.series["r2"]


def test_all_strategies_start_from_one_model_and_part_ways(records):
    curves = np.array([r.series["r2"] for r in records if r.trajectory.seed == 0])
    assert len(curves) == 5 and np.unique(curves[:, 0]).size == 1 and np.unique(curves[:, 1]).size == 5


def test_a_curve_is_the_same_alone_and_packed(records):
    for record in records[1::4]:
        (alone,) = run_lanes([record.trajectory])
        assert alone.series["r2"] == record.series["r2"]


@pytest.mark.parametrize("learner", ["forest_regression", "gaussian_process"])
def test_every_learner_runs_with_every_kind_of_strategy(learner):
    records = run_lanes(_grid(learners=[learner], rounds=1, seeds=1, initial_set="diverse"))
    assert len({r.series["r2"][1] for r in records}) == 5 and len({r.series["r2"][0] for r in records}) == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"learners": ["linear"]}, "learner linear: is for classification, and friedman is regression; allowed: ridge"),
        ({"datasets": ["digits"]}, "learner ridge_regression: is for regression, and digits is classification"),
        ({"strategies": ["margin"]}, "strategy margin: needs probabilities of classes; learner ridge_regression has"),
        (
            {"initial_set": "one_per_class"},
            "initial_set: found 'one_per_class', and friedman is regression, whose items have no",
        ),
        ({"oracle": {"name": "flip", "rate": 0.1}}, "oracle flip: gives classes"),
        ({"rounds": 40}, "has a pool of 150 items"),
        (
            {"learners": ["linear"], "datasets": ["digits"], "strategies": ["igs"]},
            "strategy igs: needs predicted numbers; learner linear has none; allowed: a learner of regression",
        ),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_runs(changed, message):
    with pytest.raises(InputError, match=message) as caught:
        _grid(**changed)
    assert "\n" not in str(caught.value)
