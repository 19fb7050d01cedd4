"""T1 and T17: what margin sampling saves, on two look-alike digits and with one model in place of another."""

import math

import numpy as np

from planner.curves.label_savings import LabelSavings, label_savings
from research.findings.curves import NotRecordedError, RecordedCurves
from research.findings.estimates import height_gap, share_of_sets
from research.findings.finding import Measured
from research.findings.part import Figure, Part
from research.findings.rules import RULES

__all__ = ["forest_beside_linear", "two_digits"]

_AT = 100
_ALIKE = ("linear", "forest")


def two_digits(curves: RecordedCurves) -> Measured:
    """T1: margin's savings factor at what random has after 100 labels, threes against fives."""
    name = curves.named("threes-and-fives")
    curves.of(name, "margin", 5, 10)
    rows = curves.rows[curves.rows["dataset"] == name]
    found = next(one for one in label_savings(rows, at=[_AT]) if one.strategy == "margin" and one.at == _AT)
    ends = None if found.p_never is None else (found.q10, found.q90)
    parts = tuple(Part(figure, found.factor, ends) for figure in RULES["T1"].figures.values())
    note = f"Images of 8×8 pixels, not MNIST's 28×28, and a pool of {int(rows['pool_size'].iloc[0]):,}."
    return Measured(parts, (name,), found.pairs, note)


def forest_beside_linear(curves: RecordedCurves) -> Measured:
    """T17's neighbour: how a linear head's savings factor and a forest's differ on the same pools.

    The finding itself is about small heads and networks trained end to end, which no recorded run holds.
    """
    pairs = _both(curves)
    logs = {name: math.log(a.factor / b.factor) for name, (a, b) in pairs.items() if a.factor and b.factor}
    if len(logs) < 3:
        raise NotRecordedError("Missing: random and margin with the linear and the forest learner on three data sets.")
    signs = {name: _sign(curves, a) == _sign(curves, b) for name, (a, b) in pairs.items()}
    parts = (
        _spread(RULES["T17"]["spread"], logs),
        share_of_sets(RULES["T17"]["signs"], signs),
    )
    note = (
        "An assumption that the planner states and widens by, not one it can show: models trained end to end are not "
        f"recorded. The figures are of a linear head in place of a forest, on the {len(logs)} of {len(pairs)} data "
        "sets where both factors are numbers; noise over seeds is in them."
    )
    seeds = min(one.pairs for pair in pairs.values() for one in pair)
    return Measured(parts, tuple(pairs), seeds, note)


def _both(curves: RecordedCurves) -> dict[str, tuple[LabelSavings, LabelSavings]]:
    """Give margin's savings at random's last count with either learner, where both ran on one schedule."""
    rows = curves.rows
    forest = rows[rows["learner"] == "forest"][["dataset", "batch_size", "initial_size"]].drop_duplicates()
    found = label_savings(rows.merge(forest)) if len(forest) else ()
    ends = {(one.dataset, one.learner): one for one in found if one.strategy == "margin" and one.share == 1}
    names = sorted({name for name, _ in ends})
    linear, other = _ALIKE
    return {
        name: (ends[name, linear], ends[name, other])
        for name in names
        if (name, linear) in ends and (name, other) in ends
    }


def _sign(curves: RecordedCurves, one: LabelSavings) -> bool:
    """Tell whether margin's curve is higher than random's, over log labels."""
    schedule = (one.batch_size, one.initial_size or 0, one.learner)
    gap = height_gap(curves.of(one.dataset, "margin", *schedule), curves.of(one.dataset, "random", *schedule))
    return float(gap.mean()) > 0


def _spread(about: Figure, logs: dict[str, float]) -> Part:
    """Give a standard deviation over data sets with the interval of a normal law (chi square)."""
    from scipy.stats import chi2

    freedom = len(logs) - 1
    sd = float(np.std([*logs.values()], ddof=1))
    low, high = (sd * math.sqrt(freedom / float(chi2.ppf(p, freedom))) for p in (0.9, 0.1))
    return Part(about, sd, (low, high), tuple(logs.items()))
