"""`labelplan curves --per` from end to end: words, JSON, charts, and faults as one sentence."""

import pytest

from planner.render.curves.words import amount
from simulations.engine import run_lanes
from simulations.grid import parse_grid
from simulations.store import Store

GRID = {
    "datasets": [{"name": "synthetic", "n": 400, "d": 6, "classes": 3, "test_size": 150}],
    "strategies": ["random", "margin"],
    "batch_sizes": [5],
    "initial_size": 10,
    "rounds": 4,
    "seeds": 3,
}
TIMED = {"name": "perfect", "seconds": 12}
VOTES = {"name": "votes", "votes": 3, "rate": 0.1}


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """A store of lanes that tell seconds, and one that also holds some that do not."""
    folder = tmp_path_factory.mktemp("stores")
    timed, plain = (run_lanes(parse_grid({"grid": {**GRID, "oracle": one}}).trajectories) for one in (TIMED, VOTES))
    for name, records in (("timed", timed), ("mixed", [*timed, *plain])):
        for record in records:
            Store(folder / name).put(record)
    return folder


def test_the_words_say_what_the_json_says(run, answered, stores):
    found = answered(run("curves", stores / "timed", "--per", "seconds", "--json"))
    assert found["unit"] == "seconds" and {row["strategy"] for row in found["curves"]} == {"random", "margin"}
    (last,) = (row for row in found["savings"] if row["share"] == 1)
    assert last["pairs"] == 3 and last["spent_random"] <= last["at"]
    status, words, _ = run("curves", stores / "timed", "--per", "seconds")
    assert status == 0 and "synthetic" in words and "in labels" in words and "3 seeds" in words
    assert amount(last["at"], "seconds") in words
    assert "never" in words if last["factor"] is None else f"×{last['factor']:.2f}" in words


def test_a_store_of_several_kinds_tells_whom_it_left_out(run, answered, stores):
    status, out, err = run("curves", stores / "mixed", "--per", "seconds", "--json")
    assert status == 0 and "Left out, as its cost in seconds is not known: 6 trajectories that have not" in err
    assert '"strategy"' in out and "votes rate" not in out
    votes = answered(run("curves", stores / "mixed", "--per", "votes", "--json"))
    last = {row["dataset"]: row for row in votes["savings"] if row["share"] == 1}
    assert sorted(round(row["at"]) for row in last.values()) == [30, 90]


def test_dollars_follow_the_prices(run, answered, stores):
    def at(*prices):
        found = answered(run("curves", stores / "timed", "--per", "usd", *prices, "--json"))
        return next(row["at"] for row in found["savings"] if row["share"] == 1)

    assert at("--usd-per-label", "2") == pytest.approx(60)
    assert at("--usd-per-label", "2", "--usd-per-vote", "0.5") == pytest.approx(75)
    assert at("--usd-per-hour", "36") == pytest.approx(2 * at("--usd-per-hour", "18"), rel=1e-6)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--per", "minutes"), "--per: found 'minutes'; allowed: labels, votes, tokens, seconds, usd"),
        (("--per", "tokens"), "--per: no trajectory here has recorded tokens"),
        (("--per", "usd"), "--per usd: no price is given"),
        (("--usd-per-vote", "1"), "--usd-per-vote: needs --per"),
        (("--chart", "x.svg"), "--chart: needs --per"),
        (("--per", "votes", "--at", "20"), "--at: does not go with --per"),
        (("--per", "votes", "--chart", "x.pdf"), "--chart: found 'x.pdf'; allowed: a name ending in .html"),
    ],
)
def test_what_cannot_be_told_is_one_sentence_and_status_2(refused, stores, options, said):
    assert refused(said, "curves", stores / "timed", *options).startswith(said)


def test_a_table_without_a_store_has_not_kept_what_was_spent(run, refused, stores, tmp_path):
    table = tmp_path / "curves.csv"
    assert run("curves", stores / "timed", "--out", table)[0] == 0
    refused("curves.csv; allowed: a store's folder, which keeps what was spent", "curves", table, "--per", "votes")


def test_a_chart_of_one_data_set_or_of_several_is_drawn(run, stores, tmp_path):
    pytest.importorskip("vl_convert")
    one, two = tmp_path / "one.svg", tmp_path / "two.svg"
    assert run("curves", stores / "timed", "--per", "seconds", "--chart", one)[0] == 0
    assert run("curves", stores / "mixed", "--per", "votes", "--chart", two)[0] == 0
    drawn, both = one.read_text(encoding="utf-8"), two.read_text(encoding="utf-8")
    assert "Annotation time in seconds" in drawn and "Accuracy for" in drawn
    assert both.count("Accuracy for") > drawn.count("Accuracy for") and "votes rate=0.1" in both
