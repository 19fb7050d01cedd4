import numpy as np
import pandas as pd
import pytest

from planner.transfer.from_simulation import curves_from_simulation, measured_seconds
from planner.transfer.task_curves import TaskDescription
from simulations.errors import InputError
from tests.planner.transfer.synthetic import DATASETS, recorded

TASK = TaskDescription("accuracy", classes=10, kind="image")
LETTERS = recorded({"letters": DATASETS["letters"]}, strategies=("random", "margin", "entropy"), seeds=20)
TARGET = 0.87


def curves(table=LETTERS, strategies=("random", "margin"), **settings):
    return curves_from_simulation(table, TASK, strategies, **{"n_draws": 500, "seed": 0, "savings_sd": 0.0, **settings})


def factor(found, column=1):
    reach = found.labels_to_reach(TARGET)
    return reach[:, 0] / reach[:, column]


def width(values):
    low, high = np.quantile(np.log(values), (0.1, 0.9))
    return high - low


def test_what_was_simulated_is_known_as_well_as_it_was_measured():
    low, high = np.quantile(factor(curves()), (0.05, 0.95))
    assert low < 1.8 < high and high / low < 1.35


def test_a_mismatch_widens_the_savings_about_as_much_as_it_says_and_spares_random():
    sure, unsure = curves(), curves(savings_sd=0.4)
    np.testing.assert_array_equal(sure.best[0], unsure.best[0])
    assert width(factor(unsure)) == pytest.approx(np.hypot(2 * 1.2816 * 0.4, width(factor(sure))), rel=0.15)


def test_a_mismatch_is_common_to_strategies():
    found = curves(strategies=("random", "margin", "entropy"), savings_sd=0.4)
    assert np.corrcoef(np.log(factor(found, 1)), np.log(factor(found, 2)))[0, 1] > 0.95


def test_several_data_sets_share_the_draws():
    found = curves(recorded(seeds=20))
    assert found.evidence["weight"].sum() == pytest.approx(1.0) and len(found.evidence) == 3
    assert (np.diff(found.best, axis=2) >= 0).all() and (np.diff(found.log_labels, axis=2) > 0).all()
    assert found.clean_labels


def table(**changes):
    rows = []
    for trajectory, strategy, speed in (("a", "random", 1.0), ("b", "margin", 2.0)):
        for r, labels in enumerate((100, 200, 300)):
            choose = 0.0 if strategy == "random" or r == 2 else 0.004 * (1_000 - labels)
            rows += [
                {
                    "trajectory": trajectory, "strategy": strategy, "learner": "linear", "round": r, "labels": labels,
                    "pool_size": 1_000, "metric": metric, "fit_seconds": 0.01 * speed * labels,
                    "score_seconds": choose / 4, "select_seconds": choose * 3 / 4,
                }
                for metric in ("accuracy", "f1_macro")
            ]  # fmt: skip
    return pd.DataFrame(rows).assign(**changes)


def test_seconds_by_item_by_hand():
    found = measured_seconds(table(), ("margin",))
    # Two campaigns, of 0.01 and 0.02 s a labelled item; choosing took 0.004 s an item that was left, in one of them.
    assert found.train_per_item == pytest.approx((0.011, 0.019))
    assert found.score_per_item == pytest.approx((0.004, 0.004))
    assert (found.learners, found.trajectories) == (("linear",), 2)


def test_a_clock_that_shows_nothing_still_costs_something():
    assert measured_seconds(table(score_seconds=0.0, select_seconds=0.0), ("margin",)).score_per_item[0] > 0


def test_curves_without_seconds_or_strategies_are_refused():
    with pytest.raises(InputError, match="carry no seconds"):
        measured_seconds(table().drop(columns="fit_seconds"), ("margin",))
    with pytest.raises(InputError, match="carry no seconds"):
        measured_seconds(table(fit_seconds=0.0), ("margin",))
    with pytest.raises(InputError, match="none of its strategies"):
        measured_seconds(table(), ("entropy",))
