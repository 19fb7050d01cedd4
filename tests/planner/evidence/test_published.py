"""The published curves that ship: complete, sourced, read on their own, and listed beside the library."""

import json
from pathlib import Path

import pandas as pd
import pytest

from planner import evidence
from research.archives.published import ORIGINALS
from research.evidence.__main__ import main
from research.evidence.library import PUBLISHED_COLUMNS
from simulations.strategies import STRATEGIES

FOLDER = Path(evidence.__file__).parent
HEADS = {"clip-finetuned", "clip-finetuned [semi-supervised]"}


def test_they_hold_what_the_documentation_says():
    table = evidence.published_curves()
    assert list(table.columns) == list(PUBLISHED_COLUMNS)
    assert len(table) == 11_288 and table["trajectory"].nunique() == 1_052
    assert table.loc[table["imbalance"].isna(), "dataset"].unique().tolist() == ["openal-road-safety"]
    assert set(table["strategy"]) - set(STRATEGIES) == {"galaxy", "iwkmeans", "kcenter"}
    found = evidence.published_coverage(table, evidence.published_sources())
    assert len(found) == 19 and all(one.strategies[0] == "random" and one.licence for one in found)
    assert {one.learner for one in found if one.fine_tuned} == HEADS
    assert {one.seeds for one in found if one.source == "OpenAL"} == {10}
    # A value is a whole number of right answers out of the test set, as far as its digits tell.
    right = table["value"] * table["test_size"]
    assert ((right - right.round()).abs() <= 5.1e-6 * table["test_size"]).all()


def test_they_are_no_part_of_what_plans_draw_on():
    assert not set(evidence.recorded_table()["dataset"]) & set(evidence.published_curves()["dataset"])


def test_their_sources_name_every_data_set_and_the_notices_every_source():
    said = evidence.published_sources()
    assert {name: one["data"] for name, one in said["datasets"].items()} == {
        one.name: one.data for one in ORIGINALS.values()
    }
    assert said["rows"] == len(evidence.published_curves())
    notices = (FOLDER / evidence.NOTICES_FILE).read_text(encoding="utf-8")
    for name, source in said["sources"].items():
        assert {"paper", "licence", "labels", "tests", "left_out", "models"} == source.keys()
        assert name in notices
    assert "Copyright (c) 2022 Jifan Zhang" in notices and "Version 2.0, January 2004" in notices


def test_list_recorded_has_them_in_a_table_of_their_own(run, answered, two_recorded):
    listed = answered(run("list", "recorded", "--json"))
    one = next(row for row in listed["published"] if row["dataset"] == "openal-eeg-eye-state")
    assert (one["first_labels"], one["last_labels"], one["seeds"], one["licence"]) == (74, 740, 10, "Apache-2.0")
    assert (one["learner"], one["fine_tuned"], one["source"]) == ("mlp", False, "OpenAL")
    assert listed["sources"]["LabelBench"]["licence"] == "MIT"
    status, out, err = run("list", "recorded")
    assert (status, err) == (0, "")
    assert "Published by others" in out and "74 to 740" in out and "arXiv 2306.09910" in out


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("published.parquet", None, "published.parquet is missing; 'python -m research.evidence published'"),
        ("published.parquet", b"", "published.parquet cannot be read ("),
        ("published.json", None, "published.json is missing"),
        ("published.json", b"[]", "published.json cannot be read (it holds no JSON object)"),
    ],
)
def test_what_cannot_be_read_is_told_and_the_library_is_listed(run, answered, two_recorded, name, content, told):
    (two_recorded / name).unlink()
    if content is not None:
        (two_recorded / name).write_bytes(content)
    result = run("list", "recorded", "--json")
    assert result[2].startswith("labelplan: warning: recorded curves: ") and result[2].count("\n") == 1
    assert told in result[2] and str(two_recorded) not in result[2]
    found = answered(result)
    assert len(found["curves"]) == 5 and found["published"] == [] and found["sources"] == {}


def test_the_command_records_a_table(tmp_path, capsys):
    path = tmp_path / "curves.csv"
    path.write_text(
        "source,dataset,kind,classes,learner,strategy,batch_size,initial_size,seed,labels,metric,value,pool_size\n"
        "OpenAL,mnist,image,10,mlp,random,70,70,0,70,accuracy,0.7,70000\n"
    )
    assert main(["published", str(path), "--into", str(tmp_path)]) == 0
    assert "1 published points of 1 data sets" in capsys.readouterr().out
    table = evidence.read_library(tmp_path / evidence.PUBLISHED_FILE)
    assert table.loc[0, "dataset"] == "openal-mnist" and table.loc[0, "pool_size"] == 56_000
    said = json.loads((tmp_path / evidence.SOURCES_FILE).read_bytes())
    assert list(said["sources"]) == ["OpenAL"] and said["rows"] == 1
    assert pd.api.types.is_float_dtype(table["imbalance"])
