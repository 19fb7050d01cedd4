"""Every strategy of a curve table against random and against every other, one family of comparisons at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from planner.curves.area import Scale, area_under_curve
from planner.curves.power import seeds_needed
from planner.curves.statistics import PairedDifference, PairedTest, holm, paired_difference
from planner.errors import InputError

__all__ = ["FAMILY_KEYS", "StrategyComparison", "compare_strategies"]

FAMILY_KEYS = ("dataset", "learner", "batch_size", "initial_size", "metric")
"""What a family shares: its comparisons are corrected together, and only its curves are pairs."""

BASELINE = "random"

Curves = Mapping[int, "pd.Series[float]"]


@dataclass(frozen=True, slots=True)
class StrategyComparison:
    """One strategy against another within a family.

    Attributes:
        dataset: with `learner`, `batch_size`, `initial_size` (None where the table has none) and `metric`, the family.
        strategy: the first strategy; `against` is the second.
        labels_from: the areas compared begin at this label count, the first that all paired curves cover.
        labels_to: and end at this one, the last; both None without a shared one.
        area: mean area of `strategy` over the pairs, in the metric's unit; `area_against` likewise.
        paired: difference, 80% interval, p-value, and the seeds without a partner.
        p_holm: the p-value corrected for all comparisons of the family.
        seeds_needed: pairs for 80% power at this difference; None with a `reason`.
        reason: why something is None.
        notes: what a reader should know about the curves compared.
    """

    dataset: str
    learner: str
    batch_size: int
    initial_size: int | None
    metric: str
    strategy: str
    against: str
    labels_from: int | None
    labels_to: int | None
    area: float | None
    area_against: float | None
    paired: PairedDifference
    p_holm: float | None
    seeds_needed: int | None
    reason: str | None
    notes: tuple[str, ...]

    @property
    def family(self) -> tuple[object, ...]:
        """The values of `FAMILY_KEYS`."""
        return tuple(getattr(self, key) for key in FAMILY_KEYS)

    def to_dict(self) -> dict[str, Any]:
        """Give a flat, JSON-ready dictionary; seeds without a partner are `only_strategy` and `only_against`."""
        flat = {name: cell for name, cell in asdict(self).items() if name not in ("paired", "notes")}
        paired = asdict(self.paired)
        only = {"only_strategy": paired.pop("only_first"), "only_against": paired.pop("only_second")}
        lists = {**only, "notes": self.notes}
        return {**flat, **paired, **{name: list(cells) for name, cells in lists.items()}}


def compare_strategies(
    table: pd.DataFrame, *, scale: Scale = "log", test: PairedTest = "t"
) -> tuple[StrategyComparison, ...]:
    """Compare the strategies of a validated table, family by family, by the area under their curves.

    Within a family every strategy stands against random first, then against every other. A p-value speaks of other
    seeds on the same data set; what holds over data sets is for `win_matrices` to say. Where a family has no random,
    each strategy still has its line against it, without a difference and with the reason.

    Args:
        table: from `read_curves` or `validate_curves`.
        scale: axis of the area, see `area_under_curve`.
        test: see `paired_difference`.

    Raises:
        InputError: no family holds two strategies.
    """
    keys = [key for key in FAMILY_KEYS if key in table.columns]
    families = list(table.groupby(keys, sort=True))
    if not any(family["strategy"].nunique() > 1 for _, family in families):
        found = ", ".join(sorted(set(table["strategy"])))
        allowed = "two or more strategies with the same data set, learner, batch size, initial size and metric"
        raise InputError(f"comparison: found nothing to compare (strategies: {found}); allowed: {allowed}")
    made: list[StrategyComparison] = []
    for values, family in families:
        identity = {**dict.fromkeys(FAMILY_KEYS), **dict(zip(keys, map(_plain, values), strict=True))}
        rows = list(_compare_family(family, identity, scale, test))
        corrected = holm([row.paired.p_value for row in rows])
        made.extend(replace(row, p_holm=p) for row, p in zip(rows, corrected, strict=True))
    return tuple(made)


def _compare_family(
    family: pd.DataFrame, identity: Mapping[str, Any], scale: Scale, test: PairedTest
) -> Iterator[StrategyComparison]:
    names = sorted(set(family["strategy"]) - {BASELINE})
    curves: dict[str, Curves] = {name: _by_seed(family[family["strategy"] == name]) for name in (*names, BASELINE)}
    repeated = set(family.loc[family.duplicated(["strategy", "seed", "labels"]), "strategy"])
    for pair in [*((name, BASELINE) for name in names), *combinations(names, 2)]:
        first, second = (curves[name] for name in pair)
        compared = _compare(first, second, scale, test)
        if not second:
            compared["reason"] = f"no curve of {BASELINE} stands beside it"
        averaged = (f"several values of {name} at one seed and label count are averaged" for name in pair)
        notes = [note for name, note in zip(pair, averaged, strict=True) if name in repeated]
        compared["notes"] = (*notes, *compared["notes"])
        yield StrategyComparison(**identity, strategy=pair[0], against=pair[1], **compared)


def _compare(first: Curves, second: Curves, scale: Scale, test: PairedTest) -> dict[str, Any]:
    """Compare two strategies' curves over the labels that all paired ones cover."""
    both = sorted(first.keys() & second.keys())
    only = tuple(sorted(first.keys() - second.keys())), tuple(sorted(second.keys() - first.keys()))
    found: dict[str, Any] = dict.fromkeys(("labels_from", "labels_to", "area", "area_against", "p_holm"))
    found.update(paired=PairedDifference(len(both), *only), seeds_needed=None, notes=())
    if not both:
        return {**found, "reason": "the two share no seed"}
    low, high, lowest, highest = _covered([curves[seed] for seed in both for curves in (first, second)])
    if low > high:
        return {**found, "reason": "the paired curves share no range of labels"}
    areas = [{seed: _area(curves[seed], scale, low, high) for seed in both} for curves in (first, second)]
    paired = replace(paired_difference(*areas, test=test), only_first=only[0], only_second=only[1])
    assert paired.difference is not None  # there is a pair
    needed, reason = seeds_needed(paired.difference, paired.sd, paired.pairs)
    if (low, high) != (lowest, highest):
        found["notes"] = (f"compared from {low:,} to {high:,} labels only, which all paired curves cover",)
    area, area_against = (sum(one.values()) / len(both) for one in areas)
    found.update(labels_from=low, labels_to=high, area=area, area_against=area_against)
    return {**found, "paired": paired, "seeds_needed": needed, "reason": reason}


def _covered(curves: "list[pd.Series[float]]") -> tuple[int, int, int, int]:
    """Give the ends of the labels that all curves cover, and of those that any does."""
    starts, ends = [int(curve.index[0]) for curve in curves], [int(curve.index[-1]) for curve in curves]
    return max(starts), min(ends), min(starts), max(ends)


def _area(curve: "pd.Series[float]", scale: Scale, low: int, high: int) -> float:
    labels, values = (np.asarray(axis, dtype=np.float64) for axis in (curve.index, curve))
    return area_under_curve(labels, values, scale=scale, start=low, end=high)


def _by_seed(rows: pd.DataFrame) -> Curves:
    """Give each seed's curve, label count → value, labels rising."""
    return {int(str(seed)): curve.groupby("labels")["value"].mean() for seed, curve in rows.groupby("seed")}


def _plain(cell: Any) -> Any:
    """Give a Python scalar, which JSON can hold, for a numpy one."""
    return cell.item() if hasattr(cell, "item") else cell
