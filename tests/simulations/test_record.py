import json
import math
from dataclasses import replace

import numpy as np
import pytest

from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.metrics import METRICS, THRESHOLDS
from simulations.oracles.annotations import ItemTimes
from simulations.oracles.registry import make_oracle
from simulations.record import FORMAT, OtherVersionError, Record, seconds_spent, spent_of
from simulations.store import Store, dataset_label, spending_table
from simulations.trajectory import Part


@pytest.fixture
def record(small):
    return run_lanes([small()])[0]


def _changed(record, *path, value):
    data = json.loads(json.dumps(record.as_json()))
    at = data
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    return data


def test_what_is_written_is_read_back(record):
    assert Record.from_json(json.loads(json.dumps(record.as_json()))) == record


def test_coverage_is_kept_flat_and_compact(record):
    counts = record.as_json()["coverage"]
    assert [len(values) for values in counts.values()] == [5 * len(THRESHOLDS)] * 2
    assert len(json.dumps(record.as_json(), separators=(",", ":"))) < 4000


def test_seconds_add_up(record):
    names = ("fit_seconds", "score_seconds", "select_seconds")
    assert record.seconds == pytest.approx(math.fsum(v for name in names for v in record.series[name]))


@pytest.mark.parametrize("field", ["format", "revision"])
def test_another_version_is_told_apart_from_a_fault(record, field):
    with pytest.raises(OtherVersionError, match="written by another version"):
        Record.from_json(_changed(record, field, value=FORMAT + 50))


FAULTS = [
    (("facts", "kind"), "picture", "its kind is none of tabular, text, image"),
    (("facts", "kind"), ["image"], "its kind is none of"),
    (("facts", "classes"), 1, "its number of classes is out of range"),
    (("facts", "classes"), True, "found bool instead of int"),
    (("facts", "classes"), 10**40, "its number of classes is out of range"),
    (("facts", "imbalance"), 0.5, "its imbalance is not a finite number of at least 1"),
    (("facts", "imbalance"), math.inf, "its imbalance is not a finite number"),
    (("facts", "imbalance"), math.nan, "its imbalance is not a finite number"),
    (("facts", "imbalance"), "2", "found str instead of float or int"),
    (("facts", "test_size"), 0, "its test set is empty"),
    (("facts", "pool_size"), 29, "its pool smaller than the labels bought"),
    (("facts", "pool_size"), 250.0, "found float instead of int"),
    (("facts", "extra"), 1, "a field is missing or of the wrong type"),
    (("backend",), "", "does not name the back end"),
    (("backend",), 3, "does not name the back end"),
    (("trajectory", "rounds"), "4", "found str instead of int"),
    (("trajectory", "batch_size"), 0, "a schedule or seed out of range"),
    (("trajectory", "seed"), -1, "a schedule or seed out of range"),
    (("trajectory", "seed"), 10**30, "a schedule or seed out of range"),
    (("trajectory", "rounds"), 5, "has not the 6 measurements"),
    (("trajectory", "rounds"), 10**12, "its pool smaller than the labels bought"),
    (("curve", "labels", 1), 16, "its labels do not rise as its trajectory's schedule says"),
    (("curve", "labels", 1), "15", "found str instead of int"),
    (("curve", "labels"), "15", "found str instead of int"),
    (("curve", "accuracy", 0), "0.5", "found str instead of float or int"),
    (("curve", "accuracy", 0), 1.01, "a metric is above 1"),
    (("curve", "accuracy", 0), -0.1, "a number is negative, NaN, infinite"),
    (("curve", "select_seconds", 0), math.nan, "a number is negative, NaN, infinite"),
    (("curve", "fit_seconds", 0), 1e308, "a number is negative, NaN, infinite or above 10^15"),
    (("curve", "converged", 0), 1, "found int instead of bool"),
    (("curve", "converged"), [], "has not the 5 measurements"),
    (("coverage",), {}, "a field is missing"),
    (("coverage", "covered"), [150] * 99, "argument 2 is longer"),
    (("coverage",), {"covered": [150] * 99, "errors": [0] * 99}, "is not counted at 20 thresholds"),
    (("coverage", "covered", 0), 149, "does not fall from all held-out items"),
    (("coverage", "covered", 7), 151, "does not fall from all held-out items"),
    (("coverage", "errors", 19), -1, "more errors than items, or fewer than none"),
    (("coverage", "errors", 0), 151, "more errors than items, or fewer than none"),
    (("coverage", "errors", 0), 0.0, "found float instead of int"),
]


