"""What a pilot tells in each draw of the curves: how random goes on, and the gaps to it that were measured.

Of random, a likelihood of the measured points would take the draws' shapes for all the shapes there are, and see
further than any forecast does. So a pilot of n labels stands for the forecast made of it, of random's value at a label
count N. Its error is a measurement's, and that of reaching from n to N, which grows as ln(N ÷ n) at the rate that the
forecast was found to have (docs/forecast.md); beyond the furthest forecast allowed it tells nothing. Of a strategy, the
gap to random is read where it is measured: how savings go on from there is uncertain within the draws themselves, knot
by knot.

Values are read on the scale z = 2·arcsin √value, on which a fraction's noise does not depend on the fraction (Freeman &
Tukey 1950): a test set of T items has variance 1 ÷ T there.

Notation:
    S, Z    draws; sizes
    x       (S,)    ln of the clean labels that a label count stands for
"""

from collections.abc import Mapping

import numpy as np

from planner.arrays import Floats
from planner.costs import Quote
from planner.curves import TaskCurves
from planner.curves.beginning import MEASURED, before_first
from planner.curves.chance import chance_classes
from planner.curves.forecast import MAX_RATIO, SHORT_RATIO
from planner.curves.passage import read_path
from planner.decision.needs import Needs
from planner.decision.pilot.design import OCTAVES, PilotDesign
from planner.decision.pilot.weighing import Experiment
from planner.plan import Plan

SEED_SHARE = 0.03  # sd of one run ÷ √(e(1 − e)), as the forecast assumes (planner.curves.anchors)
SHARED_SHARE = 0.5  # of the test set's variance, common to all that is measured on it; from the same place
REACH_SD = 0.05
"""Of random's forecast, on the scale z, for each factor e beyond the last measurement.

The 80% intervals in docs/forecast.md, which hold 80%, are 3.0, 6.2 and 10.7 points wide at 2, 4 and 10 times: sds of
1.7 to 1.8 points a factor e, at values about 0.85, where a point is 0.028 of z.
"""

_AVERAGED = 3.0  # neighbouring label counts that a forecast in effect averages
_LEAST = 1e-9  # precision that stands for nothing known


def pilot_experiment(
    curves: TaskCurves,
    design: PilotDesign,
    *,
    at: float,
    test_labels: float,
    worth: Mapping[str, Floats] | None = None,
    chance: float = 0.0,
) -> Experiment:
    """Say what forecasts from pilots would read in each draw.

    Args:
        curves: joint draws of random and the strategies.
        design: the pilots.
        at: label count N at which random is forecast, such as its usual need.
        test_labels: items of the test set.
        worth: strategy -> clean labels that a bought label counts for, (S,) or (1,); 1 when not given.
        chance: value of the metric by guessing, below which no reading falls.
    """

    def read(name: str, count: float) -> Floats:
        return to_scale(value_at(curves, name, _clean(count, worth, name), chance=chance))

    gaps = [(name, count) for name, count in design.arms() if name != "random"]
    # A larger pilot repeats the smaller one's forecast and adds to its precision.
    told = np.maximum.accumulate([_precision(design, size, at, test_labels) for size in design.sizes])
    level = 1.0 / np.maximum(np.diff(told, prepend=0.0), _LEAST)
    gap = np.full(len(gaps), measurement_variance(test_labels, gap=True, averaged=1.0))
    stage = np.array([*range(len(design.sizes)), *(design.stage(count) for _, count in gaps)])
    readings = np.column_stack(
        [*[read("random", at)] * len(design.sizes), *(read(name, n) - read("random", n) for name, n in gaps)]
    )
    order = np.argsort(stage, kind="stable")
    noise = np.diag(np.concatenate([level, gap])[order])
    return Experiment(readings[:, order], noise, stage[order], len(design.sizes))


def _precision(design: PilotDesign, size: int, at: float, test_labels: float) -> float:
    """Give one over the variance of random's forecast at a label count from a pilot of one size."""
    ratio = at / size
    wide = design.initial == 0 or size >= OCTAVES * design.initial
    if ratio > (MAX_RATIO if wide else SHORT_RATIO):
        return 0.0
    reach = REACH_SD * np.log(max(ratio, 1.0))
    return float(1.0 / (measurement_variance(test_labels) + reach**2))


def measurement_variance(
    test_labels: float, *, gap: bool = False, same_test: bool = False, averaged: float = _AVERAGED
) -> float:
    """Give the variance of a measured value, or of a gap between two measured on the same items, on the scale z.

    Args:
        test_labels: items of the test set.
        gap: whether it is a gap, in which the luck that items have in common drops out.
        same_test: whether that luck is known from earlier measurements.
        averaged: label counts averaged; luck in common does not average out.
    """
    own = (SEED_SHARE**2 + (1.0 - SHARED_SHARE) / test_labels) / averaged
    common = 0.0 if same_test else SHARED_SHARE / test_labels
    return 2.0 * own if gap else own + common


def delivered_worth(plan: Plan, found: Needs, vendor: int) -> dict[str, Floats]:
    """Give the clean labels that one of a vendor's labels counts for, by strategy, (S,) or (1,)."""
    quote = Quote.of(plan, found.values, vendor)
    return {name: found.worth.of(name, quote) for name in found.curves.strategies}


def chance_value(plan: Plan) -> float:
    """Give the plan's metric by guessing; 0 where it is not 1 ÷ classes."""
    classes = chance_classes(plan.task.metric, round(plan.task.classes.median))
    return 0.0 if classes is None else 1.0 / classes


def expected_values(
    curves: TaskCurves, design: PilotDesign, *, worth: Mapping[str, Floats] | None = None, chance: float = 0.0
) -> Floats:
    """Give the value of the metric that each draw has at each measurement of the design, (S, M); see there for arms."""
    found = [value_at(curves, name, _clean(count, worth, name), chance=chance) for name, count in design.arms()]
    values: Floats = np.stack(found, axis=1)
    return values


def _clean(count: float, worth: Mapping[str, Floats] | None, name: str) -> Floats:
    x: Floats = np.log(count * (worth[name] if worth is not None else np.ones(1)))
    return x


def to_scale(value: Floats) -> Floats:
    """Put fractions on the scale of constant noise."""
    z: Floats = 2.0 * np.arcsin(np.sqrt(np.clip(value, 0.0, 1.0)))
    return z


def value_at(curves: TaskCurves, name: str, x: Floats, *, chance: float = 0.0) -> Floats:
    """Read one strategy's value in hand at ln labels of each draw's own, (S,).

    Before random's first point its error goes back as `planner.curves.beginning` says, at most to guessing; curves with
    points that lead up to it hold that already. What a strategy has there random has with more labels or fewer; where
    that is not known all are random labelling.

    Args:
        curves: joint draws.
        name: the strategy.
        x: (S,) or (1,).
        chance: value by guessing.
    """
    s = curves.strategies.index(name)
    if s and curves.smooth:
        return value_at(curves, curves.strategies[0], curves.equivalent_of(name, x), chance=chance)
    axis, x = curves.log_labels[s], np.broadcast_to(x, curves.n_draws)
    read = read_path(curves.best[s], axis, x)
    before = x < axis[:, 0]
    if curves.lead or not before.any():
        return read
    earlier = before_first(curves.best[0], curves.log_labels[0], x[:, None], MEASURED, 1.0 - chance)[:, 0]
    value: Floats = np.where(before, earlier, read)
    return value
