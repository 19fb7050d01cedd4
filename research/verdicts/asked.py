"""What the planner is asked: a plan file of a task held out, with no more evidence than a user would have."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from planner.forecasting import MIN_ANCHORS
from planner.forecasting.weighted_power import fit_weighted_power
from planner.intervals import Z80
from planner.plan import Plan
from planner.randomness import keyed_rng
from research.verdicts.campaign_plan import campaign_plan
from research.verdicts.world import Truth, World

DESCRIPTION, ESTIMATE, RANDOM, PAIRED = "description", "description and an estimate", "random pilot", "paired pilot"
EVIDENCE = (DESCRIPTION, ESTIMATE, RANDOM, PAIRED)
ESTIMATE_FACTOR = 3.0
"""The estimate of the labels that random needs is right to this factor in four of five cases, and says so."""
PILOT_LABELS = (200, 400)
BILL_RATIOS = tuple(float(ratio) for ratio in np.geomspace(0.7, 8.0, 5).round(2))
"""Random's bill of labels ÷ what active learning costs to build: evenly where the answer hangs on what is saved."""
HOURS, HOURLY_RATE_USD = 20.0, 60.0
WORK_USD = HOURS * HOURLY_RATE_USD

_ENGINEERING = {"one_off_hours": HOURS, "hours_per_round": 0.1, "hourly_rate_usd": HOURLY_RATE_USD}


@dataclass(frozen=True)
class Evidence:
    """What a user knows before deciding.

    Attributes:
        name: one of `EVIDENCE`.
        labels: labels of the pilot, each of its curves; 0 without one.
        pilot: its measured points; None without one.
        error: of an estimate, in standard deviations of its logarithm; None without one.
    """

    name: str
    labels: int = 0
    pilot: pd.DataFrame | None = None
    error: float | None = None

    def write(self, folder: Path) -> None:
        """Write the pilot where a plan file of `plan_of` finds it."""
        if self.pilot is not None:
            self.pilot.to_csv(folder / _FILE, index=False)

    def rough_labels(self, world: World, truth: Truth) -> float:
        """Give the labels that a rule of thumb takes random to need: its own forecast, no more than the pool.

        From a pilot it goes by a weighted power law, from an estimate by its middle, from a description by the middle
        of initial set and pool, in the logarithm.
        """
        first, pool = float(world.own["initial_size"].iloc[0]), float(world.own["pool_size"].iloc[0])
        if self.error is not None:
            return min(estimated_labels(truth, self.error), pool)
        if self.pilot is None:
            return float(np.sqrt(first * pool))
        rows = self.pilot[self.pilot["strategy"] == "random"].groupby("labels")["value"].mean()
        law = fit_weighted_power(rows.index.to_numpy(dtype=float), 1.0 - rows.to_numpy(dtype=float))
        counts = np.geomspace(first, pool, _FINE).tolist()
        enough = [float(n) for n in counts if law(np.array([n]))[0] <= 1.0 - truth.target]
        return min(enough, default=pool)


_FILE = "pilot.csv"
_FINE = 1_000  # label counts


def evidence_of(world: World) -> Iterator[Evidence]:
    """Give what users may know of a task: its description, how many labels it may take, pilots of a few hundred."""
    yield Evidence(DESCRIPTION)
    yield Evidence(ESTIMATE, error=float(keyed_rng(world.seed, world.dataset, "estimate").standard_normal()))
    columns = ["labels", "value", "strategy", "test_size", "batch_size"]
    for most in PILOT_LABELS:
        rows = world.own[world.own["labels"] <= most][columns]
        flat = rows.loc[rows["strategy"] == "random", "value"].nunique() == 1
        if rows["labels"].nunique() < MIN_ANCHORS or flat:
            continue  # the planner refuses such a pilot, and says so
        last = int(rows["labels"].max())
        yield Evidence(RANDOM, last, rows[rows["strategy"] == "random"])
        yield Evidence(PAIRED, last, rows)


def plan_of(world: World, evidence: Evidence, truth: Truth, bill_ratio: float) -> Plan:
    """Write the plan of one question.

    Args:
        world: the task.
        evidence: what is known of it.
        truth: the target, and the labels that an estimate is about.
        bill_ratio: of `BILL_RATIOS`, which sets the price of a label.
    """
    return campaign_plan(
        world.own,
        world.strategy,
        truth.target,
        bill_ratio * WORK_USD / truth.random_labels,
        engineering=_ENGINEERING,
        # The model that is trained is the one that was recorded, so that nothing is added for another.
        evidence={"learner": world.learner, "savings_sd": 0.0, **_known(evidence, truth)},
    )


def _known(evidence: Evidence, truth: Truth) -> dict[str, str]:
    """Write what is known beside the description as fields of a plan's `[evidence]`."""
    if evidence.pilot is not None:
        return {"pilot": _FILE}
    if evidence.error is None:
        return {}
    middle = estimated_labels(truth, evidence.error)
    return {"random_labels": f"{middle / ESTIMATE_FACTOR:.0f} to {middle * ESTIMATE_FACTOR:.0f}"}


def estimated_labels(truth: Truth, error: float) -> float:
    """Give the middle of an estimate of random's labels that is off by so many standard deviations."""
    return float(truth.random_labels * ESTIMATE_FACTOR ** (error / Z80))
