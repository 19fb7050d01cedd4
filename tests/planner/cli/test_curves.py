"""`labelplan curves --compare` from end to end: words, JSON, and faults as one sentence."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def curves(tmp_path):
    """Margin above random by 0.01, 0.02 and 0.03 in two metrics; random has one seed more."""
    rows = [
        {"dataset": "digits", "metric": metric, "strategy": name, "seed": seed, "labels": labels, "value": value}
        for metric in ("accuracy", "f1_macro")
        for name, values in (("random", (0.5, 0.6, 0.7, 0.8)), ("margin", (0.51, 0.62, 0.73)))
        for seed, value in enumerate(values)
        for labels in (10, 20, 40)
    ]
    path = tmp_path / "curves.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def test_the_json_holds_summary_comparisons_and_wins(run, answered, curves):
    found = answered(run("curves", curves, "--compare", "--json"))
    assert set(found) == {"summary", "savings", "pooled_savings", "comparisons", "at_counts", "wins"}
    assert found["at_counts"] == []
    plain = answered(run("curves", curves, "--json"))
    assert plain == {name: found[name] for name in ("summary", "savings", "pooled_savings")}
    first = found["comparisons"][0]
    assert (first["strategy"], first["against"], first["metric"]) == ("margin", "random", "accuracy")
    assert first["difference"] == pytest.approx(0.02)
    assert first["p_holm"] == pytest.approx(0.0741799)
    assert (first["pairs"], first["only_strategy"], first["only_against"]) == (3, [], [3])
    assert first["seeds_needed"] == 5
    assert [matrix["metric"] for matrix in found["wins"]["matrices"]] == ["accuracy"]
    other = answered(run("curves", curves, "--compare", "--metric", "f1_macro", "--json"))
    assert {row["metric"] for row in (*other["summary"], *other["savings"], *other["comparisons"])} == {"f1_macro"}


def test_at_counts_the_values_are_compared_and_savings_read(run, answered, curves):
    found = answered(run("curves", curves, "--compare", "--at", "15,40", "--json"))
    assert [(row["labels"], row["difference"]) for row in found["at_counts"]] == [
        (15, pytest.approx(0.02)),
        (40, pytest.approx(0.02)),
    ]
    assert [row["p_holm"] for row in found["at_counts"]] == [pytest.approx(2 * 0.0741799)] * 2
    assert [(row["at"], row["share"]) for row in found["savings"]] == [(40, 1.0), (15, None)]
    _, out, _ = run("curves", curves, "--compare", "--at", "15,40")
    (line,) = (line for line in out.splitlines() if "margin − random" in line and "(0.148)" in line)
    assert line.split() == ["margin", "−", "random", "+2.00", "(0.148)", "+2.00", "(0.148)"]


@pytest.mark.parametrize(
    ("option", "given", "words"),
    [
        ("--at", "41", "found 41; allowed: 10 to 40, as far as digits, yours, random, batch size 1 was measured"),
        ("--at", "9", "found 9; allowed: 10 to 40"),
        ("--at", "ten", "found 'ten'"),
        ("--metric", "f1_marco", "found 'f1_marco', of which there is no value; did you mean 'f1_macro'? allowed: acc"),
    ],
)
def test_a_count_beyond_the_curves_and_an_unknown_metric_are_one_sentence(
    refused, curves, tmp_path, option, given, words
):
    refused(f"{option}: {words}", "curves", curves, option, given, "--compare", "--out", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_what_is_written_holds_all_metrics(run, curves, tmp_path):
    assert run("curves", curves, "--metric", "f1_macro", "--out", tmp_path / "out.csv")[0] == 0
    assert set(pd.read_csv(tmp_path / "out.csv")["metric"]) == {"accuracy", "f1_macro"}


def test_the_words_say_what_the_json_says(run, curves):
    status, out, _ = run("curves", curves, "--compare")
    assert status == 0
    assert "Holm" not in run("curves", curves)[1]
    (line,) = (line for line in out.splitlines() if "margin − random" in line and "+2" in line)
    assert line.split()[-8:] == ["3", "+2.00", "+0.91", "to", "+3.09", "0.074", "0.074", "5"]
    assert "yours · batches of 1 · 1 data set\n" in out
    assert "0/1/0" in out
    assert "Warning: digits, yours, accuracy, margin − random: seeds only in random, left out: 3" in out


def test_the_words_of_what_is_unknown(run, tmp_path):
    path = tmp_path / "one.csv"
    path.write_text("strategy,labels,value\nmargin,10,0.5\nmargin,20,0.6\nentropy,10,0.5\nentropy,20,0.7\n")
    status, out, _ = run("curves", path, "--compare")
    assert status == 0
    assert "unknown" in out
    assert "nan" not in out.lower()
    assert "margin − random: no curve of random stands beside it" in out
    assert "entropy − margin: fewer than two paired seeds" in out


def test_nothing_to_compare_is_one_sentence_and_writes_nothing(refused, tmp_path):
    path, out_path = tmp_path / "pilot.csv", tmp_path / "out.csv"
    path.write_text("labels,value\n10,0.5\n20,0.6\n")
    refused("nothing to compare", "curves", path, "--compare", "--out", out_path)
    assert not out_path.exists()


@pytest.mark.slow
def test_the_recorded_evidence_is_compared_in_full(run, answered):
    found = answered(run("curves", "planner/evidence/curves.parquet", "--compare", "--json"))
    family = ("dataset", "learner", "batch_size", "metric")
    strategies: dict[tuple, set] = {}
    for row in found["summary"]:
        strategies.setdefault(tuple(row[key] for key in family), set()).add(row["strategy"])
    compared = Counter(tuple(row[key] for key in family) for row in found["comparisons"])
    # Every pair of strategies once in every family.
    assert compared == {key: len(names) * (len(names) - 1) // 2 for key, names in strategies.items()}
    for matrix in found["wins"]["matrices"]:
        for row in matrix["matrix"].values():
            assert all(sum(cell.values()) == len(matrix["datasets"]) for cell in row.values())


@pytest.fixture
def plain(tmp_path):
    """Curves of margin alone, and no word of what their values measure."""
    path = tmp_path / "plain.csv"
    path.write_text("strategy,labels,value\nmargin,10,0.5\nmargin,40,0.7\n")
    return path


def test_counts_outside_all_curves_are_refused_where_there_is_no_random_too(run, refused, answered, plain):
    for count in (9, 41):
        words = f"--at: found {count}; allowed: 10 to 40, as far as the curves were measured"
        refused(words, "curves", plain, "--at", f"20,{count}")
    assert answered(run("curves", plain, "--at", "10,40", "--json"))["savings"][0]["at"] is None


def test_a_metric_that_nobody_knows_is_refused_unless_the_file_names_it(run, refused, answered, plain):
    words = "--metric: found 'acuracy', of which there is no value; did you mean 'accuracy'?"
    refused(words, "curves", plain, "--metric", "acuracy")
    assert answered(run("curves", plain, "--metric", "f1_macro", "--json"))["summary"][0]["metric"] == "f1_macro"
    plain.write_text(plain.read_text().replace("\n", ",bleu\n").replace("value,bleu", "value,metric"))
    assert answered(run("curves", plain, "--metric", "bleu", "--json"))["summary"][0]["metric"] == "bleu"


LIST = [sys.executable, "-m", "planner.cli", "list", "strategies"]  # which loads little


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="writes to a device that is always full")
def test_output_that_cannot_be_written_is_told(monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(LIST, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr == "labelplan: the output cannot be written (No space left on device)\n"


@pytest.mark.skipif(sys.platform == "win32", reason="closes a pipe")
def test_a_reader_that_has_stopped_reading_is_told_nothing(monkeypatch):
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    with subprocess.Popen(
        [*LIST, "--json"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.close()
        assert (process.wait(60), process.stderr.read()) == (1, "")
