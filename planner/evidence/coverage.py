"""The contents of the recorded library: one entry a data set and learner, with where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.evidence.library import recordings


@dataclass(frozen=True)
class Coverage:
    """What is recorded of one data set with one learner.

    Attributes:
        dataset: its name.
        kind: of data; None where the table does not tell.
        learner: its name with settings that are not usual.
        strategies: random first.
        metrics: in which values are recorded.
        initial_sizes: labels in the initial set.
        batch_sizes: labels a round.
        seeds: replicates of the curve that has fewest.
        campaigns: simulated, over all strategies, schedules and seeds.
        last_labels: labels at the end of the longest curve.
        pool_size: items that could be labelled; the largest.
        licence: of the data; None where it is not told.
        recorded: places in the list of recordings that it comes from; empty where it is not told.
    """

    dataset: str
    kind: str | None
    learner: str
    strategies: tuple[str, ...]
    metrics: tuple[str, ...]
    initial_sizes: tuple[int, ...]
    batch_sizes: tuple[int, ...]
    seeds: int
    campaigns: int
    last_labels: int
    pool_size: int
    licence: str | None
    recorded: tuple[int, ...]


def coverage(table: pd.DataFrame, provenance: Mapping[str, Any] | None) -> list[Coverage]:
    """List what a recorded table holds, in the order of data sets and learners.

    Args:
        table: a recorded curve table.
        provenance: where it comes from; None where nothing tells it, so that neither licences nor recordings are told.
    """
    made = [] if provenance is None else [recording["curves"] for recording in recordings(provenance)]
    facts = {} if provenance is None else provenance["datasets"]
    return [
        Coverage(
            dataset=str(dataset),
            kind=str(rows["kind"].iloc[0]) if "kind" in rows else None,
            learner=str(learner),
            strategies=tuple(sorted(map(str, rows["strategy"].unique()), key=lambda name: (name != "random", name))),
            metrics=tuple(sorted(map(str, rows["metric"].unique()))),
            initial_sizes=tuple(sorted(map(int, rows["initial_size"].unique()))),
            batch_sizes=tuple(sorted(map(int, rows["batch_size"].unique()))),
            seeds=int(rows.groupby(["strategy", "batch_size", "initial_size"])["seed"].nunique().min()),
            campaigns=int(rows["trajectory"].nunique()),
            last_labels=int(rows["labels"].max()),
            pool_size=int(rows["pool_size"].max()),
            licence=facts.get(dataset, {}).get("licence"),
            recorded=tuple(i for i, curves in enumerate(made) if learner in curves.get(dataset, ())),
        )
        for (dataset, learner), rows in table.groupby(["dataset", "learner"], sort=True)
    ]
