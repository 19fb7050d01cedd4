"""Compare every strategy of a curve table with random and with every other, seeds as pairs.

Notation:
    d   (n,)    differences, first − second, one a seed that both have
    n   ()      pairs
    p   (m,)    p-values of one family of comparisons
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
import scipy

from planner.curves.replicates import BASELINE, FAMILY_KEYS, CurveIdentity, Replicates, check_covered, families
from simulations.arrays import Floats
from simulations.errors import InputError

ALPHA = 0.05
"""Level of every two-sided test here, and of a win."""

POWER = 0.8
NO_SPREAD = 1e-12  # areas lie in [0, 1]: below this a difference or a spread is rounding
_MOST_SEEDS = 1_000_000
_WRONG_TAIL_TO = 5.0
_LARGEST_EFFECT = 50.0  # two seeds are enough far below it; the distribution's tails are safe up to there
MATRIX_KEYS = FAMILY_KEYS[1:]
"""What the data sets that are counted together share."""

_MIRRORED = {"wins": "losses", "losses": "wins", "ties": "ties", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """How much one strategy is above another over the seeds that both have; None is what so few pairs do not tell.

    Attributes:
        pairs: n, seeds that both have.
        only_first: seeds that only the first has, and that therefore say nothing here; `only_second` likewise.
        difference: mean of the differences, first − second, in the metric's unit.
        q10: lower end of the 80% interval of the mean (paired t); `q90` is the upper one.
        sd: standard deviation of the differences.
        test: what the two-sided p-value comes from.
    """

    pairs: int
    only_first: tuple[int, ...] = ()
    only_second: tuple[int, ...] = ()
    difference: float | None = None
    q10: float | None = None
    q90: float | None = None
    sd: float | None = None
    test: Literal["t", "wilcoxon"] | None = None
    p_value: float | None = None


def paired_difference(first: Mapping[int, float], second: Mapping[int, float]) -> PairedDifference:
    """Compare two strategies by one figure a seed, seed by seed, with the paired t-test.

    A seed gives both the same split and initial set, so the difference within a seed is free of what those do. Where
    all differences are equal the t-test would claim certainty of two pairs. The exact signed-rank test then takes its
    place: of 2ⁿ patterns of signs, two are as extreme.
    """
    both = sorted(first.keys() & second.keys())
    n = len(both)
    only = tuple(sorted(first.keys() - second.keys())), tuple(sorted(second.keys() - first.keys()))
    if n == 0:
        return PairedDifference(0, *only)
    d = np.array([first[seed] - second[seed] for seed in both])
    d[np.abs(d) <= NO_SPREAD] = 0.0
    mean = float(d.mean())
    if n == 1:
        return PairedDifference(1, *only, difference=mean)
    sd = float(d.std(ddof=1))
    if not d.any():
        return PairedDifference(n, *only, 0.0, 0.0, 0.0, 0.0, "t", 1.0)
    if sd <= NO_SPREAD:
        return PairedDifference(n, *only, mean, mean, mean, 0.0, "wilcoxon", 2.0 ** (1 - n))
    result = scipy.stats.ttest_1samp(d, 0.0)
    interval = result.confidence_interval(0.8)
    return PairedDifference(n, *only, mean, float(interval.low), float(interval.high), sd, "t", float(result.pvalue))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Correct the p-values of one family of comparisons by Holm's step-down method.

    The i-th smallest of m is multiplied by m − i + 1, never falls below the one before it, and is at most 1 (Holm 1979,
    Scandinavian Journal of Statistics 6:65). The chance of any false claim in the family is then at most the level.
    None is a comparison that was not made, counts for nothing and stays None.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    known = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, i) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        corrected[i] = highest
    return corrected


def seeds_needed(difference: float, sd: float | None, seeds: int) -> tuple[int | None, str | None]:
    """Count the seeds that show a difference of this size at the level `ALPHA` with the power `POWER`.

    The smallest n with `paired_power(|difference| / sd, n)` of at least the power, sought from the normal approximation
    (z₁₋α/₂ + z_power)² · (sd / difference)² upwards, which is always a little too few. It plans the next run: both
    inputs are estimates, so it must not be read as the power of the test just made (Hoenig & Heisey 2001). Gives the
    seeds and None, or None and the reason why no number can be given.

    >>> seeds_needed(0.01, 0.02, 20)
    (34, None)
    """
    if seeds < 2 or sd is None:
        return None, "fewer than two paired seeds: no spread to plan from"
    if abs(difference) <= NO_SPREAD:
        return None, "the difference is 0"
    if sd <= NO_SPREAD:
        return None, "every pair differs by the same amount: no spread to plan from"
    effect = abs(difference) / sd
    lowest = (float(scipy.stats.norm.ppf(1 - ALPHA / 2) + scipy.stats.norm.ppf(POWER)) / effect) ** 2
    if lowest > _MOST_SEEDS:
        return None, f"more than {_MOST_SEEDS:,} seeds: the difference is next to nothing beside its spread"
    needed = max(2, math.floor(lowest))
    while paired_power(effect, needed) < POWER:
        needed += 1
    return needed, None


def paired_power(effect: float, seeds: int) -> float:
    """Give the power of a two-sided paired t-test at the level `ALPHA`.

    P(|T| > t₁₋α/₂,ₙ₋₁) for T noncentral t with n − 1 degrees of freedom and noncentrality δ√n (Cohen 1988, *Statistical
    Power Analysis for the Behavioral Sciences*, ch. 2, the one-sample case that pairs reduce to). The effect δ is the
    mean difference over the standard deviation of the n ≥ 2 differences.

    >>> round(paired_power(0.5, 34), 3)
    0.808
    """
    noncentrality = min(abs(effect), _LARGEST_EFFECT) * math.sqrt(seeds)
    critical = scipy.stats.t.ppf(1 - ALPHA / 2, seeds - 1)
    law = scipy.stats.nct(seeds - 1, noncentrality)
    # The wrong tail weighs less than Φ(−noncentrality), and far out it cannot be computed.
    wrong = law.cdf(-critical) if noncentrality < _WRONG_TAIL_TO else 0.0
    return float(law.sf(critical) + wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedComparison(CurveIdentity):
    """One strategy against another within a family, whatever is compared.

    Attributes:
        against: the second strategy.
        paired: difference, 80% interval, p-value, and the seeds without a partner.
        p_holm: the p-value corrected for several comparisons.
        seeds_needed: pairs for 80% power at this difference; None with a `reason`.
        reason: why something is None.
        notes: what a reader should know about the curves compared.
    """

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

    The mean value of `strategy` there over the pairs, and of `against`, is read on straight lines between rounds.
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

    Label counts (M,) are at least 1 and rise. Start and end lie within them; where they are one, the area is the value.

    >>> round(area_under_curve(np.array([10, 20, 40]), np.array([0.5, 0.7, 0.9]), 10, 40), 6)
    0.7
    """
    x = np.log(np.concatenate([[start], labels[(labels > start) & (labels < end)], [end]]))
    heights = np.interp(x, np.log(labels), values)
    if x[0] == x[-1]:
        return float(heights[0])
    return float(scipy.integrate.trapezoid(heights, x) / (x[-1] - x[0]))


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
        rows = [
            StrategyComparison(**identity, **names, **compare_areas(*pair)) for names, pair in _strategy_pairs(curves)
        ]
        corrected = holm([row.paired.p_value for row in rows])
        comparisons += [replace(row, p_holm=p) for row, p in zip(rows, corrected, strict=True)]
    return tuple(comparisons)


