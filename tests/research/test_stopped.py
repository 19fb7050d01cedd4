import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from planner.decision.stopping.rules import (
    AllRules,
    AnyRule,
    LabelCount,
    Plateau,
    Progress,
    StablePredictions,
    TargetMeasured,
)
from research.stopped import Seen, curves_with_agreement, kappa, stopped_at
from simulations.engine import run_lanes
from simulations.metrics import METRICS
from simulations.store import curve_table


@pytest.fixture(scope="module")
def table():
    rounds = [(10, 0.5, np.nan), (20, 0.6, 0.7), (30, 0.9, 0.99), (40, 0.91, 1.0), (50, 0.91, 1.0)]
    rows = [
        {"dataset": "d", "strategy": "margin", "seed": seed, "trajectory": f"t{seed}", "metric": "accuracy",
         "labels": n, "value": min(v + 0.01 * seed, 1.0), "test_size": 1000, "agreement": k}
        for seed in (0, 1) for n, v, k in rounds
    ]  # fmt: skip
    return pd.DataFrame(rows).sample(frac=1.0, random_state=0)


@pytest.mark.parametrize(
    ("rule", "labels"),
    [
        (LabelCount(35), [40, 40]),
        (TargetMeasured(0.9, 0.9), [None, 40]),  # 0.91 of 1,000 is not yet sure to be 0.9, 0.92 is
        (Plateau(0.02, 1), [40, 40]),
        (StablePredictions(0.99, 2), [40, 40]),
        (StablePredictions(0.99, 3), [50, 50]),
        (AnyRule((LabelCount(45), StablePredictions(0.99, 2))), [40, 40]),
        (AllRules((LabelCount(45), StablePredictions(0.99, 2))), [50, 50]),
    ],
)
def test_the_planners_rules_stop_recorded_campaigns(table, rule, labels):
    found = stopped_at(table, rule)
    assert [n if why is not None else None for n, why in zip(found["labels"], found["why"], strict=True)] == labels
    assert (found["last_labels"] == 50).all()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=40))
def test_kappa_is_scikit_learns(pairs):
    first, second = np.array(pairs).T
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of one class only, and gives NaN
        expected = cohen_kappa_score(first, second)
    found = kappa(first[None, :], second[None, :])[0]
    assert found == pytest.approx(1.0 if np.isnan(expected) else expected)


def test_watching_changes_nothing_and_agreement_rises(small):
    lanes = [small(name, seed, rounds=6) for name in ("random", "margin") for seed in range(2)]
    watched, alone = curves_with_agreement(lanes), curve_table(run_lanes(lanes))
    same = [name for name in alone.columns if not name.endswith("_seconds")]
    pd.testing.assert_frame_equal(watched[same], alone[same])
    first = watched["labels"] == watched["labels"].min()
    assert watched.loc[first, "agreement"].isna().all()
    assert watched.loc[~first, "agreement"].between(0.2, 1.0).all()
    found = stopped_at(watched, AnyRule((StablePredictions(0.5, 2), LabelCount(1_000))))
    assert len(found) == len(lanes)
    assert set(watched["metric"]) == set(METRICS)


def test_what_the_simulator_shows_is_what_the_planners_rules_read():
    assert set(Seen.__dataclass_fields__) == set(Progress.__dataclass_fields__)
