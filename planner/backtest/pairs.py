"""Pairs of curves, random's and a strategy's with the same seeds, cut like single curves; what is forecast is the gap.

Notation: S seeds; N observed label counts; G label counts ahead; gap = error of random − error of the strategy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.backtest.choose import RESERVED_OPENML_IDS
from planner.backtest.curve import Curve, FloatArray
from planner.backtest.own_curves import mean_and_standard_error, one_curve, seed_table
from planner.backtest.tasks import Task, make_tasks
from planner.curves import one_metric
from planner.curves.replicates import BASELINE, FAMILY_KEYS
from simulations.errors import InputError

__all__ = ["Pair", "PairTask", "make_pair_tasks", "pairs_from_table"]


@dataclass(frozen=True, eq=False)
class Pair:
    """Two curves over the same label counts and seeds.

    Attributes:
        random: random's mean curve.
        strategy: the strategy's.
        gap_standard_error: (N,) of the mean gap, from differences within seeds; NaN with one seed.
    """

    random: Curve
    strategy: Curve
    gap_standard_error: FloatArray

    @property
    def name(self) -> str:
        """What tells the pair from all others."""
        return self.strategy.name

    @property
    def gap(self) -> FloatArray:
        """Error of random − error of the strategy: (N,); positive where the strategy is better."""
        return self.random.error - self.strategy.error


@dataclass(frozen=True, eq=False)
class PairTask:
    """One forecast of a gap that is asked for, and what came true.

    Attributes:
        pair: where it comes from.
        random: random's curve cut.
        strategy: the strategy's curve cut at the same label count.
        gap_standard_error: (N,) of the observed gap, from differences within seeds; NaN where not known.
        ahead_gap: (G,) what was measured.
        ahead_gap_standard_error: (G,) of that; NaN where not known.
    """

    pair: Pair
    random: Task
    strategy: Task
    gap_standard_error: FloatArray
    ahead_gap: FloatArray
    ahead_gap_standard_error: FloatArray

    @property
    def last_gap(self) -> float:
        """The gap at the last observed label count."""
        return float(self.random.error[-1] - self.strategy.error[-1])


def pairs_from_table(table: pd.DataFrame, metric: str | None = None) -> list[Pair]:
    """Pair every strategy of a validated table with random: same data, learner, schedule and seeds.

    Data sets with a reserved OpenML id are left out.

    Raises:
        InputError: there is no value of the metric, no strategy has label counts and seeds in common with random, or
            all data sets are reserved.
    """
    rows = one_metric(table, metric)
    keys = [key for key in FAMILY_KEYS if key in rows.columns]
    pairs = [pair for _, family in rows.groupby(keys, sort=True) for pair in _family(family)]
    if not pairs:
        raise InputError(f"--pairs: no strategy has seeds and label counts in common with '{BASELINE}'")
    kept = [pair for pair in pairs if pair.random.openml_id not in RESERVED_OPENML_IDS]
    if not kept:
        raise InputError("--pairs: all data sets are reserved")
    return kept


def make_pair_tasks(pair: Pair, cuts: Sequence[str]) -> list[PairTask]:
    """Cut both curves of a pair at the same label counts; see `planner.backtest.tasks.make_tasks`."""
    found = []
    for random in make_tasks(pair.random, cuts):
        seen, ahead = (np.searchsorted(pair.random.labels, at) for at in (random.labels, random.ahead_labels))
        strategy = Task(pair.strategy, random.cut, *_at(pair.strategy, seen), *_at(pair.strategy, ahead))
        found.append(
            PairTask(
                pair, random, strategy, pair.gap_standard_error[seen], pair.gap[ahead], pair.gap_standard_error[ahead]
            )
        )
    return found


def _at(curve: Curve, where: np.ndarray[tuple[int], np.dtype[np.intp]]) -> tuple[FloatArray, FloatArray, FloatArray]:
    return curve.labels[where], curve.error[where], curve.standard_error[where]


def _family(rows: pd.DataFrame) -> list[Pair]:
    tables = {str(name): seed_table(part) for name, part in rows.groupby("strategy", sort=True)}
    if BASELINE not in tables:
        return []
    pairs = (_pair(rows, tables[BASELINE], name, table) for name, table in tables.items() if name != BASELINE)
    return [pair for pair in pairs if pair is not None]


def _pair(rows: pd.DataFrame, random: pd.DataFrame, name: str, strategy: pd.DataFrame) -> Pair | None:
    seeds = random.index.intersection(strategy.index)
    labels = random.columns.intersection(strategy.columns)
    both = pd.concat([random.loc[seeds, labels], strategy.loc[seeds, labels]])
    shared = both.dropna(axis="columns").columns
    if seeds.empty or shared.empty:
        return None
    gap = strategy.loc[seeds, shared].to_numpy(dtype=float) - random.loc[seeds, shared].to_numpy(dtype=float)
    curves = [
        one_curve(rows[rows["strategy"] == which], values.loc[seeds, shared])
        for which, values in ((BASELINE, random), (name, strategy))
    ]
    return Pair(curves[0], curves[1], mean_and_standard_error(gap)[1])
