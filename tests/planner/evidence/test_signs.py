"""The recorded findings: computed from the recorded curves, complete, and a sentence where a file cannot be used."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.backtest.findings import CHECKS, Finding
from planner.backtest.findings.record import KEPT, METRICS, record_findings, trimmed
from planner.errors import InputError
from planner.evidence import signs
from simulations.datasets.tables import read_table
from simulations.grid import load_grid
from simulations.run import run_grid
from simulations.store import Store
from simulations.table import dataset_label

FOLDER = Path(signs.__file__).parent
GRID = FOLDER / "signs.toml"


@pytest.fixture(scope="module")
def found():
    return signs.recorded_findings()


def alike(one, other):
    """Compare plain JSON values, numbers to nine digits."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return one == other


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    """The shipped curves recorded anew, their rows in another order, as a store may give them."""
    folder = tmp_path_factory.mktemp("recorded") / "new"
    shuffled = signs.recorded_signs().sample(frac=1.0, random_state=0)
    return folder, record_findings(shuffled, folder, command="make evidence-signs")


def test_every_figure_is_computed_from_the_recorded_curves(found, again):
    for recorded, computed in zip(found["findings"], again[1]["findings"], strict=True):
        assert alike(recorded, computed), recorded["id"]


def test_all_findings_are_there_with_their_claims(found):
    assert [one["id"] for one in found["findings"]] == list(CHECKS)
    for one in found["findings"]:
        assert (one["claim"], one["source"]) == (CHECKS[one["id"]].claim, CHECKS[one["id"]].source)
        assert Finding.from_dict(one).to_dict() == one
    answered = [one for one in found["findings"] if one["state"] != "not checked yet"]
    assert len(answered) >= 12
    # T7 is judged over data sets, on each of which nine pairs of models run with four seeds.
    assert all(one["seeds"] >= (4 if one["id"] == "T7" else 10) for one in answered)
    assert {"made_on", "command", "machine", "versions", "labelplan"} <= found.keys()


def test_the_file_of_curves_is_small_and_says_what_the_grid_asks_for(found):
    assert (FOLDER / signs.SIGNS_FILE).stat().st_size < 1_500_000
    table = signs.recorded_signs()
    assert len(table) == found["rows"]
    assert sorted(table["dataset"].unique()) == found["datasets"]
    keys = ["dataset", "strategy", "batch_size", "initial_size", "seed"]
    held = {tuple(row) for row in table[keys].drop_duplicates().itertuples(index=False)}
    asked = load_grid(GRID).trajectories
    assert held == {(dataset_label(t), t.strategy.name, t.batch_size, t.initial_size, t.seed) for t in asked}
    assert {"accuracy"} <= set(table["metric"]) <= set(METRICS)
    assert set(table.loc[table["metric"] != "accuracy", "kind"]) <= {"generation"}


def test_the_look_alike_digits_are_rows_of_a_shipped_table():
    features, labels, names = read_table("optdigits")
    chosen = np.isin(labels, [names.index("3"), names.index("5")])
    with np.load(FOLDER / "threes-and-fives.npz", allow_pickle=False) as arrays:
        assert np.array_equal(arrays["features"], features[chosen])
        assert [names[label] for label in labels[chosen]] == [str(label) for label in arrays["labels"]]


def test_some_of_the_curves_are_simulated_again(tmp_path):
    """Draws at random do not depend on the model, so that another processor's last digits cannot move the picks."""
    grid = load_grid(GRID)
    some = [t for t in grid.trajectories if t.strategy.name == "random" and t.batch_size == 50 and t.seed == 7]
    chosen = [t for t in some if t.learner.name == "linear" and t.rounds == 4]
    assert len(chosen) == 5
    store = Store(tmp_path)
    run_grid(type(grid)(tuple(chosen[:3])), store, processes=1)
    again = trimmed(store.frame())
    recorded = signs.recorded_signs().merge(again[["dataset", "strategy", "batch_size", "initial_size", "seed"]])
    keys = ["dataset", "labels"]
    both = again.merge(recorded.drop_duplicates(), on=[*keys, "batch_size", "initial_size", "seed", "strategy"])
    assert len(both) == len(again) == 15
    assert (both["value_x"] - both["value_y"]).abs().max() <= 2 / both["test_size_x"].min()


def test_what_is_recorded_is_read_back(again):
    folder, written = again
    assert signs.recorded_findings(folder / signs.FINDINGS_FILE) == json.loads(json.dumps(written))
    pd.testing.assert_frame_equal(signs.recorded_signs(folder / signs.SIGNS_FILE), signs.recorded_signs())


def test_a_table_without_what_findings_need_is_refused():
    with pytest.raises(InputError, match="the columns pool_size are missing; give a store's curves"):
        trimmed(signs.recorded_signs().drop(columns="pool_size"))
    assert set(KEPT) == set(signs.recorded_signs().columns)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "findings.json is missing; 'make evidence-signs' writes it anew"),
        (b"", "findings.json cannot be read"),
        (b'{"format": 1, "findings": [', "findings.json cannot be read"),
        (b"\xff\xfe", "findings.json cannot be read"),
        (b"[]", "findings.json has the format None; allowed: 1"),
        (b'{"format": 99}', "findings.json has the format 99; allowed: 1; 'make evidence-signs'"),
    ],
)
def test_findings_that_cannot_be_used_are_a_sentence_and_a_way_on(tmp_path, content, told):
    path = tmp_path / "findings.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        signs.recorded_findings(path)
    assert told in str(refused.value) and "everything else works without it" in str(refused.value)


def test_curves_that_cannot_be_used_are_a_sentence_and_a_way_on(tmp_path):
    path = tmp_path / "signs.parquet"
    with pytest.raises(InputError, match=r"signs\.parquet is missing; 'make evidence-signs' writes it anew"):
        signs.recorded_signs(path)
    path.write_bytes((FOLDER / signs.SIGNS_FILE).read_bytes()[:1_000])
    with pytest.raises(InputError, match=r"cannot be read as a curve table .*; 'make evidence-signs' writes it anew"):
        signs.recorded_signs(path)