def compare_at(table: pd.DataFrame, at: Sequence[int]) -> tuple[CountComparison, ...]:
    """Compare the strategies of a validated table by their values at label counts named beforehand.

    The same pairs as `compare_strategies`, count by count. Holm's correction runs over all tests of the call, since
    whoever asks at many counts on many data sets has as many chances of a false claim. A count given twice is one.

    Raises:
        InputError: no family holds two strategies, or a count lies outside what one of the curves covers.
    """
    rows = [
        CountComparison(**identity, **names, labels=labels, **_compare_values(*pair, labels))
        for identity, curves in _comparable_families(table, at)
        for names, pair in _strategy_pairs(curves)
        for labels in sorted(set(at))
    ]
    corrected = holm([row.paired.p_value for row in rows])
    return tuple(replace(row, p_holm=p) for row, p in zip(rows, corrected, strict=True))


def compare_areas(first: Replicates, second: Replicates) -> dict[str, Any]:
    """Compare the areas of two curves over the labels that all paired seeds cover: the fields of a comparison."""
    fields, (one, other) = _pair_seeds(first, second)
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
    return {**fields, "labels_from": low, "labels_to": high, **means, **_test_pairs(areas, against, fields["paired"])}


def _compare_values(first: Replicates, second: Replicates, labels: int) -> dict[str, Any]:
    fields, (one, other) = _pair_seeds(first, second)
    if "reason" in fields:
        return fields
    values, against = one.at(labels), other.at(labels)
    means = {"value": sum(values.values()) / len(values), "value_against": sum(against.values()) / len(against)}
    return {**fields, **means, **_test_pairs(values, against, fields["paired"])}


def _pair_seeds(first: Replicates, second: Replicates) -> tuple[dict[str, Any], tuple[Replicates, Replicates]]:
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


def _test_pairs(first: Mapping[int, float], second: Mapping[int, float], known: PairedDifference) -> dict[str, Any]:
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


def _strategy_pairs(curves: Mapping[str, Replicates]) -> Iterator[tuple[dict[str, Any], tuple[Replicates, Replicates]]]:
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
    return {"alpha": ALPHA, "matrices": [_win_matrix(key, group) for key, group in sorted(groups.items())]}


def _win_matrix(key: tuple[Any, ...], group: Sequence[StrategyComparison]) -> dict[str, Any]:
    names = {name for row in group for name in (row.strategy, row.against)}
    # Random, the baseline, comes last as in the comparisons.
    strategies = sorted(names, key=lambda name: (name == BASELINE, name))
    matrix = {a: {b: dict.fromkeys(_MIRRORED, 0) for b in strategies if b != a} for a in strategies}
    for row in group:
        result = _name_outcome(row)
        matrix[row.strategy][row.against][result] += 1
        matrix[row.against][row.strategy][_MIRRORED[result]] += 1
    datasets = sorted({row.dataset for row in group})
    identity = dict(zip(MATRIX_KEYS, key, strict=True))
    return {**identity, "datasets": datasets, "strategies": strategies, "matrix": matrix}


def _name_outcome(comparison: StrategyComparison) -> str:
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
