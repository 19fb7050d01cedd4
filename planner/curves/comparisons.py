"""Compare every strategy of a curve table with random and with every other, seeds as pairs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from planner.curves.replicates import BASELINE, FAMILY_KEYS, Replicates, check_covered, families
from planner.curves.statistics import ALPHA, PairedDifference, holm, paired_difference, seeds_needed
from simulations.arrays import Floats
from simulations.errors import InputError

MATRIX_KEYS = FAMILY_KEYS[1:]
"""What the data sets that are counted together share."""

_MIRRORED = {"wins": "losses", "losses": "wins", "ties": "ties", "unknown": "unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedComparison:
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

    def to_dict(self) -> dict[str, Any]:
        """Give a flat, JSON-ready dictionary; seeds without a partner are `only_strategy` and `only_against`."""
        flat = asdict(self)
        paired, notes = flat.pop("paired"), flat.pop("notes")
        only = {"only_strategy": paired.pop("only_first"), "only_against": paired.pop("only_second"), "notes": notes}
        return {**flat, **paired, **{name: list(cells) for name, cells in only.items()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyComparison(PairedComparison):
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
class CountComparison(PairedComparison):
    """One strategy against another by their values at one label count; `p_holm` is corrected over all of one call.

    Attributes:
        labels: the label count.
        value: mean value of `strategy` there over the pairs, read on straight lines between rounds.
        value_against: likewise of `against`.
    """

    labels: int
    value: float | None = None
    value_against: float | None = None


def area_under_curve(labels: Floats, values: Floats, start: float, end: float) -> float:
    """Give the mean height of a learning curve over log labels, by the trapezoid rule, between two label counts.

    Over log labels every doubling of the labels weighs the same. That is the axis on which label savings are a plain
    shift, and the one of the Active Learning Challenge (Guyon, Cawley, Dror & Lemaire 2011); over linear labels the
    flat tail of a long curve would hide what the first, dearest labels bring. Dividing by the width of the interval
    keeps the area in the metric's own unit, so a flat curve at 0.8 has the area 0.8.

    Args:
        labels: (M,) label counts of at least 1, strictly rising.
        values: (M,) the metric there.
        start: label count to begin at, within the curve.
        end: label count to stop at, likewise; where it equals `start`, the area is the value there.

    >>> round(area_under_curve(np.array([10, 20, 40]), np.array([0.5, 0.7, 0.9]), 10, 40), 6)
    0.7
    """
    from scipy.integrate import trapezoid

    x = np.log(np.concatenate([[start], labels[(labels > start) & (labels < end)], [end]]))
    heights = np.interp(x, np.log(labels), values)
    if x[0] == x[-1]:
        return float(heights[0])
    return float(trapezoid(heights, x) / (x[-1] - x[0]))


def compare_strategies(table: pd.DataFrame) -> tuple[StrategyComparison, ...]:
    """Compare the strategies of a validated table, family by family, by the area under their curves.

    Within a family every strategy stands against random first, then against every other. A p-value speaks of other
    seeds on the same data set; what holds over data sets is for `win_matrices` to say. Where a family has no random,
    each strategy still has its line against it, without a difference and with the reason.

    Raises:
        InputError: no family holds two strategies.
    """
    comparisons: list[StrategyComparison] = []
    for identity, curves in _comparable_families(table):
        rows = [StrategyComparison(**identity, **names, **compare_areas(*pair)) for names, pair in _pairs(curves)]
        corrected = holm([row.paired.p_value for row in rows])
        comparisons += [replace(row, p_holm=p) for row, p in zip(rows, corrected, strict=True)]
    return tuple(comparisons)


def compare_at(table: pd.DataFrame, at: Sequence[int]) -> tuple[CountComparison, ...]:
    """Compare the strategies of a validated table by their values at label counts named beforehand.

    The same pairs as `compare_strategies`, count by count. Holm's correction runs over all tests of the call, since
    whoever asks at many counts on many data sets has as many chances of a false claim.

    Args:
        table: from `read_curves` or `validate_curves`.
        at: label counts; a count given twice is one.

    Raises:
        InputError: no family holds two strategies, or a count lies outside what one of the curves covers.
    """
    rows = [
        CountComparison(**identity, **names, labels=labels, **_compare_values(*pair, labels))
        for identity, curves in _comparable_families(table, at)
        for names, pair in _pairs(curves)
        for labels in sorted(set(at))
    ]
    corrected = holm([row.paired.p_value for row in rows])
    return tuple(replace(row, p_holm=p) for row, p in zip(rows, corrected, strict=True))


def compare_areas(first: Replicates, second: Replicates) -> dict[str, Any]:
    """Compare the areas of two curves over the labels that all paired seeds cover: the fields of a comparison."""
    fields, (one, other) = _paired(first, second)
    if "reason" in fields:
        return fields
    covered = [curves.ends for curves in (one, other) if curves.ends is not None]
    low, high = max((ends[0] for ends in covered), default=0), min((ends[1] for ends in covered), default=0)
    if len(covered) < 2 or low > high:
        return {**fields, "reason": "the paired curves share no range of labels"}
    areas, against = (
        {seed: area_under_curve(*curve, low, high) for seed, curve in curves.curves.items()} for curves in (one, other)
    )
    measured = [labels for curves in (one, other) for labels, _ in curves.curves.values()]
    if (low, high) != (min(labels[0] for labels in measured), max(labels[-1] for labels in measured)):
        note = f"compared from {low:,} to {high:,} labels only, which all paired curves cover"
        fields["notes"] = (*fields["notes"], note)
    means = {"area": sum(areas.values()) / len(areas), "area_against": sum(against.values()) / len(against)}
    return {**fields, "labels_from": low, "labels_to": high, **means, **_test(areas, against, fields["paired"])}


def _compare_values(first: Replicates, second: Replicates, labels: int) -> dict[str, Any]:
    fields, (one, other) = _paired(first, second)
    if "reason" in fields:
        return fields
    values, against = one.at(labels), other.at(labels)
    means = {"value": sum(values.values()) / len(values), "value_against": sum(against.values()) / len(against)}
    return {**fields, **means, **_test(values, against, fields["paired"])}


def _paired(first: Replicates, second: Replicates) -> tuple[dict[str, Any], tuple[Replicates, Replicates]]:
    """Take the seeds that both have, and say which those are and what else is known before any test."""
    both = sorted(first.curves.keys() & second.curves.keys())
    only = tuple(sorted(first.curves.keys() - both)), tuple(sorted(second.curves.keys() - both))
    notes = tuple(
        f"several values of {one.name} at one seed and label count are averaged"
        for one in (first, second)
        if one.repeated
    )
    fields: dict[str, Any] = {"paired": PairedDifference(len(both), *only), "notes": notes}
    if not second.curves:
        fields["reason"] = f"no curve of {second.name} stands beside it"
    elif not both:
        fields["reason"] = "the two share no seed"
    return fields, (first.of(both), second.of(both))


def _test(first: Mapping[int, float], second: Mapping[int, float], known: PairedDifference) -> dict[str, Any]:
    tested = paired_difference(first, second)
    assert tested.difference is not None  # there is a pair
    needed, reason = seeds_needed(tested.difference, tested.sd, tested.pairs)
    paired = replace(tested, only_first=known.only_first, only_second=known.only_second)
    return {"paired": paired, "seeds_needed": needed, "reason": reason}


def _comparable_families(
    table: pd.DataFrame, at: Sequence[int] = ()
) -> list[tuple[dict[str, Any], dict[str, Replicates]]]:
    """Give the families, refusing a table without two strategies in one of them, and counts that were not measured."""
    split = list(families(table))
    if not any(len(curves) > 1 for _, curves in split):
        names = ", ".join(sorted(set(table["strategy"])))
        allowed = "two or more strategies with the same data set, learner, batch size, initial size and metric"
        raise InputError(f"comparison: found nothing to compare (strategies: {names}); allowed: {allowed}")
    for identity, curves in split:
        for curve in curves.values():
            check_covered(at, curve, identity)
    return split


def _pairs(curves: Mapping[str, Replicates]) -> Iterator[tuple[dict[str, Any], tuple[Replicates, Replicates]]]:
    """Give each strategy with random first, then all others with one another."""
    names = [name for name in curves if name != BASELINE]
    for pair in [*((name, BASELINE) for name in names), *combinations(names, 2)]:
        first, second = (curves.get(name, Replicates(name, {})) for name in pair)
        yield {"strategy": first.name, "against": second.name}, (first, second)


def win_matrices(comparisons: Sequence[StrategyComparison]) -> dict[str, Any]:
    """Count outcomes over data sets, one matrix a learner, batch size, initial size and metric.

    Counting over data sets follows Demšar 2006, Journal of Machine Learning Research 7:1; no test is made over them.

    Returns:
        `{"alpha", "matrices": […]}`, a matrix being `{"learner", "batch_size", "initial_size", "metric", "datasets",
        "strategies", "matrix"}`: `matrix[a][b]` is `{"wins", "ties", "losses", "unknown"}` of a against b, and
        `datasets` lists those counted.
    """
    groups: dict[tuple[Any, ...], list[StrategyComparison]] = {}
    for comparison in comparisons:
        groups.setdefault(tuple(getattr(comparison, key) for key in MATRIX_KEYS), []).append(comparison)
    return {"alpha": ALPHA, "matrices": [_matrix(key, group) for key, group in sorted(groups.items())]}


def _matrix(key: tuple[Any, ...], group: Sequence[StrategyComparison]) -> dict[str, Any]:
    names = {name for row in group for name in (row.strategy, row.against)}
    # Random, the baseline, comes last as in the comparisons.
    strategies = sorted(names, key=lambda name: (name == BASELINE, name))
    matrix = {a: {b: dict.fromkeys(_MIRRORED, 0) for b in strategies if b != a} for a in strategies}
    for row in group:
        result = _outcome(row)
        matrix[row.strategy][row.against][result] += 1
        matrix[row.against][row.strategy][_MIRRORED[result]] += 1
    datasets = sorted({row.dataset for row in group})
    identity = dict(zip(MATRIX_KEYS, key, strict=True))
    return {**identity, "datasets": datasets, "strategies": strategies, "matrix": matrix}


def _outcome(comparison: StrategyComparison) -> str:
    """Name the outcome for `strategy`: `wins`, `losses`, `ties`, or `unknown` where there is no p-value.

    A win is a difference whose Holm-corrected p-value is at most `ALPHA`; a tie is not proof of equality, only the lack
    of proof of a difference at the seeds there are.
    """
    difference, p = comparison.paired.difference, comparison.p_holm
    if p is None or difference is None:
        return "unknown"
    if p > ALPHA or difference == 0:
        return "ties"
    return "wins" if difference > 0 else "losses"
