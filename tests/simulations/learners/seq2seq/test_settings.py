import pytest

from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.learners import LEARNERS

pytest.importorskip("torch", reason="torch is not installed: neural learners need the extra neural")

DEFAULTS = LEARNERS["seq2seq"].defaults


def grid(learner, strategies=("random",), rounds=1, **dataset):
    return parse_grid({
        "grid": {
            "datasets": [{"name": "number-words", "numbers": 300, "high": 999, "test_size": 100, **dataset}],
            "learners": [{"name": "seq2seq", "hidden": 8, "passes": 3, "least_steps": 0, **learner}],
            "strategies": list(strategies),
            "batch_sizes": [10],
            "initial_size": 20,
            "rounds": rounds,
            "seeds": 1,
        }
    }).trajectories  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("hidden", 4, "learner seq2seq, hidden: found 4; allowed: 8 to 1,024"),
        ("passes", 0, "learner seq2seq, passes: found 0; allowed: 1 to 10,000"),
        ("dropout", 0.99, "learner seq2seq, dropout: found 0.99; allowed: 0.0 to 0.95"),
        ("learning_rate", 0.0, "learner seq2seq, learning_rate: found 0.0"),
        ("order_seed", -1, "learner seq2seq, order_seed: found -1"),
        ("pretrained", "disjunct", "did you mean 'disjoint'"),
    ],
)
def test_settings_out_of_range_are_refused(setting, value, told):
    with pytest.raises(InputError, match=told):
        LEARNERS["seq2seq"].make(**{**DEFAULTS, setting: value})


def test_it_runs_under_strategies_of_all_kinds_and_gives_the_same_alone():
    asked = grid({}, ("random", "coreset", "mnlp", "coreset_deep"))
    records = run_lanes(asked)
    for record in records:
        assert set(record.series) >= {"exact_match", "symbol_accuracy"} and len(record.series["exact_match"]) == 2
    assert len({record.series["symbol_accuracy"][0] for record in records}) == 1
    (alone,) = run_lanes([asked[2]])
    assert alone.series["symbol_accuracy"] == records[2].series["symbol_accuracy"]


def test_order_and_start_move_the_value_and_leave_what_is_labelled():
    values = {
        (order, start): run_lanes(
            grid({"hidden": 16, "least_steps": 120, "order_seed": order, "start_seed": start}, rounds=0)
        )[0].series["symbol_accuracy"]
        for order, start in ((0, 0), (1, 0), (0, 1), (1, 1))
    }
    assert len(set(values.values())) == 4
    again = run_lanes(grid({"hidden": 16, "least_steps": 120, "order_seed": 1, "start_seed": 1}, rounds=0))[0]
    assert again.series["symbol_accuracy"] == values[1, 1]


def test_what_needs_other_models_is_refused_with_a_sentence():
    for strategy in ("margin", "qbc"):
        with pytest.raises(InputError, match=f"strategy {strategy}: needs .* learner seq2seq has none"):
            grid({}, (strategy,))
    with pytest.raises(InputError, match="'disjoint', and the data set leaves 0 such examples"):
        run_lanes(grid({"pretrained": "disjoint"}, high=999_999))
