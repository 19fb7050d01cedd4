"""Data that breaks careless code, from the user's file to the curve: each gives a sentence or a curve, never a NaN."""

import numpy as np
import pandas as pd
import pytest

from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.metrics import METRICS

STRATEGIES = ["random", "stratified_random", "margin", "entropy", "coreset", "kmeans", "badge", "typiclust"]


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=150)
    return pd.DataFrame(rng.normal(size=(150, 4)) + y[:, None], columns=list("abcd")).assign(label=y)


def simulated(table, tmp_path, **changed):
    path = tmp_path / "own.csv"
    table.to_csv(path, index=False)
    data = {"name": "file", "path": str(path), "label": "label", **changed.pop("data", {})}
    block = {"datasets": [data], "strategies": STRATEGIES, "batch_sizes": [10], "initial_size": 10, "rounds": 2}
    return run_lanes(parse_grid({"grid": {**block, "seeds": 1, **changed}}).trajectories)


def assert_curves(records):
    for record in records:
        assert record.labels == (10, 20, 30) and record.ended is None
        assert all(0 <= v <= 1 for name in METRICS for v in record.series[name])


def test_rows_that_come_twice(table, tmp_path):
    assert_curves(simulated(pd.concat([table, table, table.iloc[:30]], ignore_index=True), tmp_path))


def test_features_that_say_nothing(table, tmp_path):
    records = simulated(table.assign(a=1.0, b=1.0, c=1.0, d=1.0), tmp_path)
    assert_curves(records)
    # Nothing can be told apart, so one class is said of all.
    assert all(record.series["balanced_accuracy"][-1] == pytest.approx(1 / 3) for record in records)


def test_a_class_too_rare_to_be_held_out_may_stay_in_the_pool(table, tmp_path):
    rare = table.assign(label=["rare" if row < 2 else f"c{label % 2}" for row, label in enumerate(table["label"])])
    with pytest.raises(InputError, match=r"row 1: class 'rare' has fewer than 4 items \(2\), too few to hold"):
        simulated(rare, tmp_path)
    for initial_set in ("one_per_class", "random", "stratified", "diverse"):
        assert_curves(simulated(rare, tmp_path, data={"rare_classes": "pool"}, initial_set=initial_set))


def test_an_initial_set_without_a_class_still_gives_a_curve(table, tmp_path):
    # 143 of one class: ten at random are mostly of it alone, which no model can learn from.
    skewed = table.assign(label=["rare" if row < 7 else "common" for row in range(150)])
    assert_curves(simulated(skewed, tmp_path, initial_set="random", seeds=3))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda t: t.assign(label="c0"),
            r"column 'label': all rows have the label 'c0'; at least two classes are needed",
        ),
        (lambda t: t.assign(b=t["b"].where(t.index != 5)), r"row 6, column 'b': the cell is empty; allowed: a number"),
        (lambda t: t.assign(b=t["b"].where(t.index != 5, np.inf)), r"row 6, column 'b': found inf; allowed: a finite"),
    ],
)
def test_what_cannot_be_learned_from_is_one_sentence(table, tmp_path, spoil, said):
    with pytest.raises(InputError, match=said) as caught:
        simulated(spoil(table), tmp_path)
    assert "\n" not in str(caught.value)


def test_imbalanced_classes_are_scored_by_metrics_of_their_own():
    block = {"datasets": ["synthetic-rare"], "strategies": ["random", "stratified_random"], "batch_sizes": [20]}
    records = run_lanes(parse_grid({"grid": {**block, "initial_size": 20, "rounds": 3, "seeds": 4}}).trajectories)
    ends = {
        (name, metric): np.mean([r.series[metric][-1] for r in records if r.trajectory.strategy.name == name])
        for name in ("random", "stratified_random")
        for metric in METRICS
    }
    assert records[0].imbalance > 50
    # Accuracy hardly sees the rare classes; balanced labels help where they count as much as the others.
    gain = {metric: ends["stratified_random", metric] - ends["random", metric] for metric in METRICS}
    assert gain["balanced_accuracy"] > 0.05 and gain["f1_macro"] > 0.03
    assert all(ends[name, "accuracy"] > ends[name, "balanced_accuracy"] for name in ("random", "stratified_random"))
