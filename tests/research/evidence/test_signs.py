"""The recorded findings: computed from the recorded curves, and complete."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.evidence.results import FINDINGS
from research import evidence
from research.evidence.judged import METRICS, RECORDINGS
from research.findings import CHECKS, RULES, Finding
from simulations.datasets.package_tables import read_table
from simulations.grid import load_grid
from simulations.store import dataset_label
from tests.research.evidence.alike import alike

FOLDER = Path(evidence.__file__).parent
GRID = FOLDER / "signs.toml"
SIGNS = RECORDINGS["findings"]

pytestmark = pytest.mark.numbers


@pytest.fixture(scope="module")
def found():
    return FINDINGS.judged()


@pytest.mark.slow
def test_every_figure_is_computed_from_the_recorded_curves_and_what_is_recorded_is_read_back(found, tmp_path):
    # Recorded with their rows in another order, as a store may give them.
    written = SIGNS.record(SIGNS.curves().sample(frac=1.0, random_state=0), tmp_path / "new", tmp_path / "new")
    for recorded, computed in zip(found["findings"], written["findings"], strict=True):
        assert alike(recorded, computed), recorded["id"]
    assert FINDINGS.judged(tmp_path / "new" / FINDINGS.file) == json.loads(json.dumps(written))
    pd.testing.assert_frame_equal(SIGNS.curves(tmp_path / "new"), SIGNS.curves())


def test_all_findings_are_there_with_their_claims(found):
    assert [one["id"] for one in found["findings"]] == list(CHECKS)
    for one in found["findings"]:
        assert (one["claim"], one["source"]) == (CHECKS[one["id"]].claim, CHECKS[one["id"]].source)
        assert Finding.from_dict(one).to_dict() == one
        assert (one["setting"], one["needed"]) == (RULES[one["id"]].setting, RULES[one["id"]].needed)
    answered = [one for one in found["findings"] if one["state"] != "setting not tested"]
    assert len(answered) >= 16
    # T12 takes networks that are trained for minutes each.
    assert all(one["seeds"] >= (5 if one["id"] == "T12" else 10) for one in answered)
    assert {"made_on", "command", "machine", "versions", "labelplan"} <= found.keys()


def test_the_file_of_curves_is_small_and_says_what_the_grid_asks_for(found, nothing_fetched):
    assert (FOLDER / SIGNS.curves_file).stat().st_size < 1_500_000
    table = SIGNS.curves()
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
