"""Summaries, savings and comparisons of measured curves as tables, for `labelplan curves` and for pages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from planner.curves.comparisons import ALPHA, CountComparison, PairedComparison, StrategyComparison, seeds_needed
from planner.curves.label_savings import LabelSavings, PooledSavings
from planner.curves.spending import SpentSavings
from planner.render import numbers as n
from planner.render.curves.words import amount, spending_legend
from planner.render.terminal import families, print_groups, print_warnings, print_wrapped

Point = tuple[float | None, int | None]
"""Where savings are read: at a share of random's last count, or at a count."""

_SHARES = {1.0: "all labels", 0.5: "half", 0.25: "a quarter"}


def print_curves(summary: pd.DataFrame) -> None:
    """Print one line a curve, data set by data set: where it ends, its area and savings beside random's."""
    rows: list[Any] = list(summary.itertuples(index=False))
    metric = n.metric_name(rows[0].metric)
    print_wrapped(
        f"{n.capital(metric)} at the last label count: mean, and 80% of the seeds. Area: mean height of "
        f"the curve over log labels minus random's, in points (hundredths). Saves: labels random needs ÷ labels the "
        f"strategy needs for the best {metric} random has had, and its 80% interval over seeds; 'never' is not within "
        f"the labels measured. Missed: seeds in which the strategy never gets there. Near a plateau savings are "
        f"inflated: a hair of {metric} is worth many labels there."
    )
    groups = []
    for title, family in families(rows).items():
        fewest, most = (end(row.seeds for row in family) for end in (min, max))
        seeds = n.count_words(most, "seed")
        if fewest < most:
            seeds = f"{n.count(fewest)} to {seeds}"
        groups.append((f"{title} · {seeds}", [_end_row(row) for row in family]))
    print_groups(["", "labels", metric, "80% of seeds", "area", "saves", "80% range", "missed"], groups)
    print_warnings(_reasons(rows))


def _reasons(rows: Iterable[Any]) -> Iterator[str]:
    """Say of curves or savings, in which something is unknown, why it is so."""
    return (f"{row.dataset}, {row.learner}, {row.strategy}: {row.reason}" for row in rows if row.reason is not None)


def _end_row(row: Any) -> list[str]:
    """Give the cells of a row of `summarise_curves`."""
    name = f"  {n.plain(row.strategy)}"
    if row.value is None:
        return [name, *("unknown", "unknown"), *[""] * 5]
    area = "" if row.area_difference is None else n.in_points(row.area_difference)
    span = "" if row.q10 is None else f"{_percent(row.q10)} to {_percent(row.q90)}"
    saved = ["", "", ""]
    if row.unreached is not None:
        savings_span = "" if row.p_never is None else n.factor_range(row.savings_q10, row.savings_q90)
        saved = [n.factor_words(row.savings_factor), savings_span, f"{row.unreached}/{row.pairs}"]
    return [name, n.count(row.labels), f"{_percent(row.value)}%", span, area, *saved]


def print_savings(savings: Sequence[LabelSavings]) -> None:
    """Print what is saved along the way: at label counts of random before its last, with the values there."""
    rows = [one for one in savings if one.at is not None and one.share != 1]
    if not rows:
        return
    metric = n.metric_name(rows[0].metric)
    print_wrapped(f"On the way there: {metric}, and what is saved at the {metric} that random has with fewer labels:")
    points = _points(rows)
    groups = [(title, _along_rows(family, points)) for title, family in families(rows).items()]
    print_groups(["", *map(_point_words, points)], groups)


