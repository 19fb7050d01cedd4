"""What the recorded library holds: one entry a data set and learner, with where it comes from."""

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


def coverage(table: pd.DataFrame, said: Mapping[str, Any] | None) -> list[Coverage]:
    """Tell what a recorded table holds, in the order of data sets and learners.

    Args:
        table: a recorded curve table.
        said: its provenance; None where there is none, so that neither licences nor recordings are told.
    """
    made = [] if said is None else [one["curves"] for one in recordings(said)]
    sets = {} if said is None else said["datasets"]
    return [
        _of(
            str(dataset),
            str(learner),
            rows,
            sets.get(dataset, {}).get("licence"),
            tuple(i for i, curves in enumerate(made) if learner in curves.get(dataset, ())),
        )
        for (dataset, learner), rows in table.groupby(["dataset", "learner"], sort=True)
    ]


def _of(dataset: str, learner: str, rows: pd.DataFrame, licence: str | None, recorded: tuple[int, ...]) -> Coverage:
    names = sorted(map(str, rows["strategy"].unique()), key=lambda name: (name != "random", name))
    curves = rows.groupby(["strategy", "batch_size", "initial_size"])["seed"].nunique()
    return Coverage(
        dataset,
        str(rows["kind"].iloc[0]) if "kind" in rows else None,
        learner,
        tuple(names),
        tuple(sorted(map(str, rows["metric"].unique()))),
        tuple(sorted(map(int, rows["initial_size"].unique()))),
        tuple(sorted(map(int, rows["batch_size"].unique()))),
        int(curves.min()),
        int(rows["trajectory"].nunique()),
        int(rows["labels"].max()),
        int(rows["pool_size"].max()),
        licence,
        recorded,
    )
