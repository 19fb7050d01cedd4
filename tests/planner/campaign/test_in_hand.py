"""What a campaign is said to have in hand, against what it had, on recorded campaigns.

The forecasts' own noise and the test set's are all that is believed; the mean over the other seeds is what was there,
but for the luck that a campaign has with its own labels, which makes the mean lie outside a little more often.
"""

import numpy as np
import pytest

from planner.evidence import recorded_curves
from planner.forecast.forecast import fit_forecast

SETS = ("digits", "kr-vs-k", "letter", "magic", "page-blocks", "penbased", "satimage")
SEEDS, STAGES = (14, 15), (7, 12)


@pytest.fixture(scope="module")
def said_and_so():
    """Chances that targets up to two test errors from the last measurement are reached, and whether they were."""
    table = recorded_curves()
    table = table[table["metric"] == "accuracy"]
    found = []
    for name in SETS:
        for strategy in ("random", "margin"):
            rows = table[(table["dataset"] == name) & (table["strategy"] == strategy)].sort_values("labels")
            for seed in SEEDS:
                own, others = rows[rows["seed"] == seed], rows[rows["seed"] != seed]
                for stage in STAGES:
                    found += _chances(own.head(stage), others)
    return np.array(found, dtype=float)


def _chances(log, others):
    forecast = fit_forecast(log[["labels", "value", "test_size"]], classes=int(log["classes"].iloc[0]), n_draws=500)
    now, last = float(log["labels"].iloc[-1]), float(log["value"].iloc[-1])
    shift = forecast.test_shift_sd * np.random.default_rng(0).standard_normal(500)
    hand = np.maximum.accumulate(forecast.paths, axis=1)[:, np.searchsorted(forecast.log_labels, np.log(now) - 1e-9)]
    truth = float(others[others["labels"] == now]["value"].mean())
    targets = last + np.array([-2.0, -1.0, 0.0, 1.0, 2.0]) * forecast.test_shift_sd
    return [(float((hand + shift >= target).mean()), truth >= target) for target in targets]


def test_targets_taken_from_the_log_are_reached_as_often_as_is_said(said_and_so):
    said, so = said_and_so.T
    for low, high in ((0.0, 0.25), (0.25, 0.75), (0.75, 1.0)):
        here = (said >= low) & (said <= high)
        assert here.sum() >= 40
        assert so[here].mean() == pytest.approx(said[here].mean(), abs=0.12)


def test_saying_so_beats_saying_the_usual_share(said_and_so):
    said, so = said_and_so.T
    assert ((said - so) ** 2).mean() < 0.75 * so.var()
