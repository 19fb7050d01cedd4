import pandas as pd
import pytest

from planner.transfer.from_simulation import measured_seconds
from simulations.errors import InputError


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
