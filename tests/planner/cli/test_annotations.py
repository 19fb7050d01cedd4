"""`labelplan import` and `labelplan pilot` from end to end; the exports are made up."""

import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "tests" / "planner" / "annotations" / "data"
EXPORT = ROOT / "examples" / "label-studio.json"
READ = ("import", EXPORT, "--from", "label-studio")
PLAN = """# a plan of our own
[task]
pool_size = 20_000
classes = 3
target = 0.9

[[vendors]]
name = "Students"
billing = "per_hour"
hourly_rate_usd = 18  # by contract
seconds_per_vote = 30
delivered_error_rate = 0.02
"""


def test_an_export_in_words_and_json(run, answered):
    status, out, err = run(*READ)
    assert (status, err) == (0, "")
    for words in (
        "60 items with 139 answers of 3 annotators.",
        "Records that give no label: 1 cancelled, 1 not labelled.",
        "Time of an answer: median 10.6 s, 10th to 90th percentile 6.51 s to 19.9 s; mean 13 (10.9 to 15.6) s",
        "1 time above 10 medians, up to 1,830 s, as in a pause",
        "Pace: 20 items and 46 answers a calendar day, from 2026-03-02 to 2026-03-04",
        "Agreement on 40 items with two answers or more: 75% of pairs; Krippendorff's alpha 0.62.",
        '  seconds_per_vote = "10.9 to 15.6"',
    ):
        assert words in out
    found = answered(run(*READ, "--json"))
    assert found["agreement"]["percent"] == pytest.approx(0.75)
    assert found["votes_per_item"] == {"1": 20, "2": 1, "3": 39}
    assert found["quote"]["throughput_per_day"] == 20 and found["written"] == []


def test_the_guide_shows_what_is_printed(run):
    pytest.importorskip("crowdkit")
    text = (ROOT / "docs" / "guide" / "your-annotations.md").read_text()
    shown = text.split("--from label-studio\n\n")[1].split("    ...")[0]
    assert "".join(line.removeprefix("    ") for line in shown.splitlines(keepends=True)) in run(*READ)[1]


def test_the_quotes_fields_go_into_the_plan_with_its_comments(run, answered, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN)
    status, out, _ = run(*READ, "--into", plan)
    fields = "seconds_per_vote, votes_per_item, vote_error_rate, throughput_per_day"
    assert status == 0 and f"Wrote {fields} of Students into {plan}." in out
    text = plan.read_text()
    assert 'seconds_per_vote = "10.9 to 15.6"' in text and "throughput_per_day = 20" in text
    assert "# by contract" in text and "delivered_error_rate" not in text
    assert answered(run("cost", plan, "--labels", "random=2000", "--json"))


def test_fields_that_a_quote_has_no_use_for_are_left_out_and_told(run, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text('[task]\n\n[[vendors]]\nname = "Shop"\nprice_usd = 0.05\n')
    status, out, _ = run(*READ, "--into", plan)
    assert status == 0 and 'Left out seconds_per_vote: billing "per_item" is not paid by time.' in out
    assert "seconds_per_vote" not in plan.read_text() and "vote_error_rate" in plan.read_text()


def test_an_audit_is_written_that_audit_reads(run, answered, tmp_path):
    audit = tmp_path / "audit.csv"
    status, out, _ = run(*READ, "--write-audit", audit)
    assert status == 0 and f"Wrote an audit into {audit}, without 0 items" in out
    rows = list(csv.reader(audit.read_text().splitlines()))
    assert rows[0] == ["item", "human_ada@example.org", "human_ben@example.org", "human_cleo@example.org", "llm_1"]
    found = answered(run("audit", audit, "--json"))
    assert found["people"] == 3 and found["error"]["items"] + found["tied"] == 60


def test_a_spreadsheet_runs_no_name_of_an_export(run, answered, tmp_path):
    export, audit = tmp_path / "table.csv", tmp_path / "audit.csv"
    export.write_text("item,annotator,label\n=1+1,ada,+\n=1+1,bot,+\nb,ada,-\nb,bot,+\n")
    assert run("import", export, "--from", "csv", "--model", "bot", "--write-audit", audit)[0] == 0
    assert audit.read_text().splitlines()[1:] == ["'=1+1,'+,'+", "b,'-,'+"]


def test_an_annotator_may_be_the_model(run, answered, tmp_path):
    audit = tmp_path / "audit.csv"
    table = ("import", DATA / "table.csv", "--from", "csv", "--model", "3")
    found = answered(run(*table, "--write-audit", audit, "--json"))
    assert (found["people"], found["model_answers"], found["written"]) == (2, 39, [str(audit)])
    assert answered(run("audit", audit, "--json"))["people"] == 2


def test_a_log_is_written_that_track_reads_once_values_are_filled_in(run, answered, refused, tmp_path):
    plan, log = tmp_path / "plan.toml", tmp_path / "log.csv"
    plan.write_text(PLAN)
    status, out, _ = run(*READ, "--write-log", log)
    assert status == 0 and "its column value is yours to fill in" in out
    assert log.read_text().splitlines()[2:] == ["labels,value,days", "20,,1", "40,,2", "60,,3"]
    refused("row 1, column 'value': found ''", "track", plan, log)
    text = log.read_text().replace("20,,", "20,0.5,").replace("40,,", "40,0.61,").replace("60,,", "60,0.66,")
    log.write_text(text)
    assert answered(run("track", plan, log, "--draws", "100", "--json"))["campaign"]["labels"] == 60


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--vendor", "Students"], "--vendor: found without --into"),
        (["--question", "topics"], "--question: found 'topics'; did you mean 'topic'?"),
        (["--item", "nr"], "record 1: found the fields id, data, annotations"),
        (["--model", "ada@example"], "--model: unknown annotator 'ada@example'; did you mean 'ada@example.org'?"),
        (["--into", ROOT / "examples" / "six-quotes.toml"], "quotes of people; allowed: one, or --vendor NAME"),
    ],
)
def test_what_cannot_be_answered_is_refused(refused, options, words):
    refused(words, *READ, *options)