@pytest.mark.parametrize(("path", "value", "reason"), FAULTS)
def test_every_fault_is_told(record, path, value, reason):
    with pytest.raises(ValueError) as caught:
        Record.from_json(_changed(record, *path, value=value))
    assert reason in str(caught.value), str(caught.value)


@pytest.mark.parametrize("data", [None, [], 3, "x", {}, {"format": FORMAT}])
def test_something_else_is_no_record(data):
    with pytest.raises(ValueError, match="it is not a record of a trajectory"):
        Record.from_json(data)


TIMED = make_oracle("perfect", {"seconds": 12}, "grid")


def test_seconds_add_up_in_the_order_of_labelling():
    times = ItemTimes(np.array([1.0, 2.0, 4.0, 8.0, 16.0]), np.ones(5))
    spent = seconds_spent(times, np.array([4, 0, 2, 1]), [2, 3, 4])
    assert spent == {"annotation_seconds": (17.0, 21.0, 23.0)}
    assert seconds_spent(None, np.array([4]), [1]) == {}


def test_time_changes_no_curve_and_all_strategies_pay_the_same_for_the_same_items(small):
    plain = run_lanes([small(name) for name in ("random", "margin")])
    timed = run_lanes([small(name, oracle=TIMED) for name in ("random", "margin")])
    for one, other in zip(plain, timed, strict=True):
        assert [one.series[m] for m in METRICS] == [other.series[m] for m in METRICS]
    first = {record.spent["annotation_seconds"][0] for record in timed}
    assert len(first) == 1 and all(record.spent == {} for record in plain)
    whole = [small(name, oracle=TIMED, initial_size=50, batch_size=100, rounds=2) for name in ("random", "margin")]
    ends = [record.spent["annotation_seconds"][-1] for record in run_lanes(whole)]
    assert ends[0] == pytest.approx(ends[1], abs=0.002)


def test_votes_follow_from_the_oracle(small):
    (one, three) = (
        run_lanes([small(oracle=oracle)])[0] for oracle in (TIMED, Part.of("votes", {"rate": 0.2, "votes": 3}))
    )
    assert spent_of(one)["votes"] == (10, 15, 20, 25, 30)
    assert spent_of(three) == {"votes": (30, 45, 60, 75, 90)}


def test_the_table_has_a_row_for_each_round_and_unit_and_stands_in_the_store(small, tmp_path):
    records = run_lanes([small(oracle=TIMED), small("random", oracle=TIMED)]) + run_lanes([small()])
    table = spending_table(records)
    assert tuple(table.columns) == ("trajectory", "round", "unit", "spent") and len(table) == 2 * 5 * 2 + 5
    assert (table.groupby(["trajectory", "unit"])["spent"].diff().dropna() > 0).all()
    store = Store(tmp_path)
    for record in records:
        store.put(record)
    assert store.spending().equals(table) and store.spending().equals(table)


def test_an_oracle_that_tells_time_is_in_the_name_of_the_data_set(small):
    assert dataset_label(small(oracle=TIMED)).endswith("[perfect seconds=12.0]")
    assert "perfect" not in dataset_label(small())


def grid(**changed):
    block = {"datasets": ["digits"], "strategies": ["margin_per_cost"], "batch_sizes": [10], "initial_size": 20}
    return parse_grid({"grid": {**block, "rounds": 2, "seeds": 1, **changed}})


def test_costs_that_nobody_tells_are_refused(small):
    with pytest.raises(InputError, match=r"strategy margin_per_cost: needs what items are expected to cost.*12"):
        grid()
    with pytest.raises(InputError, match=r"^strategy margin_per_cost: needs what items are expected to cost"):
        run_lanes([small("margin_per_cost")])
    assert len(grid(oracle={"name": "perfect", "seconds": 12})) == 1


def test_seconds_of_a_task_without_hardness_are_refused():
    with pytest.raises(InputError, match=r"seconds: found 12; allowed: 0, as diabetes is regression"):
        grid(
            datasets=["diabetes"],
            learners=["ridge_regression"],
            strategies=["random"],
            oracle={"name": "perfect", "seconds": 12},
        )


def test_keys_of_stored_trajectories_are_what_they_were(small):
    # Computed before oracles had settings of time.
    assert small().key == KEYS[0]
    assert small(oracle=Part.of("votes", {"rate": 0.2, "votes": 3})).key == KEYS[1]
    assert replace(small(), oracle=make_oracle("votes", {"seconds": 0}, "grid")).key == KEYS[1]


KEYS = (
    "07ec433604b80807d6b050c61e9fb9ec6199ecba35bc33b7a41802630e66d935",
    "73df91babeaf0b88ddb921f27e306e99778f24237e6b3c732e1144883a7d1ea3",
)
