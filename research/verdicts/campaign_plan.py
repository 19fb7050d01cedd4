"""The plan of a campaign that recorded curves tell the end of: what it costs is labels and engineering alone."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.plan import Plan, parse_plan

__all__ = ["campaign_plan"]

_PLAN = """
[task]
target = {target!r}
pool_size = {pool}
classes = {classes}
test_labels = {test}
random_evaluation = "test_set"
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
{engineering}
[compute]
machine_usd_per_hour = 0
[calendar]
retrain_days = 0
cost_of_delay_usd_per_week = 0
[evidence]
kind = "{kind}"
{evidence}
"""


def campaign_plan(
    rows: pd.DataFrame,
    strategy: str,
    target: float,
    price_usd: float,
    *,
    engineering: Mapping[str, float],
    evidence: Mapping[str, Any],
) -> Plan:
    """Write the plan of a campaign.

    Args:
        rows: of a curve table; the first one tells the task and the schedule.
        strategy: what stands beside random.
        target: value of the metric.
        price_usd: of a label.
        engineering: fields of the plan's table of that name.
        evidence: fields of the plan's table of that name, but for the kind of data.
    """
    first = rows.iloc[0]
    return parse_plan(
        _PLAN.format(
            target=target,
            pool=int(first["pool_size"] + first["test_size"]),
            classes=int(first["classes"]),
            test=int(first["test_size"]),
            strategy=strategy,
            first=int(first["initial_size"]),
            batch=int(first["batch_size"]),
            price=price_usd,
            engineering=_lines(engineering),
            kind=str(first["kind"]),
            evidence=_lines(evidence),
        )
    )


def _lines(fields: Mapping[str, Any]) -> str:
    # Numbers, texts and lists of texts are written alike in JSON and in TOML.
    return "\n".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items())
