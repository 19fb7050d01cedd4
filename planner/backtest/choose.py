"""Which curves are looked at: the reserved data sets stay aside, and samples are drawn by name, not by chance."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

from planner.backtest.curve import Curve, CurveSet
from simulations.errors import InputError

__all__ = ["RESERVED_OPENML_IDS", "choose_curves", "name_code", "name_hash"]

RESERVED_OPENML_IDS = frozenset(
    {15, 21, 22, 29, 30, 36, 50, 54, 151, 181, 346, 351, 446, 718, 720, 735, 743, 751, 752, 797, 803, 845, 846, 871}
    | {901, 930, 934, 953, 959, 962, 980, 1049, 1067, 1086, 1088, 1119, 1138, 1461, 1464, 1477, 1486, 1515, 4541}
    | {23512, 40498, 40971, 40981, 40984, 41144, 41146, 41167, 41169, 42809}
)
"""Data sets that nothing was ever learnt from or chosen on: what is reported on them is a test."""


def choose_curves(found: CurveSet, *, reserved: bool = False, sample: int | None = None) -> CurveSet:
    """Keep the curves that a backtest looks at.

    Args:
        found: all curves of a source.
        reserved: False leaves out the data sets with a reserved OpenML id; True keeps them alone.
        sample: curves a data set at most, those whose names hash lowest; None keeps all.

    Returns:
        The curves, in the order of their data sets and names, with notes on what was left out.

    Raises:
        InputError: no curve is left.
    """
    kept = [curve for curve in found.curves if (curve.openml_id in RESERVED_OPENML_IDS) == reserved]
    if not kept:
        raise InputError(f"{found.title}: {_nothing_left(found, reserved)}")
    notes = list(found.notes)
    aside = len({curve.group for curve in found.curves}) - len({curve.group for curve in kept})
    if aside:
        which = "other than the reserved ones" if reserved else "with reserved OpenML ids"
        notes.append(f"{_data_sets(aside)} {which} {'is' if aside == 1 else 'are'} left out.")
    if sample is not None:
        fewer = _sampled(kept, sample)
        if len(fewer) < len(kept):
            notes.append(f"A sample: at most {sample} of each data set's curves, {len(fewer):,} of {len(kept):,}.")
        kept = fewer
    return replace(found, curves=sorted(kept, key=lambda curve: (curve.group, curve.name)), notes=tuple(notes))


def name_hash(name: str) -> int:
    """Give a number that depends on the name alone: the same on every machine and in every process."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")


def name_code(group: str) -> str:
    """Give the short code under which a prior remembers a data set it was learned from."""
    return f"{name_hash(group) % 2**32:08x}"


def _sampled(curves: Sequence[Curve], most: int) -> list[Curve]:
    if most < 1:
        raise InputError(f"--sample: found {most}; allowed: at least 1 curve a data set")
    by_group: dict[str, list[Curve]] = defaultdict(list)
    for curve in curves:
        by_group[curve.group].append(curve)
    return [curve for group in by_group.values() for curve in sorted(group, key=_order)[:most]]


def _order(curve: Curve) -> tuple[int, str]:
    return name_hash(curve.name), curve.name


def _nothing_left(found: CurveSet, reserved: bool) -> str:
    if not found.curves:
        return "there is no curve to test a forecast on"
    if reserved:
        return "none of the data sets carries a reserved OpenML id; leave out --reserved"
    return "all data sets are reserved ones; 'python -m research.backtest --reserved' tests on them, in a checkout"


def _data_sets(count: int) -> str:
    return f"{count:,} data set{'' if count == 1 else 's'}"