def test_what_cannot_be_written_is_refused_before_anything_is(refused, tmp_path):
    labels, table = tmp_path / "labels.csv", DATA / "label-studio-min.json"
    words = "--write-audit: found no model; allowed: one model's predictions in the export, or --model NAME"
    refused(words, "import", table, "--from", "label-studio", "--write-labels", labels, "--write-audit", tmp_path / "a")
    assert not labels.exists()


@pytest.fixture
def features(tmp_path):
    """Write made-up features of 70 items, of which 60 are those of the export, in another order."""
    with EXPORT.open() as file:
        tasks = json.load(file)
    labelled = [(task["data"]["item"], task["annotations"][0]) for task in tasks if task["annotations"]]
    truth = {name: annotation["result"][0]["value"]["choices"][0] for name, annotation in labelled}
    rng = np.random.default_rng(0)
    names = [*truth, *(f"u{i}" for i in range(10))]
    classes = np.array([["billing", "delivery", "other"].index(truth.get(name, "other")) for name in names])
    frame = pd.DataFrame(np.eye(3)[classes] * 2 + rng.normal(size=(70, 3)), columns=["x", "y", "z"])
    path = tmp_path / "features.csv"
    frame.assign(item=names).sample(frac=1, random_state=1).to_csv(path, index=False)
    return path


SMALL = ("--points", "6", "--seeds", "2", "--processes", "1")


def test_from_an_export_and_features_to_a_pilot_that_a_plan_takes(run, answered, features, tmp_path):
    labels, out, plan = (tmp_path / name for name in ("labels.csv", "pilot.csv", "plan.toml"))
    status, said, _ = run(*READ, "--item", "item", "--write-labels", labels)
    assert status == 0 and "Wrote the labels of 60 items" in said
    status, said, err = run("pilot", features, "--labels", labels, "--out", out, *SMALL)
    assert status == 0, err
    assert f"Wrote {out}: 6 label counts, 2 seeds, 12 items held out of each." in said
    assert "10 items of features.csv have no label, and are not used" in err
    table = pd.read_csv(out)
    # 60 labelled items without 12 held out, in six steps.
    assert sorted(set(table["labels"])) == [8, 16, 24, 32, 40, 48] and set(table["strategy"]) == {"random"}
    assert set(table["test_size"]) == {12} and set(table["seed"]) == {0, 1}
    accuracy = table[table["metric"] == "accuracy"].groupby("labels")["value"].mean()
    assert accuracy.iloc[-1] > 0.6
    plan.write_text(PLAN + '\n[evidence]\npilot = "pilot.csv"\n')
    assert answered(run("plan", plan, "--quick", "--draws", "100", "--json"))["verdict"]


