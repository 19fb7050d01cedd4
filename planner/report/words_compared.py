"""Tests between strategies in words: what is beyond chance, how it was tested, and how many seeds a claim needs."""

from collections.abc import Iterable, Sequence

from planner.curves import CountComparison, StrategyComparison, seeds_needed
from planner.curves.power import ALPHA
from planner.report import numbers as n
from planner.report.columns import in_points
from planner.report.names import metric_name, plan_name


def paired_finding(compared: Sequence[CountComparison]) -> str:
    """Say which differences are beyond chance."""
    tested = [one for one in compared if one.p_holm is not None]
    if not tested:
        return "One pair of seeds: differences are measured, and whether they are chance is not known"
    sure = [one for one in tested if one.p_holm is not None and one.p_holm <= ALPHA and one.paired.difference]
    if not sure:
        return f"None of {n.count(len(tested))} differences is beyond chance"
    best = max(sure, key=lambda one: abs(one.paired.difference or 0.0))
    side = "above" if (best.paired.difference or 0.0) > 0 else "below"
    size = in_points(abs(best.paired.difference or 0.0)).removeprefix("+")
    are = "is" if len(sure) == 1 else "are"
    return (
        f"{n.count(len(sure))} of {n.count(len(tested))} differences {are} beyond chance, "
        f"the largest: {plan_name(best.strategy)} {size} points {side} {plan_name(best.against)} at "
        f"{n.count(best.labels)} labels"
    )


def testing_sentence(compared: Sequence[CountComparison]) -> str:
    """Say how the differences were tested."""
    tests = sum(one.paired.p_value is not None for one in compared)
    return (
        f"Seeds as pairs: a seed gives two strategies the same split and first labels. Paired t-test, Holm-corrected "
        f"over all {n.count(tests)} tests at these counts, shown or not; beyond chance is p of at most {ALPHA:g}. A p "
        "speaks of other seeds on the same data, not of other data."
    )


def seeds_sentence(difference: float) -> str:
    """Say what the number of seeds is for."""
    return (
        f"Pairs of seeds that show a difference with 80% chance (two-sided, at {ALPHA:g}): at the difference seen, and "
        f"for a claim of {_claim(difference)}. They plan the next run; they are no verdict on this one."
    )


def area_rows(compared: Iterable[StrategyComparison], claim: float) -> list[dict[str, str]]:
    """Give a row a pair, by the area under the curves, with the seeds that a claim needs."""
    return [
        {
            "Pair": _pair(one),
            "Pairs": n.count(one.paired.pairs),
            "Area (points)": _points(one.paired.difference),
            "80% interval": _span(one.paired.q10, one.paired.q90),
            "p": _p(one.paired.p_value),
            "p (Holm)": _p(one.p_holm),
            "Seeds for this difference": _seeds(one.seeds_needed, one.reason),
            f"Seeds for {_claim(claim)}": _seeds(*seeds_needed(claim, one.paired.sd, one.paired.pairs)),
            "Note": _note(one),
        }
        for one in compared
    ]


def count_rows(compared: Iterable[CountComparison], metric: str) -> list[dict[str, str]]:
    """Give a row a pair and label count."""
    name = metric_name(metric)
    return [
        {
            "Pair": _pair(one),
            "Labels": n.count(one.labels),
            name.capitalize(): _both(one.value, one.value_against),
            "Difference (points)": _points(one.paired.difference),
            "80% interval": _span(one.paired.q10, one.paired.q90),
            "p": _p(one.paired.p_value),
            "p (Holm)": _p(one.p_holm),
            "Seeds for this difference": _seeds(one.seeds_needed, one.reason),
            "Note": _note(one),
        }
        for one in compared
    ]


def _claim(difference: float) -> str:
    return f"{100 * difference:g} point{'s' * (f'{100 * difference:g}' != '1')}"


def _pair(one: StrategyComparison | CountComparison) -> str:
    return f"{plan_name(one.strategy)} − {plan_name(one.against)}"


def _points(fraction: float | None) -> str:
    return "unknown" if fraction is None else in_points(fraction)


def _span(low: float | None, high: float | None) -> str:
    return "none" if low is None or high is None else f"{in_points(low)} to {in_points(high)}"


def _both(value: float | None, against: float | None) -> str:
    return "unknown" if value is None or against is None else f"{n.percent(value)} and {n.percent(against)}"


def _p(p: float | None) -> str:
    if p is None:
        return "unknown"
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _seeds(needed: int | None, reason: str | None) -> str:
    return n.count(needed) if needed is not None else f"unknown: {reason}" if reason else "unknown"


def _note(one: StrategyComparison | CountComparison) -> str:
    alone = ((one.strategy, one.paired.only_first), (one.against, one.paired.only_second))
    left = [f"seeds only in {plan_name(name)}: {', '.join(map(str, only))}" for name, only in alone if only]
    return n.plain("; ".join([*left, *one.notes, *([one.reason] if one.reason else [])]))
