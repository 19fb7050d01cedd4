from dataclasses import replace
from pathlib import Path

import pytest

from simulations.errors import InputError
from simulations.grid import load_grid, parse_grid, trainings
from simulations.strategies import STRATEGIES
from simulations.trajectory import Part

ROOT = Path(__file__).parents[2]
BASE = {
    "datasets": ["digits", "synthetic-easy"],
    "strategies": ["random", "margin"],
    "batch_sizes": [10, 20],
    "initial_size": 20,
    "rounds": 3,
    "seeds": 5,
}
TINY = """
[grid]
datasets = ["synthetic"]
strategies = ["random"]
batch_sizes = [10]
initial_size = 20
rounds = 3
seeds = 1
"""


def _parse(**changes):
    block = {key: value for key, value in {**BASE, **changes}.items() if value is not None}
    return parse_grid({"grid": block}, where="g.toml")


def test_expands_the_product():
    grid = _parse()
    assert len(grid) == 2 * 2 * 2 * 5
    assert sum(map(trainings, grid.trajectories)) == 40 * 4
    assert len({t.key for t in grid.trajectories}) == 40
    assert {t.learner.name for t in grid.trajectories} == {"linear"}
    assert {t.initial_set for t in grid.trajectories} == {"one_per_class"}


def test_tables_are_put_together_without_repeats():
    grid = parse_grid({"grid": [BASE, {**BASE, "seeds": 6}]})
    assert len(grid) == 2 * 2 * 2 * 6


def test_settings_are_completed_by_defaults():
    entry = {"name": "synthetic", "separation": 4}
    (part,) = {t.dataset for t in _parse(datasets=[entry]).trajectories}
    assert part.options["separation"] == 4.0 and part.options["classes"] == 6
    assert _parse(datasets=[entry]) == _parse(datasets=[{**entry, "classes": 6}])


def test_a_list_of_oracles_runs_all_else_under_each():
    grid = _parse(oracle=["perfect", {"name": "flip", "rate": 0.1}])
    alone = [_parse(oracle=oracle) for oracle in ("perfect", {"name": "flip", "rate": 0.1})]
    assert [t.key for t in grid.trajectories] == [t.key for one in alone for t in one.trajectories]
    with pytest.raises(InputError, match="oracle: found perfect 2 times; allowed: each once"):
        _parse(oracle=["perfect", "perfect"])


def test_learner_and_oracle_take_settings():
    (t, *_) = _parse(learners=[{"name": "linear", "l2": 2}], oracle={"name": "flip", "rate": 0.1}).trajectories
    assert t.learner == Part.of("linear", {"l2": 2.0, "tune": ""}) and t.oracle == Part.of("flip", {"rate": 0.1})


