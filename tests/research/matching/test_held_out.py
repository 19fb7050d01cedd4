"""What is said and shown of a data set that is held out."""

import pandas as pd
import pytest

from research.matching.held_out import hold_out
from research.mean_curve import value_of
from tests.research.matching.made import COUNTS, EASY, table, value

TABLE = table()


def held(curves=TABLE):
    return {one.dataset: one for one in hold_out(curves, "margin", "linear")}


def test_a_user_says_kind_classes_imbalance_pool_and_learner():
    one = held()["two-a"]
    assert (one.task.kind, one.task.classes, one.task.imbalance) == ("tabular", 2, 1.0)
    assert (one.task.pool_size, one.pool, one.task.learner, one.initial) == (4_000, 4_000, "linear", 20)
    assert set(one.proxies["dataset"]) == {"two-b", "fifty-a", "fifty-b"}
    assert one.real and not held(TABLE.replace("two-a", "synthetic-a"))["synthetic-a"].real


def test_the_truth_is_the_mean_over_seeds():
    mean = held()["two-a"].truth["random"]
    assert tuple(mean.index) == COUNTS and mean.is_monotonic_increasing
    assert value_of(mean, 320) == pytest.approx(value(320, EASY), abs=0.01)
    mine = TABLE.query("dataset == 'two-a' and strategy == 'random' and labels == 80")["value"]
    assert value_of(mean, 80) == pytest.approx(mine.mean())


def test_other_settings_of_the_same_data_are_held_out_with_it():
    twin = TABLE[TABLE["dataset"] == "two-a"].assign(dataset="two-a [kind=image]")
    both = held(pd.concat([TABLE, twin]))
    for name in ("two-a", "two-a [kind=image]"):
        assert set(both[name].proxies["dataset"]) == {"two-b", "fifty-a", "fifty-b"}


def test_curves_with_wrong_answers_take_no_part():
    found = held(pd.concat([TABLE, TABLE.assign(dataset="noisy", label_error_rate=0.2)]))
    assert "noisy" not in found and "noisy" not in set(found["two-a"].proxies["dataset"])
