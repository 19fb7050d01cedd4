"""Campaigns small enough to be worked by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.campaign.forecasting import CampaignForecast
from planner.campaign.log import CampaignLog
from planner.decision.labels_required import LabelEquivalence
from planner.plan import parse_plan
from planner.transfer.task_curves import TaskCurves

PLAN = """
[task]
target = 0.9
pool_size = 2_500
classes = 2
test_labels = 500
{task}
[strategy]
names = ["margin"]
initial_labels = 100
batch_size = 100
[[vendors]]
name = "A"
price_usd = 2
votes_per_item = 1
delivered_error_rate = 0
turnaround_days = 1
throughput_per_day = 100
[engineering]
one_off_hours = 20
hours_per_round = 1
hourly_rate_usd = 50
[compute]
machine_usd_per_hour = 0
[calendar]
retrain_days = 0.5
build_days = 7
cost_of_delay_usd_per_week = {delay}
{more}
"""


@pytest.fixture
def plan_of():
    """Write a plan, with lines added to its task and tables after its last."""

    def write(task="", more="", delay=0):
        return parse_plan(PLAN.format(task=task, more=more, delay=delay))

    return write


@pytest.fixture
def straight():
    """Curves whose values rise in a straight line with ln(labels), one draw or several, margin ahead by a factor."""

    def draw(per_octave=(0.1,), factor=(2.0,), start=0.5):
        x = np.linspace(np.log(50.0), np.log(20_000.0), 400)
        rise, ahead = np.array(per_octave)[:, None], np.log2(np.array(factor))[:, None]
        octaves = (x - np.log(100.0)) / np.log(2.0)
        best = np.clip(np.stack([start + rise * octaves, start + rise * (octaves + ahead)]), 0.0, 0.99)
        axis = np.broadcast_to(x, best.shape)
        return TaskCurves(
            ("random", "margin"), "accuracy", best, axis, np.zeros(best.shape[:2]), pd.DataFrame(), (), False
        )

    return draw


@pytest.fixture
def outlook_of(plan_of):
    """Believe in given curves; numbers of the plan are single ones, so that all draws share them."""

    def believe(curves, plan=None):
        plan = plan if plan is not None else plan_of()
        return CampaignForecast("both curves", plan.draw(curves.n_draws, 0), curves, LabelEquivalence(clean=False), ())

    return believe


@pytest.fixture
def standing():
    """Stand somewhere in a campaign."""

    def stand(strategy="margin", labels=200.0, active=True, left_usd=None):
        rows = pd.DataFrame({"strategy": ["margin" if active else "random"]})
        return CampaignLog(rows, strategy, labels, 0.5, None, None, None), left_usd

    return stand


@pytest.fixture
def write_log(tmp_path):
    """Write a log file."""

    def write(text, name="log.csv") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write
