"""A plan with hand-made curves: power laws, so that needs, values and their differences can be worked out."""

import numpy as np
import pytest
from scipy.special import ndtri

from planner.decision.labels_required import LabelsRequired
from planner.plan import parse_plan
from tests.planner.decision.hand_made import AS_DELIVERED
from tests.planner.decision.on_curves import power_laws

DRAWS = 2_000

PLAN = """
[task]
target = 0.9
pool_size = 42_000
classes = 10
test_labels = 2_000
[strategy]
initial_labels = 500
batch_size = 500
[[vendors]]
name = "Plain"
price_usd = 0.5
votes_per_item = 1
delivered_error_rate = 0
turnaround_days = 2
throughput_per_day = 1_000
[engineering]
one_off_hours = 60
hours_per_round = 0
hourly_rate_usd = 50
[compute]
machine_usd_per_hour = 0
[calendar]
retrain_days = 1
cost_of_delay_usd_per_week = 70
"""


@pytest.fixture(scope="session")
def plan():
    return parse_plan(PLAN)


@pytest.fixture(scope="session")
def found(plan):
    """2,000 futures: random needs 8,000 to 16,000 labels, margin 1 to 2 times fewer, both stratified."""
    rng = np.random.default_rng(0)
    normals = [ndtri((rng.permutation(DRAWS) + 0.5) / DRAWS) for _ in range(2)]
    needs, log_factor = 11_300 * np.exp(0.3 * normals[0]), np.log(1.4) + 0.3 * normals[1]
    curves = power_laws(needs, log_factor)
    reach = curves.labels_to_reach(0.9)
    labels = {"random": reach[:, 0], "margin": reach[:, 1]}
    return LabelsRequired(plan, 0.9, plan.draw(DRAWS, 0), curves, labels, AS_DELIVERED)


@pytest.fixture(scope="session")
def totals(found):
    """Half a dollar a label, and an overhead at which both plans are about as dear on average."""
    return {"random": 0.5 * found.needs["random"], "margin": 0.5 * found.needs["margin"] + 1_500.0}
