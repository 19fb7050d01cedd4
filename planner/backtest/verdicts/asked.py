"""What the planner is asked: a plan file of a task held out, with no more evidence than a user would have."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from planner.backtest.verdicts.world import World
from planner.plan import Plan, parse_plan

__all__ = ["DESCRIPTION", "ENGINEERING_HOURS", "EVIDENCE", "PAIRED", "PILOT_LABELS", "PRICES_USD", "RANDOM", "Evidence"]

DESCRIPTION, RANDOM, PAIRED = "description", "random pilot", "paired pilot"
EVIDENCE = (DESCRIPTION, RANDOM, PAIRED)
PILOT_LABELS = (200, 400)
PRICES_USD = (0.1, 0.5, 2.0, 10.0)
ENGINEERING_HOURS = (2.0, 20.0)

_PLAN = """
[task]
target = {target!r}
pool_size = {pool}
classes = {classes}
test_labels = {test}
[strategy]
names = ["{strategy}"]
initial_labels = {first}
batch_size = {batch}
[[vendors]]
name = "A"
price_usd = {price}
votes_per_item = 1
delivered_error_rate = 0
turnaround_days = 0
throughput_per_day = 1000000
[engineering]
one_off_hours = {hours}
hours_per_round = 0.1
hourly_rate_usd = 60
[compute]
machine_usd_per_hour = 0
[calendar]
retrain_days = 0
cost_of_delay_usd_per_week = 0
[evidence]
kind = "{kind}"
learner = "linear"
{pilot}
"""


@dataclass(frozen=True)
class Evidence:
    """What a user knows before deciding.

    Attributes:
        name: one of `EVIDENCE`.
        labels: labels of the pilot, each of its curves; 0 without one.
        pilot: its measured points; None without one.
    """

    name: str
    labels: int
    pilot: pd.DataFrame | None

    def write(self, folder: Path) -> None:
        """Write the pilot where a plan file of `plan_of` finds it."""
        if self.pilot is not None:
            self.pilot.to_csv(folder / _FILE, index=False)


_FILE = "pilot.csv"


def evidence_of(world: World) -> Iterator[Evidence]:
    """Give what users may know of a task: its description, and pilots of a few hundred labels."""
    yield Evidence(DESCRIPTION, 0, None)
    columns = ["labels", "value", "strategy", "test_size", "batch_size"]
    for most in PILOT_LABELS:
        rows = world.own[world.own["labels"] <= most][columns]
        last = int(rows["labels"].max())
        yield Evidence(RANDOM, last, rows[rows["strategy"] == "random"])
        yield Evidence(PAIRED, last, rows)


def plan_of(world: World, evidence: Evidence, target: float, price_usd: float, hours: float) -> Plan:
    """Write the plan of one question.

    Args:
        world: the task.
        evidence: what is known of it.
        target: value of the metric.
        price_usd: of a label.
        hours: one-off engineering.
    """
    first = world.own.iloc[0]
    return parse_plan(
        _PLAN.format(
            target=target,
            pool=int(first["pool_size"] + first["test_size"]),
            classes=int(first["classes"]),
            test=int(first["test_size"]),
            strategy=world.strategy,
            first=int(first["initial_size"]),
            batch=int(first["batch_size"]),
            price=price_usd,
            hours=hours,
            kind=str(first["kind"]),
            pilot="" if evidence.pilot is None else f'pilot = "{_FILE}"',
        )
    )
