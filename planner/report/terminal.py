"""What the command line prints for people: plain lines and tables, all numbers worded by `planner.report`."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from planner.costs import LINES, CostComparison
from planner.curves import StrategyComparison
from planner.decision import Verdict
from planner.report import numbers as n
from planner.report import words

__all__ = [
    "print_catalog",
    "print_comparisons",
    "print_costs",
    "print_curves",
    "print_forecasts",
    "print_preview",
    "print_run",
    "print_verdict",
]


def print_verdict(verdict: Verdict) -> None:
    """Print a verdict."""
    for line in words.verdict_lines(verdict):
        print(line)


def print_costs(comparison: CostComparison) -> None:
    """Print bills side by side, then the saving and the break-even prices."""
    bills = comparison.bills
    rows = [
        ["labels", *(n.count(float(bill.labels[0])) for bill in bills.values())],
        ["rounds", *(n.count(float(bill.rounds[0])) for bill in bills.values())],
        ["vendor", *(n.plain(comparison.vendors[name]) for name in bills)],
        *([words.line_name(line), *(n.money(float(bill.lines[line][0])) for bill in bills.values())] for line in LINES),
        ["total", *(n.money(float(bill.total_usd[0])) for bill in bills.values())],
        ["days", *(f"{float(bill.days[0]):,.1f}" for bill in bills.values())],
    ]
    _print_table(["", *map(words.plan_name, bills)], rows)
    if comparison.saving_usd is not None:
        print(f"Saving from active learning: {n.money(comparison.saving_usd)}")
        prices = [n.price(price) for price in comparison.break_even_prices_usd]
        print(f"Break-even price per vote: {', '.join(prices) or 'none: no price makes the two equal'}")
    _print_warnings(comparison.warnings)


def print_forecasts(results: Sequence[Mapping[str, Any]], target: float | None) -> None:
    """Print one line a curve and forecast point, and the labels to the target."""
    rows = []
    for curve in results:
        name = [str(curve[key]) for key in ("dataset", "learner", "strategy", "metric")]
        for point in curve["forecast"]:
            value = "too far" if point["q50"] is None else n.percent(point["q50"])
            span = "" if point["q50"] is None else f"{n.percent(point['q10'])} to {n.percent(point['q90'])}"
            rows.append([*name, n.count(point["labels"]), value, span])
    if rows:
        _print_table(["data set", "learner", "strategy", "metric", "labels", "forecast", "80% range"], rows)
    for curve in results:
        if target is not None:
            print(f"{curve['dataset']}, {curve['strategy']}: {_reach_words(curve, target)}")
        _print_warnings(f"{curve['dataset']}, {curve['strategy']}: {sentence}" for sentence in curve["warnings"])


def print_curves(summary: pd.DataFrame) -> None:
    """Print one line a curve."""
    columns = [
        "data set",
        "learner",
        "strategy",
        "batch",
        "metric",
        "seeds",
        "labels",
        "value",
        "80% of seeds",
        "saving",
    ]
    _print_table(columns, [_curve_row(row) for row in summary.to_dict(orient="records")])


def print_comparisons(comparisons: Sequence[StrategyComparison], wins: Mapping[str, Any]) -> None:
    """Print one line a comparison, who wins over data sets, and what could not be compared and why."""
    print(
        "Mean area under the curve over log labels, seeds as pairs; differences in points (hundredths of the metric)."
    )
    print("p: paired t-test, * signed-rank test; Holm: within a data set, learner, batch, initial size and metric.")
    print("Seeds: pairs for 80% power at this difference.")
    columns = "data set,learner,batch,initial,metric,compared,pairs,difference,80% interval,p,Holm,seeds"
    _print_table(columns.split(","), [_comparison_row(one) for one in comparisons])
    for one in wins["matrices"]:
        sets = f"{len(one['datasets'])} data set{'s' * (len(one['datasets']) != 1)}"
        print(f"{one['learner']}, batch {one['batch_size']}, {n.plain(one['metric'])}: wins/ties/losses over {sets}")
        rows = [
            [name, *("" if name == other else _win_words(one["matrix"][name][other]) for other in one["strategies"])]
            for name in one["strategies"]
        ]
        _print_table(["", *(f"against {name}" for name in one["strategies"])], rows)
    print(f"A win or loss is a Holm p of at most {wins['alpha']:g}; a tie is too little evidence, not equality.")
    _print_warnings(_comparison_gaps(comparisons))


def print_run(summary: Any, store: Path) -> None:
    """Print what a run of the simulator did: `summary` is its `RunSummary`."""
    print(
        f"{summary.done} of {summary.total} trajectories simulated in {summary.seconds:,.0f} s, "
        f"{summary.stored} were in {store} already"
    )
    if summary.unconverged:
        print(f"Warning: {summary.unconverged} trajectories hold a training that did not converge")
    _print_warnings(summary.failed)
    if summary.remaining:
        print(f"{summary.remaining} are still missing; run the same command again to go on")


def print_preview(preview: Any) -> None:
    """Print what a run of the simulator would do: `preview` is its `Estimate`."""
    took = "unknown until some are stored" if preview.seconds is None else f"about {preview.seconds:,.0f} s"
    print(f"{preview.trajectories} trajectories, {preview.stored} stored, {preview.to_run} to run")
    print(f"{preview.fits} trainings; processor time: {took}")


def print_catalog(entries: Iterable[Mapping[str, Any]]) -> None:
    """Print one line a strategy, learner or data set."""
    _print_table(
        ["name", "family", "summary"], [[entry["name"], entry["family"], entry["summary"]] for entry in entries]
    )


def _reach_words(curve: Mapping[str, Any], target: float) -> str:
    if curve["p_unreachable"] is None:
        return "not enough points to say"
    reach = curve["labels_to_target"]
    never = f"never in {n.share(curve['p_unreachable'])} of futures"
    if reach is None:
        return f"{n.percent(target)} is {never}"
    ends = " to ".join(n.labels(reach[q]) for q in ("q10", "q90"))
    return f"{n.percent(target)} at {n.labels(reach['q50'])} labels (80% range {ends}); {never}"


def _curve_row(row: Mapping[Any, Any]) -> list[str]:
    usual, low, high = (_factor_words(row[f"savings_{key}"]) for key in ("factor", "q10", "q90"))
    saving = "" if row["p_never"] is None else f"{usual} ({low} to {high})"
    names = [str(row[key]) for key in ("dataset", "learner", "strategy", "batch_size", "metric", "seeds")]
    span = f"{n.percent(row['q10'])} to {n.percent(row['q90'])}"
    return [*names, n.count(row["labels"]), n.percent(row["value"]), span, saving]


def _comparison_row(one: StrategyComparison) -> list[str]:
    paired = one.paired
    initial = "" if one.initial_size is None else n.count(one.initial_size)
    span = "" if paired.q10 is None or paired.q90 is None else f"{_points(paired.q10)} to {_points(paired.q90)}"
    return [
        *(one.dataset, one.learner, n.count(one.batch_size), initial, one.metric),
        *(f"{one.strategy} − {one.against}", n.count(paired.pairs)),
        *("unknown" if paired.difference is None else _points(paired.difference), span),
        *(_p_words(paired.p_value) + "*" * (paired.test == "wilcoxon"), _p_words(one.p_holm)),
        "unknown" if one.seeds_needed is None else n.count(one.seeds_needed),
    ]


def _comparison_gaps(comparisons: Sequence[StrategyComparison]) -> Iterable[str]:
    """Give one sentence a gap: seeds without a partner, figures that are unknown, labels left out."""
    for one in comparisons:
        alone = ((one.strategy, one.paired.only_first), (one.against, one.paired.only_second))
        seeds = [f"seeds only in {name}, left out: {', '.join(map(str, only))}" for name, only in alone if only]
        reasons = [] if one.reason is None else [one.reason]
        for gap in (*reasons, *seeds, *one.notes):
            yield f"{one.dataset}, {one.learner}, {one.metric}, {one.strategy} − {one.against}: {gap}"


def _win_words(cell: Mapping[str, int]) -> str:
    unknown = f" ({cell['unknown']} unknown)" if cell["unknown"] else ""
    return f"{cell['wins']}/{cell['ties']}/{cell['losses']}{unknown}"


def _points(fraction: float) -> str:
    text = f"{100 * fraction:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", n.MINUS)


def _p_words(p: float | None) -> str:
    if p is None:
        return "unknown"
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _factor_words(factor: float | None) -> str:
    return n.NEVER if factor is None else f"×{factor:.2f}"


def _print_warnings(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        print(f"Warning: {n.plain(sentence)}")


def _print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(n.plain(cell).replace("[", r"\[") for cell in row))
    console = Console(highlight=False)
    # A file or a pipe has no width to respect: nothing may be cut there.
    if not console.is_terminal:
        console = Console(highlight=False, width=200)
    console.print(table)
