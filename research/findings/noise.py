"""T9: wrong answers take from what margin saves.

Notation
    e    (K,) shares of wrong answers, centred
    G    (S, K) margin − random at each share, a row a seed
"""

import math

import numpy as np
import pandas as pd

from planner.curves.label_savings import label_savings
from research.backtest.score_tables import mean_estimate
from research.findings.curves import NotRecordedError, RecordedCurves, Schedule
from research.findings.estimates import height_gap, mean_over_seeds
from research.findings.finding import Measured
from research.findings.part import Part
from research.findings.rules import RULES
from simulations.curve_table import NOISE_COLUMN

__all__ = ["noise_takes_the_gain"]

_TENTH = 0.1


def noise_takes_the_gain(curves: RecordedCurves) -> Measured:
    """T9: margin's savings factor under wrong answers against that of clean ones, by data set.

    In points it is only told: under noise a point costs random more labels or fewer.
    """
    slopes, gains = {}, {}
    for one in curves.library():
        rates = {one[0]: 0.0} | _noisy(curves, one)
        if len(rates) > 2:
            G = pd.concat([_gain(curves, name, one) for name in rates], axis=1, keys=[*rates.values()]).dropna()
            e = np.array([*rates.values()]) - np.mean([*rates.values()])
            slopes[one[0]] = pd.Series(G.to_numpy() @ e / (e @ e) * _TENTH, index=G.index)
            gains[one[0]] = G.mean()
    if not slopes:
        raise NotRecordedError("Missing: random and margin at several shares of wrong answers.")
    parts = (_savings(curves, list(slopes)), mean_over_seeds(RULES["T9"]["points"], slopes))
    told = "; ".join(
        f"{name} {', '.join(f'{100 * gain:.1f} at {rate:.0%}'.replace('-', '−') for rate, gain in by_rate.items())}"
        for name, by_rate in gains.items()
    )
    note = f"Points that margin gains by share of wrong answers: {told}."
    return Measured(parts, tuple(slopes), min(len(slope) for slope in slopes.values()), note)


def _savings(curves: RecordedCurves, names: list[str]) -> Part:
    """Compare margin's savings factor at random's last count under the most wrong answers with that of clean ones.

    A factor of "never" is taken as 1, the most that it can be.
    """
    ratios = {}
    for one in (one for one in curves.library() if one[0] in names):
        clean, worst = (_factor(curves, (name, *one[1:])) for name in (one[0], [*_noisy(curves, one)][-1]))
        ratios[one[0]] = (worst or 1.0) / (clean or 1.0)
    about = RULES["T9"]["factor"]
    found = mean_estimate(np.log([*ratios.values()]))
    if found is None:
        return Part(about, None, None)
    ends = None if found.q10 is None or found.q90 is None else (math.exp(found.q10), math.exp(found.q90))
    return Part(about, math.exp(found.mean), ends, tuple(ratios.items()))


def _factor(curves: RecordedCurves, schedule: Schedule) -> float | None:
    rows, (name, batch, initial) = curves.rows, schedule
    alike = (rows["dataset"] == name) & (rows["batch_size"] == batch) & (rows["initial_size"] == initial)
    found = label_savings(rows[alike & rows["strategy"].isin(["random", "margin"]) & (rows["learner"] == "linear")])
    return next((one.factor for one in found if one.share == 1), None)


def _noisy(curves: RecordedCurves, schedule: Schedule) -> dict[str, float]:
    """Give the names under which the same data stand with wrong answers on this schedule, and their shares."""
    name, batch, initial = schedule
    rows = curves.rows
    alike = rows["dataset"].str.startswith(f"{name} [flip rate=") & (rows["batch_size"] == batch)
    found = rows[alike & (rows["initial_size"] == initial)].drop_duplicates("dataset").sort_values(NOISE_COLUMN)
    return {str(n): float(rate) for n, rate in zip(found["dataset"], found[NOISE_COLUMN], strict=True)}


def _gain(curves: RecordedCurves, name: str, schedule: Schedule) -> "pd.Series[float]":
    return height_gap(curves.of(name, "margin", *schedule[1:]), curves.of(name, "random", *schedule[1:]))
