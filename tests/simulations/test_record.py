import json
import math

import pytest

from simulations.engine import run_lanes
from simulations.metrics import THRESHOLDS
from simulations.record import FORMAT, OtherVersionError, Record


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


def test_it_names_what_computed_it(record):
    assert record.backend and record.as_json()["backend"] == record.backend


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
    (("curve", "accuracy", 0), -0.1, "a number is negative, NaN or infinite"),
    (("curve", "select_seconds", 0), math.nan, "a number is negative, NaN or infinite"),
    (("curve", "converged", 0), 1, "found int instead of bool"),
    (("curve", "converged"), [], "has not the 5 measurements"),
    (("coverage",), {}, "a field is missing"),
    (("coverage", "covered"), [150] * 99, "argument 2 is longer"),
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


def test_too_few_thresholds_are_told(record):
    data = _changed(record, "coverage", value={"covered": [150] * 99, "errors": [0] * 99})
    with pytest.raises(ValueError, match="is not counted at 20 thresholds"):
        Record.from_json(data)


@pytest.mark.parametrize("data", [None, [], 3, "x", {}, {"format": FORMAT}])
def test_something_else_is_no_record(data):
    with pytest.raises(ValueError, match="it is not a record of a trajectory"):
        Record.from_json(data)