def print_pooled(pooled: Sequence[PooledSavings]) -> None:
    """Print one line a strategy over data sets, saying what it is not."""
    if all(len(one.datasets) < 2 for one in pooled):
        return
    print_wrapped(
        "Over data sets: geometric mean of the savings factors, with an 80% t interval over data sets. It sums up what "
        "was measured; it is no forecast for a new task. '≤': on so many data sets the mean curve never gets there, "
        "the most it can have saved is counted for them, and there is no interval."
    )
    points, groups = _points(pooled), []
    for title, family in families(pooled).items():
        sets = len({name for one in family for name in one.datasets})
        cells = {(one.strategy, _point(one)): _pooled_words(one, sets) for one in family}
        names = dict.fromkeys(one.strategy for one in family)
        rows = [[f"  {n.plain(name)}", *(cells.get((name, point), "") for point in points)] for name in names]
        groups.append((f"{title} · {n.count_words(sets, 'data set')}", rows))
    print_groups(["", *map(_point_words, points)], groups)


def _point(one: LabelSavings | PooledSavings) -> Point:
    return one.share, None if one.share else one.at


def _points(savings: Sequence[LabelSavings] | Sequence[PooledSavings]) -> list[Point]:
    """Give the points that savings were read at, label counts first, each rising."""
    return sorted(set(map(_point, savings)), key=lambda point: (point[0] is not None, point[0] or point[1] or 0))


def _point_words(point: Point) -> str:
    share, at = point
    return f"at {_SHARES[share]}" if share is not None else f"at {n.count(at or 0)}"


def _along_rows(family: Sequence[LabelSavings], points: Sequence[Point]) -> list[list[str]]:
    """Give random's values and label counts at each point, then each strategy's values and savings there."""
    cells: dict[tuple[str, Point], str] = {}
    for one in family:
        random = f"{_percent(one.value or 0.0)}%  {n.count(one.at or 0)} labels"
        cells.setdefault(("random", _point(one)), random)
        value = "" if one.value_strategy is None else f"{_percent(one.value_strategy)}%  "
        cells[one.strategy, _point(one)] = value + _factor_with_span(one)
    names = dict.fromkeys(name for name, _ in cells)
    return [[f"  {n.plain(name)}", *(cells.get((name, point), "") for point in points)] for name in names]


def _pooled_words(one: PooledSavings, sets: int) -> str:
    if one.factor is None:
        return "unknown"
    if one.unreached:
        return f"≤×{one.factor:.2f} ({len(one.unreached)} never)"
    few = f", {len(one.datasets)} sets" if len(one.datasets) < sets else ""
    span = "" if one.q10 is None else f" ({n.factor_range(one.q10, one.q90)}{few})"
    return n.factor_words(one.factor, at_least=one.bound == "at_least") + span


def _factor_with_span(one: LabelSavings) -> str:
    if one.factor is None and one.q90 is None:
        return n.NEVER  # "never (never)" says it twice
    span = "" if one.p_never is None else f" ({n.factor_range(one.q10, one.q90)})"
    return n.factor_words(one.factor, at_least=one.at_least) + span


def _percent(fraction: float) -> str:
    """Write percent without the sign, with one decimal at least, so that columns line up."""
    text = n.percent(fraction).removesuffix("%")
    return text if "." in text else f"{text}.0"


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
    size = n.in_points(abs(best.paired.difference or 0.0)).removeprefix("+")
    are = "is" if len(sure) == 1 else "are"
    return (
        f"{n.count(len(sure))} of {n.count(len(tested))} differences {are} beyond chance, the largest: "
        f"{n.plan_name(best.strategy)} {size} points {side} {n.plan_name(best.against)} at {n.count(best.labels)} "
        "labels"
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
        f"for a claim of {_claim_words(difference)}. They plan the next run; they are no verdict on this one."
    )


def area_rows(compared: Iterable[StrategyComparison], claim: float) -> list[dict[str, str]]:
    """Give a row a pair, by the area under the curves, with the seeds that a claim needs."""
    return [
        {
            **_area_cells(one),
            f"Seeds for {_claim_words(claim)}": _seeds_words(*seeds_needed(claim, one.paired.sd, one.paired.pairs)),
            "Note": _note_words(one),
        }
        for one in compared
    ]


def _area_cells(one: PairedComparison) -> dict[str, str]:
    cells = {"Pair": _pair_name(one), "Pairs": n.count(one.paired.pairs), "Area (points)": _points_words(one)}
    return cells | _test_cells(one)


