"""Tests between strategies in words and tables."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from planner.curves.comparisons import ALPHA, CountComparison, StrategyComparison, seeds_needed
from planner.render import numbers as n
from planner.render.column_groups import (
    count_words,
    families,
    family_title,
    in_chunks,
    in_points,
    print_groups,
    print_wrapped,
)
from planner.render.numbers import metric_name, plan_name

_PER_COUNT = 16  # columns that a test at one label count takes


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
        f"for a claim of {_claim_words(difference)}. They plan the next run; they are no verdict on this one."
    )


def area_rows(compared: Iterable[StrategyComparison], claim: float) -> list[dict[str, str]]:
    """Give a row a pair, by the area under the curves, with the seeds that a claim needs."""
    return [
        {
            "Pair": _pair_name(one),
            "Pairs": n.count(one.paired.pairs),
            "Area (points)": _points_words(one.paired.difference),
            "80% interval": _interval_words(one.paired.q10, one.paired.q90),
            "p": _p_value_words(one.paired.p_value),
            "p (Holm)": _p_value_words(one.p_holm),
            "Seeds for this difference": _seeds_words(one.seeds_needed, one.reason),
            f"Seeds for {_claim_words(claim)}": _seeds_words(*seeds_needed(claim, one.paired.sd, one.paired.pairs)),
            "Note": _note_words(one),
        }
        for one in compared
    ]


def count_rows(compared: Iterable[CountComparison], metric: str) -> list[dict[str, str]]:
    """Give a row a pair and label count."""
    name = metric_name(metric)
    return [
        {
            "Pair": _pair_name(one),
            "Labels": n.count(one.labels),
            name.capitalize(): _value_pair(one.value, one.value_against),
            "Difference (points)": _points_words(one.paired.difference),
            "80% interval": _interval_words(one.paired.q10, one.paired.q90),
            "p": _p_value_words(one.paired.p_value),
            "p (Holm)": _p_value_words(one.p_holm),
            "Seeds for this difference": _seeds_words(one.seeds_needed, one.reason),
            "Note": _note_words(one),
        }
        for one in compared
    ]


def _claim_words(difference: float) -> str:
    return f"{100 * difference:g} point{'s' * (f'{100 * difference:g}' != '1')}"


def _pair_name(one: StrategyComparison | CountComparison) -> str:
    return f"{plan_name(one.strategy)} − {plan_name(one.against)}"


def _points_words(fraction: float | None) -> str:
    return "unknown" if fraction is None else in_points(fraction)


def _interval_words(low: float | None, high: float | None) -> str:
    return "none" if low is None or high is None else f"{in_points(low)} to {in_points(high)}"


def _value_pair(value: float | None, against: float | None) -> str:
    return "unknown" if value is None or against is None else f"{n.percent(value)} and {n.percent(against)}"


def _p_value_words(p: float | None) -> str:
    if p is None:
        return "unknown"
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _seeds_words(needed: int | None, reason: str | None) -> str:
    return n.count(needed) if needed is not None else f"unknown: {reason}" if reason else "unknown"


def _note_words(one: StrategyComparison | CountComparison) -> str:
    left = [f"seeds only in {plan_name(name)}: {', '.join(map(str, only))}" for name, only in _unpaired(one)]
    return n.plain("; ".join([*left, *one.notes, *([one.reason] if one.reason else [])]))


def _unpaired(one: StrategyComparison | CountComparison) -> list[tuple[str, Sequence[int]]]:
    """List the strategies that have seeds without a partner, with those seeds."""
    alone = ((one.strategy, one.paired.only_first), (one.against, one.paired.only_second))
    return [(name, only) for name, only in alone if only]


def print_comparisons(
    comparisons: Sequence[StrategyComparison], at_counts: Sequence[CountComparison], wins: Mapping[str, Any]
) -> None:
    """Print one line a comparison, by areas and by values at counts, who wins over data sets, and what is unknown."""
    _print_areas([one.to_dict() for one in comparisons])
    _print_values([one.to_dict() for one in at_counts])
    _print_wins(wins["matrices"], wins["alpha"])
    for sentence in _gap_sentences([*comparisons, *at_counts]):
        print(f"Warning: {n.plain(sentence)}")


def _print_areas(rows: Sequence[Mapping[str, Any]]) -> None:
    print_wrapped(
        "Compared by area: mean height of the curve over log labels, seeds as pairs; differences in points "
        "(hundredths), with an 80% interval of the mean. p: paired t-test, * signed-rank test. Holm: corrected within "
        "a data set, learner, batch size and initial size. Seeds: pairs for 80% power at this difference."
    )
    columns = ["", "pairs", "area", "80% interval", "p", "Holm", "seeds"]
    print_groups(columns, [(family_title(of_one[0]), [*map(_area_row, of_one)]) for of_one in families(rows)])


def _print_values(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    metric = metric_name(rows[0]["metric"])
    tests = n.count(sum(row["p_value"] is not None for row in rows))
    print_wrapped(
        f"Compared by {metric} at label counts: difference in points (p, Holm-corrected over all of these: {tests})."
    )
    counts = sorted({row["labels"] for row in rows})
    for chunk in in_chunks(counts, map(_pair_label, rows), _PER_COUNT):
        groups = [(family_title(of_one[0]), _value_rows(of_one, chunk)) for of_one in families(rows)]
        print_groups(["", *(f"at {n.count(count)}" for count in chunk)], groups)


def _print_wins(matrices: Sequence[Mapping[str, Any]], alpha: float) -> None:
    print_wrapped(
        f"Wins/ties/losses over data sets of each row against each column, by area. A win or loss is a Holm p of at "
        f"most {alpha:g}; a tie is too little evidence, not equality."
    )
    for one in matrices:
        sets = count_words(len(one["datasets"]), "data set")
        names = one["strategies"]
        for chunk in in_chunks(names, names, max(map(len, names)) + 2):
            rows = [
                [f"  {n.plain(name)}", *(_win_words(one["matrix"][name].get(other)) for other in chunk)]
                for name in names
            ]
            print_groups(["", *map(n.plain, chunk)], [(f"{family_title(one)} · {sets}", rows)])


def _area_row(row: Mapping[str, Any]) -> list[str]:
    span = "" if row["q10"] is None else f"{in_points(row['q10'])} to {in_points(row['q90'])}"
    return [
        *(_pair_label(row), n.count(row["pairs"])),
        *("unknown" if row["difference"] is None else in_points(row["difference"]), span),
        *(_p_value_words(row["p_value"]) + "*" * (row["test"] == "wilcoxon"), _p_value_words(row["p_holm"])),
        "unknown" if row["seeds_needed"] is None else n.count(row["seeds_needed"]),
    ]


def _value_rows(rows: Sequence[Mapping[str, Any]], counts: Sequence[int]) -> list[list[str]]:
    cells = {(_pair_label(row), row["labels"]): _value_words(row) for row in rows}
    return [[pair, *(cells[pair, count] for count in counts)] for pair in dict.fromkeys(map(_pair_label, rows))]


def _value_words(row: Mapping[str, Any]) -> str:
    if row["difference"] is None:
        return "unknown"
    p = "" if row["p_holm"] is None else f" ({_p_value_words(row['p_holm'])}{'*' * (row['test'] == 'wilcoxon')})"
    return f"{in_points(row['difference'])}{p}"


def _pair_label(row: Mapping[str, Any]) -> str:
    return f"  {n.plain(row['strategy'])} − {n.plain(row['against'])}"


def _win_words(cell: Mapping[str, int] | None) -> str:
    if cell is None:  # a strategy against itself
        return ""
    unknown = f" ({cell['unknown']} unknown)" if cell["unknown"] else ""
    return f"{cell['wins']}/{cell['ties']}/{cell['losses']}{unknown}"


def _gap_sentences(comparisons: Iterable[StrategyComparison | CountComparison]) -> Iterable[str]:
    """Give one sentence a gap: seeds without a partner, figures that are unknown, labels left out."""
    found = []
    for one in comparisons:
        where = f"{one.dataset}, {one.learner}, {one.metric}, {one.strategy} − {one.against}"
        seeds = [f"seeds only in {name}, left out: {', '.join(map(str, only))}" for name, only in _unpaired(one)]
        reasons = [] if one.reason is None else [one.reason]
        found += [f"{where}: {gap}" for gap in (*reasons, *seeds, *one.notes)]
    # What ails a pair ails it by area and at every count.
    return dict.fromkeys(found)
