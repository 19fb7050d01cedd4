"""What the planner is asked: a plan file of a task held out, with no more evidence than a user would have."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

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
PRICES_USD = (0.1, 0.5, 2.0, 10.0)
ENGINEERING_HOURS = (2.0, 20.0)

_ENGINEERING = {"hours_per_round": 0.1, "hourly_rate_usd": 60.0}


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


_FILE = "pilot.csv"


def evidence_of(world: World) -> Iterator[Evidence]:
    """Give what users may know of a task: its description, how many labels it may take, pilots of a few hundred."""
    yield Evidence(DESCRIPTION)
    yield Evidence(ESTIMATE, error=float(keyed_rng(world.seed, world.dataset, "estimate").standard_normal()))
    columns = ["labels", "value", "strategy", "test_size", "batch_size"]
    for most in PILOT_LABELS:
        rows = world.own[world.own["labels"] <= most][columns]
        last = int(rows["labels"].max())
        yield Evidence(RANDOM, last, rows[rows["strategy"] == "random"])
        yield Evidence(PAIRED, last, rows)


def plan_of(world: World, evidence: Evidence, truth: Truth, price_usd: float, hours: float) -> Plan:
    """Write the plan of one question.

    Args:
        world: the task.
        evidence: what is known of it.
        truth: the target, and the labels that an estimate is about.
        price_usd: of a label.
        hours: one-off engineering.
    """
    return campaign_plan(
        world.own,
        world.strategy,
        truth.target,
        price_usd,
        engineering={"one_off_hours": hours, **_ENGINEERING},
        # The model that is trained is the one that was recorded, so that nothing is added for another.
        evidence={"learner": "linear", "savings_sd": 0.0, **_known(evidence, truth)},
    )


def _known(evidence: Evidence, truth: Truth) -> dict[str, str]:
    """Write what is known beside the description as fields of a plan's `[evidence]`."""
    if evidence.pilot is not None:
        return {"pilot": _FILE}
    if evidence.error is None:
        return {}
    middle = truth.random_labels * ESTIMATE_FACTOR ** (evidence.error / Z80)
    return {"random_labels": f"{middle / ESTIMATE_FACTOR:.0f} to {middle * ESTIMATE_FACTOR:.0f}"}
