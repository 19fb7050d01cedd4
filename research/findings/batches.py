"""T3, T6, T11 and T13: what the size of a batch does to core-set, to margin and to the least confident.

Random draws follow the same law in batches of any size, so where one strategy is compared with itself in two sizes
random is left out, and its noise with it.
"""

import pandas as pd

from research.findings.curves import RecordedCurves
from research.findings.estimates import PerSeed, height_gap, mean_over_seeds
from research.findings.finding import Measured
from research.findings.part import above, below, within

__all__ = ["batch_size_of_margin", "coreset_in_batches", "crossing_of_uncertainty", "one_query_or_fifty"]

_PLAIN = ("digits", "optdigits", "synthetic-balanced")
_REDUNDANT = ("synthetic-redundant", "synthetic-redundant [duplicate_share=0.34]")
_SHARED = (70, 120, 170, 220)
"""Label counts that batches of 1 and of 50 after 20 labels both measure."""

_LARGE = {"optdigits": 20, "penbased": 20, "satimage": 20, "letter": 40}
"""Initial size where batches are of 100."""

_POINT = 0.01


def coreset_in_batches(curves: RecordedCurves) -> Measured:
    """T3: greedy core-set in batches of 100 against batches of 10, and against random.

    Published for a network that learns its features anew each round, so that is what is judged; on fixed features the
    items picked are the same whatever the batch.
    """
    deep = _core_sets(curves, ("optdigits",), "coreset_deep", "mlp")
    fixed = _core_sets(curves, ("optdigits", "satimage"), "coreset", "linear")
    small = {name: height_gap(ten, random, 200) for name, (ten, _, random) in deep.items()}
    parts = (
        mean_over_seeds(
            "core-set of a network: batches of 100 − batches of 10, above 0", "points", _growth(deep), above(0.0)
        ),
        mean_over_seeds(
            "core-set of a network − random in batches of 10, within a point of 0",
            "points",
            small,
            within(-_POINT, _POINT),
        ),
        mean_over_seeds("core-set on fixed features: batches of 100 − batches of 10", "points", _growth(fixed)),
    )
    note = "Random stands beside batches of 10 with its own of 100, whose law is the same."
    return Measured(parts, tuple(deep), _fewest(_growth(deep), small), note)


def one_query_or_fifty(curves: RecordedCurves) -> Measured:
    """T6: the sign of margin − random on pools with near-copies, one query at a time and fifty at once."""
    one, fifty = _gain(curves, _REDUNDANT, 1), _gain(curves, _REDUNDANT, 50)
    parts = (
        mean_over_seeds("margin − random, fifty queries at once, below 0", "points", fifty, below(0.0)),
        mean_over_seeds("margin − random, one query at a time, above 0", "points", one, above(0.0)),
    )
    note = "USPS is not to be had here; these are generated pools with many near-copies of items."
    return Measured(parts, _REDUNDANT, _fewest(one, fifty), note)


def batch_size_of_margin(curves: RecordedCurves) -> Measured:
    """T13: what margin loses in batches of 50 against one query at a time, on plain pools and on redundant ones."""
    plain, redundant = _loss(curves, _PLAIN), _loss(curves, _REDUNDANT)
    parts = (
        mean_over_seeds(
            "margin on plain pools: batches of 50 − single queries, within a point of 0",
            "points",
            plain,
            within(-_POINT, _POINT),
        ),
        mean_over_seeds(
            "margin on redundant pools: batches of 50 − single queries, below −1 point",
            "points",
            redundant,
            below(-_POINT),
        ),
    )
    return Measured(parts, (*_PLAIN, *_REDUNDANT), _fewest(plain, redundant))


def crossing_of_uncertainty(curves: RecordedCurves) -> Measured:
    """T11: least confident − random after the first batch of 100 and after the tenth."""
    gains = {
        name: curves.of(name, "least_confidence", 100, first) - curves.of(name, "random", 100, first)
        for name, first in _LARGE.items()
    }
    early = {name: gain[_LARGE[name] + 100].dropna() for name, gain in gains.items()}
    late = {name: gain[_LARGE[name] + 1000].dropna() for name, gain in gains.items()}
    parts = (
        mean_over_seeds("least confident − random after one batch of 100, below 0", "points", early, below(0.0)),
        mean_over_seeds("least confident − random after ten batches of 100, above 0", "points", late, above(0.0)),
    )
    return Measured(parts, tuple(_LARGE), _fewest(early, late))


def _core_sets(
    curves: RecordedCurves, names: tuple[str, ...], strategy: str, learner: str
) -> dict[str, list[pd.DataFrame]]:
    """Give core-set in batches of 10 and of 100, and random in batches of 100, from 100 labels on."""
    asked = ((strategy, 10), (strategy, 100), ("random", 100))
    return {name: [curves.of(name, what, batch, 100, learner) for what, batch in asked] for name in names}


def _growth(core_sets: dict[str, list[pd.DataFrame]]) -> dict[str, "pd.Series[float]"]:
    return {name: height_gap(hundred, ten, 200) for name, (ten, hundred, _) in core_sets.items()}


def _gain(curves: RecordedCurves, names: tuple[str, ...], batch: int) -> dict[str, "pd.Series[float]"]:
    """Give margin − random in batches of one size, at the counts that all sizes measure."""
    every = {name: _at_shared(curves, name, "margin", batch) for name in names}
    return {name: height_gap(margin, _at_shared(curves, name, "random", batch)) for name, margin in every.items()}


def _loss(curves: RecordedCurves, names: tuple[str, ...]) -> dict[str, "pd.Series[float]"]:
    """Give margin in batches of 50 − margin one query at a time."""
    fifty, one = ({name: _at_shared(curves, name, "margin", batch) for name in names} for batch in (50, 1))
    return {name: height_gap(fifty[name], one[name]) for name in names}


def _at_shared(curves: RecordedCurves, name: str, strategy: str, batch: int) -> pd.DataFrame:
    values = curves.of(name, strategy, batch, 20)
    return values[[count for count in _SHARED if count in values.columns]]


def _fewest(*figures: PerSeed) -> int:
    return min(len(series) for one in figures for series in one.values())
