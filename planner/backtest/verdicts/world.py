"""What was true of a data set that is held out: the labels that random and a strategy needed, from its full curves.

Notation:
    n_r, n_s    labels that random and the strategy needed for a target
    mean        value by label count: the running best of the mean over seeds
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.curves.passage import first_passage
from planner.curves.table import one_metric

__all__ = ["SHARES", "Truth", "World", "worlds_of"]

SHARES = (0.5, 0.75, 1.0)
"""Targets are what random has, on average, at these shares of its last label count."""


@dataclass(frozen=True)
class Truth:
    """What a target took.

    Attributes:
        target: value of the metric.
        random_labels: n_r.
        strategy_labels: n_s; the last label count where it never got there.
        bounded: whether `strategy_labels` is only a lower bound.
    """

    target: float
    random_labels: float
    strategy_labels: float
    bounded: bool


@dataclass(frozen=True, eq=False)
class World:
    """One data set and one campaign on it.

    Attributes:
        dataset: its name.
        strategy: what stands beside random.
        seed: the replicate that a user would have measured as a pilot; the truth is of the others.
        own: its measured rows, random and the strategy.
        proxies: rows of random and the strategy on the other data sets, which is all that the planner may use.
        truths: what each target took.
    """

    dataset: str
    strategy: str
    seed: int
    own: pd.DataFrame
    proxies: pd.DataFrame
    truths: tuple[Truth, ...]


def worlds_of(table: pd.DataFrame, strategy: str, seeds: int, *, learner: str = "linear") -> Iterator[World]:
    """Hold each data set of a table out, with some of its seeds as campaigns.

    Args:
        table: a validated curve table; of several metrics accuracy is taken.
        strategy: what stands beside random.
        seeds: campaigns a data set, at most as many as it has.
        learner: the learner whose curves are used.
    """
    every = one_metric(table)
    every = every[every["strategy"].isin(["random", strategy])]
    rows = every[every["learner"] == learner]
    names = tuple(sorted(map(str, rows["dataset"].unique())))
    for name in names:
        here = rows[rows["dataset"] == name]
        paired = here.groupby("seed")["strategy"].nunique() == 2
        for seed in sorted(paired.index[paired])[:seeds]:
            rest = here[here["seed"] != seed]
            if rest["seed"].nunique() == 0:
                continue
            own = here[here["seed"] == seed].sort_values(["strategy", "labels"])
            proxies = every[every["dataset"] != name]
            yield World(name, strategy, int(seed), own, proxies, tuple(_truths(rest, strategy)))


def _truths(rest: pd.DataFrame, strategy: str) -> Iterator[Truth]:
    random, active = (_mean(rest[rest["strategy"] == name]) for name in ("random", strategy))
    for share in SHARES:
        target = _value(random, share * float(random.index[-1]))
        needed = _labels(active, target)
        bounded = not np.isfinite(needed)
        yield Truth(target, _labels(random, target), float(active.index[-1]) if bounded else needed, bounded)


def _mean(rows: pd.DataFrame) -> "pd.Series[float]":
    return rows.groupby("labels")["value"].mean().cummax()


def _value(mean: "pd.Series[float]", labels: float) -> float:
    counts = np.log(mean.index.to_numpy(dtype=float))
    return float(np.interp(np.log(labels), counts, mean.to_numpy(dtype=float)))


def _labels(mean: "pd.Series[float]", value: float) -> float:
    """Read the labels at which a mean first has a value; inf where it never has."""
    values = np.asarray(mean, dtype=np.float64)[None]
    counts = np.log(np.asarray(mean.index, dtype=np.float64))
    # A hair below, since interpolating a level and finding it again may differ in the last digit.
    return float(np.exp(first_passage(values, counts, value - 1e-12)[0]))
