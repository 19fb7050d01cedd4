"""A case whose needs are set by hand, on a plan where labels and engineering are all that costs."""

from dataclasses import dataclass, replace

import numpy as np

from planner.decision.case import Case
from planner.decision.labels_required import LabelEquivalence, LabelsRequired
from planner.plan import parse_plan
from planner.transfer.fine_tuning import TRAINED_ANEW, FineTuningLoss

AS_DELIVERED = LabelEquivalence(clean=False)  # a delivered label is just what the curves ask for

# Labels at $1, nothing else costs but $1,000 of engineering.
SIMPLE = """
[task]
target = 0.9
pool_size = 10_000
classes = 4
test_labels = 0
[strategy]
initial_labels = 100
batch_size = 100
[[vendors]]
price_usd = 1
votes_per_item = 1
delivered_error_rate = 0
turnaround_days = 0
[engineering]
one_off_hours = 20
hours_per_round = 0
hourly_rate_usd = 50
[compute]
machine_usd_per_hour = 0
[calendar]
retrain_days = 0
cost_of_delay_usd_per_week = 0
[evidence]
label_scale_sd = 0.5
"""


@dataclass(frozen=True)
class HandMade:
    """Needs (n_draws, n_plans) at a target of 0.9; a point more doubles them, a point less halves them."""

    strategies: tuple[str, ...]
    needs: np.ndarray
    clean_labels: bool = False
    warnings: tuple[str, ...] = ()
    end: None = None
    fine_tuning: FineTuningLoss = TRAINED_ANEW

    @property
    def n_draws(self):
        return len(self.needs)

    def labels_to_reach(self, target):
        return self.needs * 2 ** ((target - 0.9) / 0.01)

    def select_options(self, names):
        at = [self.strategies.index(name) for name in names]
        return replace(self, strategies=tuple(names), needs=self.needs[:, at])

    def select_draws(self, draws):
        return replace(self, needs=self.needs[draws])


def case_of(random, margin, text=SIMPLE, **more):
    """Give the case in which plans need these labels, draw by draw."""
    needs = {"random": random, "margin": margin, **more}
    table = np.column_stack([np.asarray(need, dtype=float) for need in needs.values()])
    plan = parse_plan(text)
    found = LabelsRequired(
        plan,
        0.9,
        plan.draw(len(table), 0),
        HandMade(tuple(needs), table),
        dict(zip(needs, table.T, strict=True)),
        AS_DELIVERED,
    )
    return Case.of(found)


def spread(n_draws=1_000, text=SIMPLE, seed=0):
    """Give a case in which random needs 2,000 to 8,000 labels, and margin somewhat less most of the time."""
    rng = np.random.default_rng(seed)
    random = rng.uniform(2_000, 8_000, n_draws)
    return case_of(random, random / rng.uniform(0.9, 3.0, n_draws), text)
