"""What the recorded library is said to hold, and where it comes from."""

from planner import evidence
from planner.evidence.library import coverage, read_library, read_provenance
from planner.render.evidence import recorded as words


def test_coverage_has_one_row_a_data_set_and_learner(two_recorded, forest):
    table = read_library(two_recorded / evidence.CURVES_FILE)
    said = read_provenance(two_recorded / evidence.PROVENANCE_FILE)
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
    assert (one.seeds, one.campaigns, one.batch_sizes, one.initial_sizes) == (3, 15, (20,), (20,))
    assert (one.last_labels, one.pool_size, one.kind) == (500, 1_297, "image")
    assert (one.licence, one.recorded, found["digits", "linear"].recorded) == ("CC BY 4.0", (1,), (0,))
    few = forest[~((forest["strategy"] == "margin") & (forest["seed"] > 0)) & (forest["strategy"] != "coreset")]
    (fewer,) = coverage(few, None)
    assert (fewer.seeds, fewer.licence, fewer.recorded) == (1, None, ())
    told = words.strategy_sentences([*found.values(), fewer])
    assert told[1:] == ["Strategies of digits with forest: random, entropy, margin, stratified_random."]


def test_list_recorded_tells_all_of_it(run, answered, two_recorded):
    listed = answered(run("list", "recorded", "--json"))
    assert [(one["dataset"], one["learner"], one["seeds"], one["last_labels"]) for one in listed["curves"]] == [
        ("digits", "forest", 3, 500),
        ("digits", "linear", 3, 500),
        ("letter", "linear", 3, 1_400),
        ("satimage", "linear", 3, 1_400),
        ("satimage", "mlp", 3, 1_400),
    ]
    assert [one["command"] for one in listed["recordings"]] == ["first", "second"]
    assert all({"versions", "made_on", "machine", "labelplan", "rows"} <= one.keys() for one in listed["recordings"])
    status, out, err = run("list", "recorded")
    assert (status, err) == (0, "")
    assert "Strategies: random, coreset, entropy, margin, stratified_random." in out
    assert "Recording 2: recorded on 20" in out and out.count("CC BY 4.0") == 1
    assert "recorded" in run("list", "nothing")[2]