def test_the_shipped_grid_keeps_clear_of_an_empty_pool():
    from simulations.datasets import pool_size

    grid = load_grid(ROOT / "examples/grid.toml")
    assert {t.strategy.name for t in grid.trajectories} == {"random", "margin", "entropy", "coreset"}
    assert all(t.final_labels <= 0.41 * pool_size(t.dataset)[0] for t in grid.trajectories)
    assert {t.seed for t in grid.trajectories} >= set(range(10))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"datasets": ["digit"]}, "g.toml: unknown data set 'digit'; did you mean 'digits'? allowed: digits,"),
        ({"strategies": ["margn"]}, "g.toml: unknown strategy 'margn'; did you mean 'margin'?"),
        ({"learners": ["linaer"]}, "g.toml: unknown learner 'linaer'; did you mean 'linear'?"),
        ({"oracle": "perfekt"}, "g.toml: unknown oracle 'perfekt'; did you mean 'perfect'?"),
        ({"initial_set": "randon"}, "g.toml, initial_set: unknown value 'randon'; did you mean 'random'?"),
        ({"batch_size": 3}, "g.toml, [grid]: unknown key 'batch_size'; did you mean 'batch_sizes'?"),
        ({"seeds": None}, "g.toml, [grid]: 'seeds' is missing; needed: datasets,"),
        ({"seeds": 0}, "g.toml, seeds: found 0; allowed: a whole number of at least 1"),
        ({"seeds": [1, -1]}, "g.toml, seeds: found -1; allowed: a whole number of at least 0"),
        ({"seeds": []}, "g.toml, seeds: the list is empty; at least one entry is needed"),
        ({"rounds": "many"}, "g.toml, rounds: found 'many'; allowed: a whole number of at least 0"),
        ({"batch_sizes": [0]}, "g.toml, batch_sizes: found 0; allowed: a whole number of at least 1"),
        ({"initial_size": True}, "g.toml, initial_size: found True; allowed: a whole number of at least 1"),
        ({"initial_size": 7}, "g.toml, initial_size: found 7; allowed: at least 10, one item of each class of digits"),
        ({"datasets": [7]}, "g.toml, datasets: found 7; allowed: a name or {name ="),
        ({"datasets": [{"name": "synthetic", "clases": 3}]}, "unknown setting 'clases'; did you mean 'classes'?"),
        ({"datasets": [{"name": "synthetic", "n": 1.5}]}, "synthetic, n: found 1.5; allowed: a whole number"),
        ({"datasets": [{"name": "synthetic", "n": 30}]}, "synthetic, n: found 30; allowed: at least 10 items a class"),
        ({"datasets": [{"name": "synthetic", "separation": float("nan")}]}, "found nan; allowed: a number"),
        ({"strategies": [{"name": "margin", "beta": 1}]}, "unknown setting 'beta'; allowed: none"),
        ({"learners": [{"name": "linear", "l2": 0}]}, "learner linear, l2: found 0.0; allowed: a positive number"),
        ({"oracle": {"name": "flip", "rate": 2}}, "g.toml, oracle flip, rate: found 2.0; allowed: 0 to 1"),
        ({"oracle": {"name": "votes", "votes": 0}}, "g.toml, oracle votes, votes: found 0; allowed: 1 to 99"),
        ({"oracle": {"name": "votes", "votes": 2.5}}, "votes, votes: found 2.5; allowed: a whole number"),
        ({"seeds": 1e12}, "g.toml, seeds: found 1000000000000.0; allowed: a whole number of at least 1"),
        ({"seeds": 10**12}, "g.toml: asks for 8,000,000,000,000 trajectories; allowed: at most 100,000 in one file"),
        ({"seeds": 10**400}, "allowed: a whole number of at least 1 and at most 10^15"),
        ({"seeds": [10**16]}, "g.toml, seeds: found 10000000000000000; allowed: a whole number of at least 0 and at"),
        ({"rounds": int("0x" + "f" * 5000, 16)}, "g.toml, rounds: found a number of thousands of digits; allowed:"),
        ({"datasets": [{"name": "synthetic", "n": 10**400}]}, "synthetic, n: found 1000000000000000000000"),
        ({"datasets": [{"name": "synthetic", "separation": 10**400}]}, "…; allowed: a number"),
        ({"datasets": ["digits", "digits"]}, "g.toml, datasets: found digits 2 times; allowed: each once"),
        ({"strategies": ["margin"] * 3}, "g.toml, strategies: found margin 3 times; allowed: each once"),
        ({"seeds": [4, 4]}, "g.toml, seeds: found 4 2 times; allowed: each once"),
        ({"datasets": ["synthetic", {"name": "synthetic", "classes": 6}]}, "g.toml, datasets: found synthetic 2 times"),
        ({"strategies": ["x" * 5000]}, "g.toml: unknown strategy '" + "x" * 60 + "…'; allowed:"),
        ({"initial_set": ["random"]}, "g.toml, initial_set: unknown value '['random']';"),
        (
            {"rounds": 70},
            "g.toml: digits has a pool of 1297 items, and initial_size 20 + rounds 70 × batch size 20 = 1420 labels; "
            "allowed: at most 1297",
        ),
    ],
)
def test_bad_input_is_told_in_a_sentence(changes, sentence):
    with pytest.raises(InputError) as caught:
        _parse(**changes)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_several_tables_together_are_limited_too(monkeypatch):
    monkeypatch.setattr("simulations.grid.MOST_TRAJECTORIES", 60)
    assert len(_parse()) == 40
    with pytest.raises(InputError, match="asks for 80 trajectories; allowed: at most 60 in one file"):
        parse_grid({"grid": [BASE, {**BASE, "seeds": [11, 12, 13, 14, 15]}]}, where="g.toml")


def test_a_strategy_refuses_pools_that_are_too_large_for_it(monkeypatch):
    def allow(most):
        monkeypatch.setitem(STRATEGIES, "margin", replace(STRATEGIES["margin"], most_items=most))

    allow(1000)
    sentence = r"^g\.toml: strategy margin handles pools of at most 1000 items; digits has 1297$"
    with pytest.raises(InputError, match=sentence):
        _parse(datasets=["digits"])
    allow(1297)
    assert _parse(datasets=["digits"])


def test_a_byte_order_mark_is_accepted(tmp_path):
    (tmp_path / "plain.toml").write_text(TINY, encoding="utf-8")
    (tmp_path / "marked.toml").write_text(TINY, encoding="utf-8-sig")
    assert load_grid(tmp_path / "marked.toml").trajectories == load_grid(tmp_path / "plain.toml").trajectories


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a = " + "[" * 100_000, "is nested too deep; allowed: up to 20 levels"),
        ("a = " + "{b = " * 10_000, "is nested too deep"),
        ("a = " + "9" * 5000, "found a number of too many digits"),
        ("a = '\0'", "not a TOML file"),
        ("[grid]\n" + TINY, "not a TOML file"),
    ],
)
def test_hostile_toml_is_told(tmp_path, text, reason):
    (tmp_path / "g.toml").write_text(text)
    with pytest.raises(InputError) as caught:
        load_grid(tmp_path / "g.toml")
    assert reason in str(caught.value)


def test_missing_file_and_bad_toml_are_told(tmp_path):
    with pytest.raises(InputError, match=r"none\.toml: cannot be read \(No such file"):
        load_grid(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[grid\n")
    with pytest.raises(InputError, match=r"bad\.toml: not a TOML file \(.*line 1"):
        load_grid(tmp_path / "bad.toml")
    (tmp_path / "empty.toml").write_text("")
    with pytest.raises(InputError, match=r"empty\.toml: a \[grid\] table is missing"):
        load_grid(tmp_path / "empty.toml")
    (tmp_path / "other.toml").write_text("[gird]\n")
    with pytest.raises(InputError, match="unknown table 'gird'; did you mean 'grid'"):
        load_grid(tmp_path / "other.toml")


def test_text_that_is_not_utf_8_is_told(tmp_path):
    (tmp_path / "g.toml").write_bytes(b"[grid]\nseeds = '\xff'")
    with pytest.raises(InputError, match="not a text file in UTF-8, so it cannot be a grid"):
        load_grid(tmp_path / "g.toml")