def count_rows(compared: Iterable[CountComparison], metric: str) -> list[dict[str, str]]:
    """Give a row a pair and label count."""
    rows = []
    for one in compared:
        known = one.value is not None and one.value_against is not None
        values = f"{n.percent(one.value or 0.0)} and {n.percent(one.value_against or 0.0)}" if known else "unknown"
        row = {"Pair": _pair_name(one), "Labels": n.count(one.labels), n.metric_name(metric).capitalize(): values}
        rows.append(row | {"Difference (points)": _points_words(one), **_test_cells(one), "Note": _note_words(one)})
    return rows


def _test_cells(one: PairedComparison) -> dict[str, str]:
    low, high = one.paired.q10, one.paired.q90
    return {
        "80% interval": "none" if low is None or high is None else f"{n.in_points(low)} to {n.in_points(high)}",
        "p": _p_value_words(one.paired.p_value) + _test_sign(one),
        "p (Holm)": _p_value_words(one.p_holm),
        "Seeds for this difference": _seeds_words(one.seeds_needed, one.reason),
    }


def _claim_words(difference: float) -> str:
    return f"{100 * difference:g} point{'s' * (f'{100 * difference:g}' != '1')}"


def _pair_name(one: PairedComparison) -> str:
    return f"{n.plan_name(one.strategy)} − {n.plan_name(one.against)}"


def _points_words(one: PairedComparison) -> str:
    return "unknown" if one.paired.difference is None else n.in_points(one.paired.difference)


def _p_value_words(p: float | None) -> str:
    if p is None:
        return "unknown"
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _seeds_words(needed: int | None, reason: str | None) -> str:
    return n.count(needed) if needed is not None else f"unknown: {reason}" if reason else "unknown"


def _note_words(one: PairedComparison) -> str:
    left = [f"seeds only in {n.plan_name(name)}: {', '.join(map(str, only))}" for name, only in _unpaired(one)]
    return n.plain("; ".join([*left, *one.notes, *([one.reason] if one.reason else [])]))


def _unpaired(one: PairedComparison) -> list[tuple[str, Sequence[int]]]:
    """List the strategies that have seeds without a partner, with those seeds."""
    alone = ((one.strategy, one.paired.only_first), (one.against, one.paired.only_second))
    return [(name, only) for name, only in alone if only]


def print_comparisons(
    comparisons: Sequence[StrategyComparison], at_counts: Sequence[CountComparison], wins: Mapping[str, Any]
) -> None:
    """Print one line a comparison, by areas and by values at counts, who wins over data sets, and what is unknown."""
    print_wrapped(
        "Compared by area: mean height of the curve over log labels, seeds as pairs; differences in points "
        "(hundredths), with an 80% interval of the mean. p: paired t-test, * signed-rank test. Holm: corrected within "
        "a data set, learner, batch size and initial size. Seeds: pairs for 80% power at this difference."
    )
    columns = ["", "pairs", "area", "80% interval", "p", "Holm", "seeds"]
    print_groups(columns, [(title, [*map(_area_row, family)]) for title, family in families(comparisons).items()])
    if at_counts:
        _print_values(at_counts)
    _print_wins(wins["matrices"], wins["alpha"])
    print_warnings(_gap_sentences([*comparisons, *at_counts]))


def _area_row(one: StrategyComparison) -> list[str]:
    _, *cells, _ = _area_cells(one).values()
    # Why a number of seeds is unknown is told below the table.
    return [_pair_label(one), *cells, _seeds_words(one.seeds_needed, None)]


def _print_values(compared: Sequence[CountComparison]) -> None:
    tests = n.count(sum(one.paired.p_value is not None for one in compared))
    print_wrapped(
        f"Compared by {n.metric_name(compared[0].metric)} at label counts: difference in points (p, Holm-corrected "
        f"over all of these: {tests})."
    )
    counts, groups = sorted({one.labels for one in compared}), []
    for title, family in families(compared).items():
        cells = {(_pair_label(one), one.labels): _value_words(one) for one in family}
        pairs = dict.fromkeys(map(_pair_label, family))
        groups.append((title, [[pair, *(cells[pair, count] for count in counts)] for pair in pairs]))
    print_groups(["", *(f"at {n.count(count)}" for count in counts)], groups)


