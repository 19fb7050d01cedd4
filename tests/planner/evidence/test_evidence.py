"""The curves that ship with the package: complete, sourced, and what a fresh installation answers from."""

import json

import pandas as pd
import pytest

from planner import evidence
from planner.curves.table import COLUMNS
from planner.errors import InputError
from planner.evidence.record import record_curves


def test_the_recorded_curves_hold_what_the_documentation_says():
    table = evidence.recorded_curves()
    assert set(COLUMNS) <= set(table.columns)
    assert {"random", "stratified_random", "margin", "entropy", "coreset"} == set(table["strategy"])
    assert {"accuracy", "balanced_accuracy", "f1_macro"} == set(table["metric"])
    assert "digits" in set(table["dataset"])
    seeds = table.groupby(["dataset", "strategy"])["seed"].nunique()
    assert (seeds >= 20).all()
    assert (table["labels"] <= 0.4 * table["pool_size"]).all()


def test_their_provenance_names_every_data_set_with_its_licence():
    said = evidence.provenance()
    assert set(said["datasets"]) == set(evidence.recorded_curves()["dataset"])
    assert all(one["licence"] not in ("", "unknown") for one in said["datasets"].values())
    assert said["rows"] == len(evidence.recorded_curves())
    assert {"labelplan", "made_on", "command", "machine", "versions"} <= said.keys()


def test_a_table_is_recorded_with_where_it_comes_from(tmp_path):
    table = evidence.recorded_curves().query("dataset == 'digits' and seed < 2")
    record_curves(table, tmp_path / "new", licences={"digits": "CC BY 4.0"}, command="labelplan curves x --record y")
    said = json.loads((tmp_path / "new" / evidence.PROVENANCE_FILE).read_text())
    assert said["datasets"]["digits"]["licence"] == "CC BY 4.0"
    assert said["datasets"]["digits"]["trajectories"] == 10
    back = pd.read_parquet(tmp_path / "new" / evidence.CURVES_FILE)
    assert len(back) == len(table)


def test_a_pilot_cannot_be_recorded_as_evidence(tmp_path):
    with pytest.raises(InputError, match="lacks the columns"):
        record_curves(pd.DataFrame({"labels": [1], "value": [0.5]}), tmp_path, licences={}, command="")
