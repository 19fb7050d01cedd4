"""What was true of a data set that is held out: the labels that random and a strategy needed, from its full curves.

Notation:
    n_r, n_s    labels that random and the strategy needed for a target
    mean        value by label count: the running best of the mean over seeds
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.evidence import BASE_LEARNER
from planner.transfer.savings_fit import ProxyEvidence, fit_settings, savings_table
from research.evidence.campaigns import GENERATED, middle_schedule, source_of
from research.mean_curve import labels_of, value_of
from simulations.curve_table import one_metric

__all__ = ["SHARES", "Truth", "World", "worlds_of"]

SHARES = (0.5, 0.75, 0.9)
"""Targets are what random has, on average, at these shares of its last label count."""

_HAIR = 1e-12
"""What a target is lowered by when it is looked for: a level that was interpolated may differ in its last digit."""


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
        learner: the model that is trained.
        proxies: rows of random and the strategy on the other sources, which is all that the planner may use.
        evidence: these, with what was saved there.
        truths: what each target took.
    """

    dataset: str
    strategy: str
    seed: int
    own: pd.DataFrame
    learner: str
    proxies: pd.DataFrame
    evidence: ProxyEvidence
    truths: tuple[Truth, ...]


def worlds_of(
    table: pd.DataFrame,
    strategy: str,
    seeds: int,
    *,
    learner: str = "linear",
    savings: pd.DataFrame | None = None,
    only: Collection[str] | None = None,
) -> Iterator[World]:
    """Hold the source of each data set out, with some of its seeds as campaigns.

    Of a data set's schedules the one that is the middle by its initial set is asked about. Evidence is what plans draw
    on: the curves of the linear heads, and of the learner itself.

    Args:
        table: a validated curve table; of several metrics accuracy is taken.
        strategy: what stands beside random.
        seeds: campaigns a data set, at most as many as it has.
        learner: the learner whose curves are used.
        savings: table of savings on these curves and others; fitted from them where it is left out.
        only: data sets that are asked about, none of which is evidence for another; all real ones where left out, each
            with all the others as evidence.
    """
    every = one_metric(table)
    every = every[every["strategy"].isin(["random", strategy]) & every["learner"].isin([BASE_LEARNER, learner])]
    if savings is None:
        savings = savings_table(one for one, _ in fit_settings(every, [strategy], every["metric"].unique())[0])
    savings = savings[savings["learner"].isin([BASE_LEARNER, learner]) & (savings["strategy"] == strategy)]
    rows = every[every["learner"] == learner]
    for name in sorted(map(str, rows["dataset"].unique())):
        here = rows[rows["dataset"] == name]
        if strategy not in set(here["strategy"]) or (name in GENERATED if only is None else name not in only):
            continue
        here = middle_schedule(here)
        paired = here.groupby("seed")["strategy"].nunique() == 2
        apart = [
            other for other in every["dataset"].unique() if source_of(other) == source_of(name) or other in (only or ())
        ]
        proxies = every[~every["dataset"].isin(apart)]
        evidence = ProxyEvidence(proxies, savings[~savings["dataset"].isin(apart)])
        for seed in sorted(paired.index[paired])[:seeds]:
            rest = here[here["seed"] != seed]
            if rest["seed"].nunique() == 0:
                continue
            own = here[here["seed"] == seed].sort_values(["strategy", "labels"])
            yield World(name, strategy, int(seed), own, learner, proxies, evidence, tuple(_truths(rest, strategy)))


def _truths(rest: pd.DataFrame, strategy: str) -> Iterator[Truth]:
    random, active = (_mean(rest[rest["strategy"] == name]) for name in ("random", strategy))
    for share in SHARES:
        target = value_of(random, share * float(random.index[-1]))
        needed = labels_of(active, target - _HAIR)
        bounded = not np.isfinite(needed)
        yield Truth(target, labels_of(random, target - _HAIR), float(active.index[-1]) if bounded else needed, bounded)


def _mean(rows: pd.DataFrame) -> "pd.Series[float]":
    return rows.groupby("labels")["value"].mean().cummax()