def test_features_that_would_fill_the_memory_are_refused_before_they_are_read(refused, tmp_path, monkeypatch):
    labels, table, arrays = (tmp_path / name for name in ("labels.csv", "table.parquet", "arrays.npz"))
    labels.write_text("item,label\n1,a\n")
    pd.DataFrame({"item": [1, 2, 3], "x": 0.0}).to_parquet(table)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"shape": (10**6, 1_000), "fortran_order": False, "descr": "<f8"})
    with zipfile.ZipFile(arrays, "w") as archive:
        archive.writestr("features.npy", header.getvalue())
    monkeypatch.setattr("planner.app.pilot.MOST_ITEMS", 2)
    for data, words in ((table, "found 3 rows; allowed: up to 2"), (arrays, "1,000,000 rows × 1,000 feature columns")):
        refused(words, "pilot", data, "--labels", labels, "--out", tmp_path / "pilot.csv")


def test_a_pilot_is_the_simulators_random_campaign(run, answered, features, tmp_path):
    """The curve of labels in the data's own column is that of a grid with the same schedule."""
    frame = pd.read_csv(features).assign(topic=lambda f: np.where(f["x"] > 0.5, "a", "b"))
    data, out = tmp_path / "own.csv", tmp_path / "pilot.csv"
    frame.to_csv(data, index=False)
    found = answered(run("pilot", data, "--label", "topic", "--drop", "item", "--out", out, *SMALL, "--json"))
    assert found["seeds"] == 2 and {row["metric"] for row in found["means"]} >= {"accuracy", "f1_macro"}
    grid = tmp_path / "grid.toml"
    grid.write_text(
        f'[grid]\ndatasets = [{{name = "file", path = "{data}", label = "topic", drop = "item"}}]\n'
        'strategies = ["random"]\nbatch_sizes = [9]\ninitial_size = 9\ninitial_set = "random"\nrounds = 5\nseeds = 2\n'
    )
    assert run("simulate", grid, "--store", tmp_path / "store", "--processes", "1")[0] == 0
    assert run("curves", tmp_path / "store", "--out", tmp_path / "curves.csv")[0] == 0
    keys = ["seed", "metric", "labels"]
    own, simulated = (pd.read_csv(path).sort_values(keys) for path in (out, tmp_path / "curves.csv"))
    assert own["value"].tolist() == simulated["value"].tolist() and len(own) == 2 * 6 * 3


def test_features_of_arrays_are_matched_by_their_row(run, tmp_path):
    rng = np.random.default_rng(0)
    classes = rng.integers(2, size=50)
    np.savez(tmp_path / "f.npz", features=np.column_stack([classes * 3 + rng.normal(size=50)]))
    rows = "".join(f"{i + 1},{'yes' if label else 'no'}\n" for i, label in enumerate(classes[:40]))
    (tmp_path / "labels.csv").write_text("item,label\n" + rows + "99,yes\n")
    out = tmp_path / "p.parquet"
    status, _, err = run("pilot", tmp_path / "f.npz", "--labels", tmp_path / "labels.csv", "--out", out, *SMALL)
    assert status == 0 and "1 labelled items are not in f.npz" in err and "10 items of f.npz have no label" in err
    assert pd.read_parquet(out)["test_size"].unique().tolist() == [8]


def test_features_of_no_item_are_refused(refused, tmp_path):
    np.savez(tmp_path / "f.npz", features=np.zeros((0, 2)))
    (tmp_path / "labels.csv").write_text("item,label\n1,yes\n")
    pilot = ("pilot", tmp_path / "f.npz", "--labels", tmp_path / "labels.csv", "--out", tmp_path / "p.csv")
    refused("f.npz: found no items; allowed: one or more", *pilot, *SMALL)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--label", "x", "--labels", "L"], "--label: found with --labels; allowed: one of them"),
        (["--label", "x", "--item", "item"], "--item: found without --labels; allowed: beside it"),
        (["--labels", "L", "--item", "itm"], "found no column 'itm' that names items; did you mean 'item'?"),
        (["--labels", "L", "--item", "x"], "found no item of"),
        ([], "label: is missing; name the column of the labels: x, y, z, item"),
        (["--labels", "L", "--learner", "liner"], "pilot: unknown learner 'liner'; did you mean 'linear'?"),
        (["--labels", "FEW"], "class 'a' (and 1 more) has fewer than 4 items (1), too few to hold some out"),
    ],
)
def test_pilots_that_cannot_be_learned_are_refused(refused, features, tmp_path, options, words):
    files = {"L": tmp_path / "labels.csv", "FEW": tmp_path / "few.csv"}
    files["L"].write_text("item,label\n" + "".join(f"t{i:03},{'ab'[i % 2]}\n" for i in range(1, 61)))
    files["FEW"].write_text("item,label\nt001,a\nt002,b\n")
    refused(words, "pilot", features, "--out", tmp_path / "p.csv", *(files.get(o, o) for o in options), *SMALL)
    assert not (tmp_path / "p.csv").exists()
