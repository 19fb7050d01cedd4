"""Which curves a backtest looks at: data sets that are set aside, and samples of the others."""

from dataclasses import replace

from planner.backtest import curves
from planner.backtest.curves import CurveSet
from simulations.errors import InputError

RECORDED_OPENML_IDS = {
    "digits": 28,
    "letter": 6,
    "penbased": 32,
    "satimage": 182,
    "page-blocks": 30,
    "magic": 1120,
    "kr-vs-k": 184,
}
"""What OpenML calls the tables that were recorded, so that a reserved one is known for what it is."""

RESERVED_OPENML_IDS = frozenset(
    {15, 21, 22, 29, 30, 36, 50, 54, 151, 181, 346, 351, 446, 718, 720, 735, 743, 751, 752, 797, 803, 845, 846, 871}
    | {901, 930, 934, 953, 959, 962, 980, 1049, 1067, 1086, 1088, 1119, 1138, 1461, 1464, 1477, 1486, 1515, 4541}
    | {23512, 40498, 40971, 40981, 40984, 41144, 41146, 41167, 41169, 42809}
)
"""Data sets that nothing was ever learnt from or chosen on, so that a report on them is a test."""


def read_recorded_curves(metric: str | None = None) -> CurveSet:
    """Read the curves that are shipped with the package, each with what OpenML calls its data set.

    Raises:
        InputError: the installation has none, or they hold no value of the metric.
    """
    recorded = curves.read_recorded_curves(metric)
    known = [replace(curve, openml_id=RECORDED_OPENML_IDS.get(curve.group)) for curve in recorded.curves]
    return replace(recorded, curves=known)


def choose_curves(source: CurveSet, *, reserved: bool = False, sample: int | None = None) -> CurveSet:
    """Keep the curves that a backtest looks at, in the order of their data sets and names, with notes on the others.

    Those of data sets with a reserved OpenML id are left out, or kept alone; see `sample_curves` for a sample.

    Raises:
        InputError: no curve is left.
    """
    chosen = [curve for curve in source.curves if (curve.openml_id in RESERVED_OPENML_IDS) == reserved]
    if not chosen:
        raise InputError(f"{source.title}: {_why_nothing_left(source, reserved)}")
    notes = source.notes
    left_out = len({curve.group for curve in source.curves}) - len({curve.group for curve in chosen})
    if left_out:
        which = "other than the reserved ones" if reserved else "with reserved OpenML ids"
        sets = "data set" if left_out == 1 else "data sets"
        notes = (*notes, f"{left_out:,} {sets} {which} {'is' if left_out == 1 else 'are'} left out.")
    return curves.sample_curves(CurveSet(source.title, chosen, notes), sample)


def _why_nothing_left(source: CurveSet, reserved: bool) -> str:
    if not source.curves:
        return "there is no curve to test a forecast on"
    if reserved:
        return "none of the data sets carries a reserved OpenML id; leave out --reserved"
    return "all data sets are reserved ones; 'python -m research.backtest --reserved' tests on them, in a checkout"
