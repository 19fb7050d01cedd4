"""T2 and T16: how margin's gain starts at nothing and grows, and how often three seeds see the wrong sign of it.

Notation: S seeds; d (S,) margin − random, one a seed; D data sets.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from planner.curves.comparisons import seeds_needed
from planner.render.numbers import in_points
from research.findings.curves import NotRecordedError, RecordedCurves
from research.findings.estimates import mean_over_seeds, resampled
from research.findings.finding import Measured
from research.findings.part import Part
from research.findings.rules import RULES
from simulations.arrays import Counts, Floats

__all__ = ["gain_grows", "three_seeds"]


SETS = ("bbc", "snips", "solar-cells")
"""Embeddings of texts and of images by networks that were trained on other data."""

_RAW = ("digits", "optdigits", "penbased")
_BATCH, _SMALL, _FIRST = 50, 10, 10
_COUNTS = (60, 110, 260)
_TRIPLES = 2_000


def gain_grows(curves: RecordedCurves) -> Measured:
    """T2: margin − random at 60, 110 and 260 labels in batches of 50, and how far seeds lie apart."""
    rule = RULES["T2"]
    gains = {count: _gains(curves, count) for count in _COUNTS}
    growth = {name: gains[260][name] - gains[60][name] for name in SETS}
    figures = {"110": gains[110], "260": gains[260], "growth": growth, "nothing": gains[60]}
    figures |= {"size 110": gains[110], "size 260": gains[260]}
    parts = [mean_over_seeds(rule[name], figure) for name, figure in figures.items()]
    parts.append(_spread_of_seeds(curves))
    parts += [mean_over_seeds(rule[f"pixels {count}"], _gains(curves, count, _RAW)) for count in (60, 260)]
    return Measured(tuple(parts), SETS, min(len(gain) for gain in gains[110].values()), _in_small_batches(curves))


def three_seeds(curves: RecordedCurves) -> Measured:
    """T16: the share of three-seed experiments whose mean has the other sign than all seeds together."""
    rule = RULES["T16"]
    few, many = (pd.DataFrame(_gains(curves, count)).dropna() for count in _COUNTS[:2])
    rows = np.concatenate([few.to_numpy(), many.to_numpy()], axis=1)
    figures: dict[str, Callable[[Floats], float]] = {
        "fewer": lambda both: _wrong(both[:, : len(SETS)]) - _wrong(both[:, len(SETS) :]),
        "60": lambda both: _wrong(both[:, : len(SETS)]),
        "110": lambda both: _wrong(both[:, len(SETS) :]),
    }
    parts = tuple(Part(rule[name], figure(rows), resampled(figure, rows, 200)) for name, figure in figures.items())
    needs = [
        f"{count} labels: {', '.join(f'{name} {_needed(gains[name].to_numpy())}' for name in SETS)}"
        for count, gains in zip(_COUNTS, (few, many), strict=False)
    ]
    note = f"Seeds that show the gain at the 5% level four times out of five, at {'; at '.join(needs)}."
    return Measured(parts, SETS, len(rows), note)


def _in_small_batches(curves: RecordedCurves) -> str:
    """Tell what margin gains in batches of a fifth of the size, where that was run."""
    try:
        gains = [pd.DataFrame(_gains(curves, count, batch=_SMALL)).mean() for count in _COUNTS[:2]]
    except NotRecordedError:
        return ""
    told = [f"{in_points(float(gain.mean()), 1)} points at {n} labels" for n, gain in zip(_COUNTS, gains, strict=False)]
    return f"In batches of {_SMALL} margin − random is {' and '.join(told)}."


def _gains(
    curves: RecordedCurves, count: int, names: tuple[str, ...] = SETS, batch: int = _BATCH
) -> dict[str, "pd.Series[float]"]:
    margin = {name: curves.of(name, "margin", batch, _FIRST) for name in names}
    random = {name: curves.of(name, "random", batch, _FIRST) for name in names}
    return {name: (margin[name][count] - random[name][count]).dropna() for name in names}


def _spread_of_seeds(curves: RecordedCurves) -> Part:
    """Average the standard deviation over seeds of both strategies at the three counts, over the data sets."""
    columns = [
        curves.of(name, strategy, _BATCH, _FIRST)[list(_COUNTS)].to_numpy()
        for name in SETS
        for strategy in ("margin", "random")
    ]
    values = np.concatenate(columns, axis=1)

    def mean_sd(rows: Floats) -> float:
        return float(rows.std(axis=0, ddof=1).mean())

    return Part(RULES["T2"]["spread"], mean_sd(values), resampled(mean_sd, values))


def _wrong(gains: Floats) -> float:
    """Give the share of triples whose mean has the other sign than the mean of all; a mean of 0 counts half.

    Args:
        gains: shape (S, D), d of each data set.
    """
    sign = np.sign(np.round(gains[_triples(len(gains))].mean(axis=1), 12)) * np.sign(gains.mean(axis=0))
    return float(((1 - sign) / 2).mean())


@cache
def _triples(seeds: int) -> Counts:
    """Draw three of the seeds again and again, the same in every resample: what differs is then the seeds in them."""
    return np.argsort(np.random.default_rng(0).random((_TRIPLES, seeds)), axis=1)[:, :3]


def _needed(gains: Floats) -> str:
    needed, _ = seeds_needed(float(gains.mean()), float(gains.std(ddof=1)), len(gains))
    return "no number" if needed is None else f"{needed:,}"
