"""Curves simulated with wrong answers never stand in for clean ones, whatever they are asked for."""

import pandas as pd
import pytest

from planner.transfer.from_pilot import curves_from_pilot
from planner.transfer.savings_fit import ProxyEvidence
from planner.transfer.task_curves import TaskDescription
from simulations.curve_table import validate_curves
from simulations.errors import InputError
from tests.planner.transfer.synthetic import measured, recorded

CLEAN = recorded(strategies=("random", "margin")).assign(label_error_rate=0.0)
NOISY = CLEAN.assign(
    dataset=CLEAN["dataset"] + " [flip rate=0.2]", label_error_rate=0.2, value=0.6 * CLEAN["value"] ** 2
)
BOTH = validate_curves(pd.concat([CLEAN, NOISY], ignore_index=True))
TASK = TaskDescription("accuracy", classes=10, kind="image", learner="linear")
ASIDE = "Not used as proxies, as they were simulated with wrong answers: letters [flip rate=0.2], "


def test_savings_rest_on_clean_curves():
    clean, both = (ProxyEvidence(table).savings(["margin"], "accuracy") for table in (CLEAN, BOTH))
    pd.testing.assert_frame_equal(clean[0], both[0])
    assert clean[1] == [] and both[1][0].startswith(ASIDE)


def test_a_pilot_rests_on_clean_curves_beside_its_own():
    pilot = measured(seeds=3).assign(strategy="random")
    joint, alone = (
        curves_from_pilot(pilot, ProxyEvidence(table), TASK, ("random", "margin"), n_draws=200, seed=0)
        for table in (BOTH, CLEAN)
    )
    assert (joint.best == alone.best).all()
    assert next(text for text in joint.warnings if text not in alone.warnings).startswith(ASIDE)
    with pytest.raises(InputError, match="found 'margin', of which the pilot has no curve"):
        curves_from_pilot(pilot, ProxyEvidence(NOISY), TASK, ("random", "margin"), n_draws=200, seed=0)
