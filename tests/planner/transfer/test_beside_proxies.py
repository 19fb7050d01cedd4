import numpy as np
import pandas as pd
import pytest

from planner.transfer.pilot_beside_proxies import random_beside, savings_beside
from planner.transfer.savings_fit import ProxyEvidence
from planner.transfer.task_curves import TaskDescription
from simulations.curve_table import validate_curves

TASK = TaskDescription("accuracy", 10, kind="tabular")


def curves(dataset, top, scales, seeds=3, counts=(50, 100, 200, 400, 800, 1_600)):
    rng = np.random.default_rng(1)
    rows = [
        (name, seed, n, top - scale * n**-0.5 + rng.normal(0, 0.002))
        for name, scale in scales.items()
        for seed in range(seeds)
        for n in counts
    ]
    told = {"dataset": dataset, "kind": "tabular", "classes": 10, "learner": "linear", "metric": "accuracy"}
    frame = pd.DataFrame(rows, columns=["strategy", "seed", "labels", "value"])
    return frame.assign(batch_size=50, initial_size=50, test_size=2_000, **told)


RECORDED = validate_curves(
    pd.concat([curves(f"set {i}", 0.9 + 0.02 * i, {"random": 3.0, "margin": 2.3}) for i in range(4)])
)


def test_the_pilot_is_counted_above_those_it_beats():
    pilot = validate_curves(curves("pilot", 0.95, {"random": 3.0}, counts=(100, 400, 3_000)))
    found = random_beside(pilot, RECORDED)
    assert list(found.points["below"].head(2)) == [3, 3]  # tops of 0.90, 0.92 and 0.94 lie below 0.95, 0.96 above
    assert list(found.points["of"]) == [4, 4, 0]  # nothing recorded reaches 3,000 labels
    assert found.points["middle"].isna().tolist() == [False, False, True]
    assert found.recorded["line"].nunique() == 4
    assert set(found.to_frame()["source"]) == {"pilot", "set 0", "set 1", "set 2", "set 3"}


def test_without_random_or_its_metric_nothing_is_compared():
    pilot = validate_curves(curves("pilot", 0.95, {"margin": 3.0}))
    assert random_beside(pilot, RECORDED) is None and savings_beside(pilot, ProxyEvidence(RECORDED), TASK) is None
    other = validate_curves(curves("pilot", 0.95, {"random": 3.0}).assign(metric="f1_macro"))
    assert random_beside(other, RECORDED) is None
    alone = validate_curves(curves("pilot", 0.95, {"random": 3.0, "own_rule": 2.0}))
    assert savings_beside(alone, ProxyEvidence(RECORDED), TASK) is None


def test_the_pilots_savings_lie_in_what_the_recorded_ones_let_expect():
    pilot = validate_curves(curves("pilot", 0.93, {"random": 3.0, "margin": 2.3}))
    found = savings_beside(pilot, ProxyEvidence(RECORDED), TASK)
    first = found.expected.iloc[0]
    assert first["labels"] == pytest.approx(50) and first["q10"] == pytest.approx(1.0)  # nothing is saved yet
    assert ((found.expected["q10"] <= found.expected["q50"]) & (found.expected["q50"] <= found.expected["q90"])).all()
    last = found.measured.sort_values("labels").iloc[-1]
    assert 1.3 < last["factor"] < 2.2 and 0.1 < last["expected_share"] < 0.9
    assert savings_beside(pilot, ProxyEvidence(RECORDED), TASK).measured.equals(found.measured)
    assert len(found.to_frame()) == len(found.measured) + len(found.expected)


def test_one_pair_of_seeds_has_no_interval():
    pilot = validate_curves(curves("pilot", 0.93, {"random": 3.0, "margin": 2.3}, seeds=1))
    found = savings_beside(pilot, ProxyEvidence(RECORDED), TASK)
    assert found.measured["q10"].isna().all() and found.measured["factor"].notna().all()
