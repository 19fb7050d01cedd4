"""A library that cannot be used is one sentence and a way on, and what does not need it goes on."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from pyarrow import parquet

from planner import evidence
from planner.app.catalog import listing
from planner.decision import decide
from planner.evidence import coverage, read_account, read_library
from planner.evidence.results import RESULTS_FILES
from planner.plan import parse_plan
from planner.render.evidence import recorded as words
from research.evidence.library import record_curves
from simulations.curve_table import COLUMNS
from simulations.errors import InputError

SHIPPED = Path(evidence.__file__).parent
PLAN = "[task]\nclasses = 10\n[[vendors]]\nprice_usd = 0.1\n"


def without_a_column(path):
    parquet.write_table(parquet.read_table(SHIPPED / evidence.CURVES_FILE).drop_columns(["learner"]), path)


def truncated(path):
    path.write_bytes((SHIPPED / evidence.CURVES_FILE).read_bytes()[:100_000])


def empty(path):
    path.write_bytes(b"")


def missing(path):
    pass


def of_forests_alone(path):
    pd.read_parquet(SHIPPED / evidence.CURVES_FILE).assign(learner="forest").to_parquet(path)


BAD = {
    without_a_column: "curves.parquet cannot be read (",
    truncated: "curves.parquet cannot be read (",
    empty: "curves.parquet cannot be read (",
    missing: "curves.parquet is missing; 'make evidence' rebuilds it",
    of_forests_alone: "curves.parquet holds no curve of the learner linear (found: forest); 'make evidence' rebuilds",
}


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_a_library_that_cannot_be_used_is_one_sentence_and_a_way_on(run, tmp_path, shipped_in, spoil):
    spoil(tmp_path / evidence.CURVES_FILE)
    shipped_in(tmp_path)
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN)
    status, out, err = run("plan", plan)
    assert (status, out) == (2, "")
    assert err.startswith("labelplan: recorded curves: ") and err.count("\n") == 1
    assert BAD[spoil] in err
    assert str(tmp_path) not in err


def test_what_does_not_need_the_library_answers_without_it(run, shipped_in, tmp_path, linear):
    shipped_in(tmp_path)
    plan = parse_plan('[task]\nclasses = 10\n[strategy]\nnames = ["margin"]\n[evidence]\nproxies = ["digits"]\n')
    assert decide(plan, n_draws=200, simulated=linear).plans.keys() == {"random", "margin"}
    assert run("list", "learners")[0] == 0
    assert run("cost", "examples/track.toml", "--labels", "random=3000", "--labels", "margin=2000")[0] == 0


def test_a_data_set_that_was_removed_is_named_with_what_there_is(run, two_recorded, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN + '[evidence]\nproxies = ["digits", "page-blocks"]\n')
    status, out, err = run("plan", plan)
    assert (status, out) == (2, "")
    assert err == (
        "labelplan: plan, [evidence] proxies: found 'page-blocks', of which there is no curve; allowed: digits, "
        'letter, satimage, or "auto" for all of them\n'
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "provenance.json is missing; 'make evidence' writes it anew"),
        (b"", "provenance.json cannot be read ("),
        (b"\xff\xfe\x00", "provenance.json cannot be read ("),
        (b"[]", "provenance.json cannot be read (it holds no JSON object)"),
    ],
)
def test_provenance_that_cannot_be_used_is_told_and_the_curves_are_listed(run, answered, two_recorded, content, told):
    path = two_recorded / evidence.PROVENANCE_FILE
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    result = run("list", "recorded", "--json")
    assert result[2].startswith("labelplan: warning: recorded curves: ") and result[2].count("\n") == 1
    assert told in result[2] and "the curves work without it" in result[2]
    found = answered(result)
    assert found["recordings"] == [] and len(found["curves"]) == 5
    assert all(one["licence"] is None and one["recorded"] == [] for one in found["curves"])
    assert "not told" in run("list", "recorded")[1]


def test_a_library_that_cannot_be_read_is_not_written_over(tmp_path, linear):
    truncated(tmp_path / evidence.CURVES_FILE)
    before = (tmp_path / evidence.CURVES_FILE).read_bytes()
    with pytest.raises(InputError, match="cannot be read"):
        record_curves(linear, tmp_path, licences={}, command="")
    assert [path.name for path in tmp_path.iterdir()] == [evidence.CURVES_FILE]
    assert (tmp_path / evidence.CURVES_FILE).read_bytes() == before


def test_damaged_provenance_is_written_anew_beside_curves_that_stay(two_recorded, linear):
    (two_recorded / evidence.PROVENANCE_FILE).write_text("{")
    record_curves(linear, two_recorded, licences={"digits": "CC BY 4.0"}, command="again")
    said = read_account(two_recorded / evidence.PROVENANCE_FILE)
    assert [one["command"] for one in said["recordings"]] == ["again"]
    assert set(read_library(two_recorded / evidence.CURVES_FILE)["learner"]) == {"linear", "forest", "mlp"}


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path, linear):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file/inner: cannot be written"):
        record_curves(linear, tmp_path / "file" / "inner", licences={}, command="")
    shutil.rmtree(tmp_path)


# What the recorded library is said to hold, and where it comes from.


def test_coverage_has_one_row_a_data_set_and_learner(two_recorded, forest):
    table = read_library(two_recorded / evidence.CURVES_FILE)
    said = read_account(two_recorded / evidence.PROVENANCE_FILE)
    found = {(one.dataset, one.learner): one for one in coverage(table, said)}
    assert list(found) == [
        ("digits", "forest"),
        ("digits", "linear"),
        ("letter", "linear"),
        ("satimage", "linear"),
        ("satimage", "mlp"),
    ]
    one = found["digits", "forest"]
    assert one.strategies == ("random", "coreset", "entropy", "margin", "stratified_random")
    assert (one.seeds, one.campaigns, one.batch_sizes, one.initial_sizes) == (3, 30, (10, 40), (10, 40))
    assert (one.last_labels, one.pool_size, one.kind) == (480, 1_297, "image")
    assert (one.licence, one.recorded, found["digits", "linear"].recorded) == ("CC BY 4.0", (1,), (0,))
    few = forest[~((forest["strategy"] == "margin") & (forest["seed"] > 0)) & (forest["strategy"] != "coreset")]
    (fewer,) = coverage(few, None)
    assert (fewer.seeds, fewer.licence, fewer.recorded) == (1, None, ())
    told = words.strategy_sentences([*found.values(), fewer])
    assert told[1:] == ["Strategies of digits with forest: random, entropy, margin, stratified_random."]
    # Where all of a learner's data sets have them, the learner alone is named.
    alone = [one for one in found.values() if one.learner == "linear"]
    assert words.strategy_sentences([*alone, fewer])[1:] == [
        "Strategies of forest: random, entropy, margin, stratified_random."
    ]


def test_list_recorded_tells_all_of_it(run, answered, two_recorded):
    listed = answered(run("list", "recorded", "--json"))
    first = listed["curves"][0]
    assert len(listed["curves"]) == 5
    assert (first["dataset"], first["learner"], first["seeds"], first["last_labels"]) == ("digits", "forest", 3, 480)
    assert [one["command"] for one in listed["recordings"]] == ["first", "second"]
    assert all({"versions", "made_on", "machine", "labelplan", "rows"} <= one.keys() for one in listed["recordings"])
    status, out, err = run("list", "recorded")
    assert (status, err) == (0, "")
    assert "Strategies: random, coreset, entropy, margin, stratified_random." in out
    assert "3 data sets, 3 of them real: 2 tabular, 1 image." in out
    assert "Of the real ones 0 have two classes, 1 twenty or more, 0 a largest class of ten times" in out
    assert "Data sets by learner: linear 3, forest 1, mlp 1." in out
    assert "Recording 2: recorded on 20" in out and out.count("CC BY 4.0") == 1
    assert "recorded" in run("list", "nothing")[2]


# Judged evidence that cannot be used is one sentence and a way on.


@pytest.mark.parametrize("evidence", RESULTS_FILES.values(), ids=RESULTS_FILES)
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "{name} is missing; '{command}' writes it anew"),
        (b"", "{name} cannot be read"),
        (b'{"format": 1, "findings": [', "{name} cannot be read"),
        (b"\xff\xfe", "{name} cannot be read"),
        (b"[]", "{name} has the format None; allowed: {version}"),
        (b'{"format": 99}', "{name} has the format 99; allowed: {version}; '{command}'"),
    ],
)
def test_judgements(tmp_path, evidence, content, told):
    path = tmp_path / evidence.file
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        evidence.judged(path)
    said = str(refused.value)
    assert said.startswith(f"{evidence.called}: ") and "everything else works without it" in said
    assert told.format(name=evidence.file, command=evidence.command, version=evidence.version) in said


# The curves that ship with the package: complete, sourced, small, and what a fresh installation answers from.

FOLDER = Path(evidence.__file__).parent
CORE = ("random", "coreset", "entropy", "margin", "stratified_random")


def test_the_recorded_curves_hold_what_the_documentation_says():
    table = evidence.recorded_curves()
    assert set(COLUMNS) <= set(table.columns)
    assert set(CORE) == set(table["strategy"])
    assert {"accuracy", "balanced_accuracy", "f1_macro"} == set(table["metric"])
    assert table["dataset"].nunique() == 73
    seeds = table.groupby(["dataset", "initial_size", "strategy"])["seed"].nunique()
    assert (seeds >= 5).all()


def test_every_learner_is_recorded_in_the_same_way():
    table = evidence.recorded_table()
    assert (table["labels"] <= 0.4 * table["pool_size"]).all()
    for one in coverage(table, None):
        assert {"random", "margin"} <= set(one.strategies) <= set(CORE)
        assert one.metrics == ("accuracy", "balanced_accuracy", "f1_macro")
        assert one.seeds >= (5 if one.learner == "linear" else 2)
    assert (table["batch_size"] == table["initial_size"]).all()


def test_their_provenance_names_every_data_set_with_its_licence():
    said, table = evidence.provenance(), evidence.recorded_table()
    assert set(said["datasets"]) == set(table["dataset"])
    licences = {one["name"]: one["licence"] for one in listing("datasets")}
    assert {name: one["licence"] for name, one in said["datasets"].items()} == {
        name: licences[name] for name in said["datasets"]
    }
    assert said["rows"] == len(table)
    assert all(one.recorded for one in coverage(table, said))
    assert all({"labelplan", "made_on", "command", "machine", "versions"} <= one.keys() for one in said["recordings"])


def test_everything_recorded_together_is_small():
    assert sum(path.stat().st_size for path in FOLDER.glob("*.parquet")) <= 15_000_000


def test_a_learner_has_its_own_curves_beside_the_linear_ones(two_recorded):
    for learner in ("linear", "forest", "mlp", "boosting", None):
        table = evidence.recorded_curves(learner)
        assert set(table["learner"]) == {"linear"} | {learner} & {"forest", "mlp"}
        linear = table[table["learner"] == "linear"].reset_index(drop=True)
        pd.testing.assert_frame_equal(linear, evidence.recorded_curves())
    assert set(evidence.recorded_table()["learner"]) == {"linear", "forest", "mlp"}
