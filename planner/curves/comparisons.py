"""Every strategy of a curve table against random and against every other, one family of comparisons at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

import pandas as pd

from planner.curves.area import Scale, area_under_curve
from planner.curves.power import seeds_needed
from planner.curves.replicates import BASELINE, FAMILY_KEYS, Replicates, check_covered, families
from planner.curves.statistics import PairedDifference, PairedTest, holm, paired_difference
from simulations.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One strategy against another within a family, whatever is compared.

    Attributes:
        dataset: with `learner`, `batch_size`, `initial_size` (None where the table has none) and `metric`, the family.
        strategy: the first strategy; `against` is the second.
        paired: difference, 80% interval, p-value, and the seeds without a partner.
        p_holm: the p-value corrected for several comparisons.
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
    paired: PairedDifference
    p_holm: float | None = None
    seeds_needed: int | None = None
    reason: str | None = None
    notes: tuple[str, ...] = ()

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


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyComparison(Comparison):
    """One strategy against another by the area under their curves; `p_holm` is corrected over the family.

    Attributes:
        labels_from: the areas compared begin at this label count, the first that all paired curves cover.
        labels_to: and end at this one, the last; both None without a shared one.
        area: mean area of `strategy` over the pairs, in the metric's unit; `area_against` likewise.
    """

    labels_from: int | None = None
    labels_to: int | None = None
    area: float | None = None
    area_against: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountComparison(Comparison):
    """One strategy against another by their values at one label count; `p_holm` is corrected over all of one call.

    Attributes:
        labels: the label count.
        value: mean value of `strategy` there over the pairs, read on straight lines between rounds.
        value_against: likewise of `against`.
    """

    labels: int
    value: float | None = None
    value_against: float | None = None


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
    made: list[StrategyComparison] = []
    for identity, curves in _comparable(table):
        rows = [
            StrategyComparison(**identity, **names, **compare_areas(*pair, scale=scale, test=test))
            for names, pair in _pairs(curves)
        ]
        corrected = holm([row.paired.p_value for row in rows])
        made.extend(replace(row, p_holm=p) for row, p in zip(rows, corrected, strict=True))
    return tuple(made)


def compare_at(table: pd.DataFrame, at: Sequence[int], *, test: PairedTest = "t") -> tuple[CountComparison, ...]:
    """Compare the strategies of a validated table by their values at label counts named beforehand.

    The same pairs as `compare_strategies`, count by count. Holm's correction runs over all tests of the call, since
    whoever asks at many counts on many data sets has as many chances of a false claim.

    Args:
        table: from `read_curves` or `validate_curves`.
        at: label counts; a count given twice is one.
        test: see `paired_difference`.

    Raises:
        InputError: no family holds two strategies, or a count lies outside what one of the curves covers.
    """
    rows = [
        CountComparison(**identity, **names, labels=labels, **_compare_values(*pair, labels, test))
        for identity, curves in _comparable(table, at)
        for names, pair in _pairs(curves)
        for labels in sorted(set(at))
    ]
    corrected = holm([row.paired.p_value for row in rows])
    return tuple(replace(row, p_holm=p) for row, p in zip(rows, corrected, strict=True))


def compare_areas(
    first: Replicates, second: Replicates, *, scale: Scale = "log", test: PairedTest = "t"
) -> dict[str, Any]:
    """Compare the areas of two curves over the labels that all paired seeds cover: the fields of a comparison."""
    found, (one, other) = _paired(first, second)
    if "reason" in found:
        return found
    covered = [curves.ends for curves in (one, other) if curves.ends is not None]
    low, high = max((ends[0] for ends in covered), default=0), min((ends[1] for ends in covered), default=0)
    if len(covered) < 2 or low > high:
        return {**found, "reason": "the paired curves share no range of labels"}
    areas = [
        {seed: area_under_curve(*curve, scale=scale, start=low, end=high) for seed, curve in curves.curves.items()}
        for curves in (one, other)
    ]
    measured = [labels for curves in (one, other) for labels, _ in curves.curves.values()]
    if (low, high) != (min(labels[0] for labels in measured), max(labels[-1] for labels in measured)):
        note = f"compared from {low:,} to {high:,} labels only, which all paired curves cover"
        found["notes"] = (*found["notes"], note)
    area, area_against = (sum(values.values()) / len(values) for values in areas)
    found.update(labels_from=low, labels_to=high, area=area, area_against=area_against)
    return {**found, **_tested(areas[0], areas[1], found["paired"], test)}


def _compare_values(first: Replicates, second: Replicates, labels: int, test: PairedTest) -> dict[str, Any]:
    found, (one, other) = _paired(first, second)
    if "reason" in found:
        return found
    values, against = one.at(labels), other.at(labels)
    found.update(value=sum(values.values()) / len(values), value_against=sum(against.values()) / len(against))
    return {**found, **_tested(values, against, found["paired"], test)}


def _paired(first: Replicates, second: Replicates) -> tuple[dict[str, Any], tuple[Replicates, Replicates]]:
    """Keep the seeds that both have, and say which those are and what else is known before any test."""
    both = sorted(first.curves.keys() & second.curves.keys())
    only = tuple(sorted(first.curves.keys() - both)), tuple(sorted(second.curves.keys() - both))
    notes = [
        f"several values of {one.name} at one seed and label count are averaged"
        for one in (first, second)
        if one.repeated
    ]
    found: dict[str, Any] = {"paired": PairedDifference(len(both), *only), "notes": tuple(notes)}
    if not second.curves:
        found["reason"] = f"no curve of {second.name} stands beside it"
    elif not both:
        found["reason"] = "the two share no seed"
    return found, (first.of(both), second.of(both))


def _tested(
    first: Mapping[int, float], second: Mapping[int, float], known: PairedDifference, test: PairedTest
) -> dict[str, Any]:
    paired = replace(
        paired_difference(first, second, test=test), only_first=known.only_first, only_second=known.only_second
    )
    assert paired.difference is not None  # there is a pair
    needed, reason = seeds_needed(paired.difference, paired.sd, paired.pairs)
    return {"paired": paired, "seeds_needed": needed, "reason": reason}


def _comparable(table: pd.DataFrame, at: Sequence[int] = ()) -> list[tuple[dict[str, Any], dict[str, Replicates]]]:
    """Give the families, refusing a table without two strategies in one of them, and counts that were not measured."""
    found = list(families(table))
    if not any(len(curves) > 1 for _, curves in found):
        names = ", ".join(sorted(set(table["strategy"])))
        allowed = "two or more strategies with the same data set, learner, batch size, initial size and metric"
        raise InputError(f"comparison: found nothing to compare (strategies: {names}); allowed: {allowed}")
    for identity, curves in found:
        for curve in curves.values():
            check_covered(at, curve, identity)
    return found


def _pairs(curves: Mapping[str, Replicates]) -> Iterator[tuple[dict[str, Any], tuple[Replicates, Replicates]]]:
    """Give each strategy with random first, then all others with one another."""
    names = [name for name in curves if name != BASELINE]
    for pair in [*((name, BASELINE) for name in names), *combinations(names, 2)]:
        first, second = (curves.get(name, Replicates(name, {})) for name in pair)
        yield {"strategy": first.name, "against": second.name}, (first, second)
