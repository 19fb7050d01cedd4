"""Recording adds to what is there, and tells where everything comes from."""

import json

import pandas as pd
import pytest

from planner import evidence
from planner.evidence import read_account, read_library
from research.evidence.__main__ import main
from research.evidence.library import merge_curves, merged_sentence, record_curves
from simulations.errors import InputError

LICENCES = {"digits": "CC BY 4.0", "letter": "CC0"}


def recorded(folder):
    return read_library(folder / evidence.CURVES_FILE), read_account(folder / evidence.PROVENANCE_FILE)


def test_a_table_is_recorded_with_where_it_comes_from(tmp_path, linear):
    merged = record_curves(linear, tmp_path / "new", licences=LICENCES, command="labelplan curves x --record y")
    table, said = recorded(tmp_path / "new")
    assert (merged.added, merged.replaced, merged.kept) == (120, 0, None)
    pd.testing.assert_frame_equal(table, linear.reset_index(drop=True))
    assert said["datasets"]["digits"]["licence"] == "CC BY 4.0"
    assert said["datasets"]["satimage"]["licence"] == "unknown"
    assert said["datasets"]["digits"]["trajectories"] == 30
    assert said["rows"] == len(table)
    assert said["versions"].keys() >= {"python", "numpy", "torch"}
    (one,) = said["recordings"]
    assert one["curves"] == {"digits": ["linear"], "letter": ["linear"], "satimage": ["linear"]}
    assert one["command"] == said["command"] == "labelplan curves x --record y"


def test_shards_merge_into_the_table_of_the_whole_run_in_any_order(tmp_path, linear, forest):
    whole = pd.concat([linear, forest])
    campaigns = sorted(whole["trajectory"].unique())
    parts = [whole[whole["trajectory"].isin(campaigns[i::3])].sample(frac=1.0, random_state=i) for i in range(3)]
    record_curves(whole, tmp_path / "whole", licences=LICENCES, command="whole")
    for name, order in (("one", (0, 1, 2)), ("other", (2, 0, 1))):
        for i in order:
            record_curves(parts[i], tmp_path / name, licences=LICENCES, command=f"shard {i}")
        table, said = recorded(tmp_path / name)
        pd.testing.assert_frame_equal(table, recorded(tmp_path / "whole")[0])
        assert [one["command"] for one in said["recordings"]] == [f"shard {i}" for i in order]
        assert said["datasets"] == recorded(tmp_path / "whole")[1]["datasets"]
    assert (tmp_path / "one" / "curves.parquet").read_bytes() == (tmp_path / "whole" / "curves.parquet").read_bytes()


def test_what_is_recorded_again_takes_the_place_of_what_was_there(tmp_path, linear, forest):
    record_curves(pd.concat([linear, forest]), tmp_path, licences=LICENCES, command="first")
    better = linear.assign(value=linear["value"] / 2, trajectory="z" + linear["trajectory"].str.slice(1))
    merged = record_curves(better, tmp_path, licences={}, command="second")
    table, said = recorded(tmp_path)
    assert (merged.added, merged.replaced) == (0, 120)
    assert merged_sentence(merged, "there") == (
        "Recorded in there: 0 simulated campaigns that were not there, 120 again; 30 others that were there stay."
    )
    assert set(table.loc[table["learner"] == "linear", "trajectory"]) == set(better["trajectory"])
    assert set(table.loc[table["learner"] == "forest", "trajectory"]) == set(forest["trajectory"])
    # The first recording is left with what still comes from it, and its licences are remembered.
    assert [one["curves"] for one in said["recordings"]] == [
        {"digits": ["forest"]},
        {"digits": ["linear"], "letter": ["linear"], "satimage": ["linear"]},
    ]
    assert said["datasets"]["letter"]["licence"] == "CC0"
    record_curves(pd.concat([better, forest]), tmp_path, licences={}, command="third")
    assert [one["command"] for one in recorded(tmp_path)[1]["recordings"]] == ["third"]


def test_seeds_of_two_versions_of_a_data_set_are_not_mixed(tmp_path, linear):
    record_curves(linear, tmp_path, licences=LICENCES, command="first")
    before = [path.read_bytes() for path in sorted(tmp_path.iterdir())]
    newer = linear[linear["seed"] < 2].assign(trajectory="z" + linear["trajectory"].str.slice(1))
    with pytest.raises(InputError, match=r"digits, linear, coreset, batch size 10: data or settings are others"):
        record_curves(newer, tmp_path, licences=LICENCES, command="second")
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == before
    # More seeds of the same version are welcome.
    assert merge_curves(linear[linear["seed"] < 2], linear[linear["seed"] > 0]).added == 40


def test_the_command_adds_to_a_folder_and_says_so(tmp_path, two_recorded, linear, capsys):
    path, folder = tmp_path / "more.parquet", tmp_path / "library"
    linear[linear["dataset"] == "letter"].assign(dataset="synthetic-rare").to_parquet(path)
    assert main(["library", str(path), "--into", str(folder)]) == 0
    assert capsys.readouterr().out == (
        f"Recorded in {folder}: 45 simulated campaigns that were not there, 0 again; 193 others that were there stay.\n"
        "Savings fitted to 226 settings.\n"
    )
    said = json.loads((folder / evidence.PROVENANCE_FILE).read_text())
    assert said["recordings"][2]["command"] == f"python -m research.evidence library {path} --into {folder}"
    assert said["datasets"]["synthetic-rare"]["licence"] == "generated, none needed"