def _value_words(one: CountComparison) -> str:
    known = one.paired.difference is not None and one.p_holm is not None
    return _points_words(one) + (f" ({_p_value_words(one.p_holm)}{_test_sign(one)})" if known else "")


def _test_sign(one: PairedComparison) -> str:
    return "*" * (one.paired.test == "wilcoxon")


def _pair_label(one: PairedComparison) -> str:
    return f"  {n.plain(one.strategy)} − {n.plain(one.against)}"


def _print_wins(matrices: Sequence[Mapping[str, Any]], alpha: float) -> None:
    print_wrapped(
        f"Wins/ties/losses over data sets of each row against each column, by area. A win or loss is a Holm p of at "
        f"most {alpha:g}; a tie is too little evidence, not equality."
    )
    for one in matrices:
        sets = n.count_words(len(one["datasets"]), "data set")
        names = one["strategies"]
        rows = [
            [f"  {n.plain(name)}", *(_win_words(one["matrix"][name].get(other)) for other in names)] for name in names
        ]
        print_groups(["", *map(n.plain, names)], [(f"{n.family_title(one)} · {sets}", rows)])


def _win_words(cell: Mapping[str, int] | None) -> str:
    if cell is None:  # a strategy against itself
        return ""
    unknown = f" ({cell['unknown']} unknown)" if cell["unknown"] else ""
    return f"{cell['wins']}/{cell['ties']}/{cell['losses']}{unknown}"


def _gap_sentences(comparisons: Iterable[PairedComparison]) -> Iterable[str]:
    """Give one sentence a gap: seeds without a partner, figures that are unknown, labels left out."""
    found = []
    for one in comparisons:
        where = f"{one.dataset}, {one.learner}, {one.metric}, {one.strategy} − {one.against}"
        seeds = [f"seeds only in {name}, left out: {', '.join(map(str, only))}" for name, only in _unpaired(one)]
        reasons = [] if one.reason is None else [one.reason]
        found += [f"{where}: {gap}" for gap in (*reasons, *seeds, *one.notes)]
    # What ails a pair ails it by area and at every count.
    return dict.fromkeys(found)


def print_spent_savings(savings: Sequence[SpentSavings]) -> None:
    """Print one line a strategy, data set by data set, at what random labelling spends by its last round."""
    last = [one for one in savings if one.share == 1.0 or one.value is None]
    if not last:
        print("No strategy stands beside random here: there is nothing to compare.")
        return
    print_wrapped(spending_legend(last[0].unit, last[0].metric))
    groups = []
    for title, family in families(last).items():
        first = family[0]
        known = first.value is not None
        needs, value = (amount(first.at, first.unit), n.percent(first.value or 0.0)) if known else ("unknown", "")
        random = ["  random", needs, "", "", "", value]
        groups.append((f"{title} · {n.count_words(first.pairs, 'seed')}", [random, *map(_spent_row, family)]))
    print_groups(["", "needs", "saves", "80% range", "in labels", "value for as much"], groups)
    print_warnings(_reasons(last))


def _spent_row(one: SpentSavings) -> list[str]:
    """Give the cells of one strategy: name, what it needs, factor, 80% range, factor in labels, value for as much."""
    name = f"  {n.plain(n.plan_name(one.strategy))}"
    if one.value is None:
        return [name, *("unknown", "unknown", "", "", "")]
    span = "" if one.p_never is None else n.factor_range(one.q10, one.q90)
    value = "" if one.value_strategy is None else n.percent(one.value_strategy)
    factor = n.factor_words(one.factor, at_least=one.at_least)
    return [name, amount(one.spent_strategy, one.unit), factor, span, n.factor_words(one.label_factor), value]
