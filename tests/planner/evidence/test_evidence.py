"""The curves that ship with the package: complete, sourced, small, and what a fresh installation answers from."""

from pathlib import Path

import pandas as pd
import pytest

from planner import evidence
from planner.evidence.library import coverage, recordings
from simulations.catalog import datasets
from simulations.curve_table import COLUMNS

FOLDER = Path(evidence.__file__).parent
CORE = ("random", "coreset", "entropy", "margin", "stratified_random")


def test_the_recorded_curves_hold_what_the_documentation_says():
    table = evidence.recorded_curves()
    assert set(COLUMNS) <= set(table.columns)
    assert set(CORE) == set(table["strategy"])
    assert {"accuracy", "balanced_accuracy", "f1_macro"} == set(table["metric"])
    assert table["dataset"].nunique() == 19
    seeds = table.groupby(["dataset", "strategy"])["seed"].nunique()
    assert (seeds >= 20).all()


def test_every_learner_is_recorded_in_the_same_way():
    table = evidence.recorded_table()
    assert (table["labels"] <= 0.4 * table["pool_size"]).all()
    for one in coverage(table, None):
        assert one.strategies == CORE
        assert one.metrics == ("accuracy", "balanced_accuracy", "f1_macro")
        assert one.seeds >= (20 if one.learner == "linear" else 10)
    schedules = table.groupby("dataset")[["batch_size", "initial_size"]].nunique()
    assert (schedules == 1).all(axis=None)


def test_their_provenance_names_every_data_set_with_its_licence():
    said, table = evidence.provenance(), evidence.recorded_table()
    assert set(said["datasets"]) == set(table["dataset"])
    licences = {one["name"]: one["licence"] for one in datasets()}
    assert {name: one["licence"] for name, one in said["datasets"].items()} == {
        name: licences[name] for name in said["datasets"]
    }
    assert said["rows"] == len(table)
    assert all(one.recorded for one in coverage(table, said))
    assert all({"labelplan", "made_on", "command", "machine", "versions"} <= one.keys() for one in recordings(said))


def test_everything_recorded_together_is_small():
    assert sum(path.stat().st_size for path in FOLDER.glob("*.parquet")) <= 15_000_000


def test_the_linear_curves_are_those_of_the_whole_table():
    table = evidence.recorded_table()
    linear = table[table["learner"] == "linear"].reset_index(drop=True)
    pd.testing.assert_frame_equal(evidence.recorded_curves(), linear)
    pd.testing.assert_frame_equal(evidence.recorded_curves("linear"), linear)


@pytest.mark.parametrize(
    ("learner", "learners"),
    [
        ("linear", {"linear"}),
        ("forest", {"linear", "forest"}),
        ("mlp", {"linear", "mlp"}),
        ("boosting", {"linear"}),
        (None, {"linear"}),
    ],
)
def test_a_learner_has_its_own_curves_beside_the_linear_ones(two_recorded, learner, learners):
    table = evidence.recorded_curves(learner)
    assert set(table["learner"]) == learners
    pd.testing.assert_frame_equal(
        table[table["learner"] == "linear"].reset_index(drop=True), evidence.recorded_curves()
    )
    assert set(evidence.recorded_table()["learner"]) == {"linear", "forest", "mlp"}
