"""A backtest in words and tables."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from planner.render import numbers as n
from planner.render.terminal import Columns, print_groups, print_records, print_wrapped

_METHODS = {"last_value": "last value", "figueroa": "weighted power law"}


def method_name(name: str) -> str:
    """Name a method for people."""
    return _METHODS.get(name, name)


def points(fraction: float) -> str:
    """Write an error in points, hundredths of the metric.

    >>> points(0.0166), points(0.0004)
    ('1.7', '0.04')
    """
    text = f"{100 * fraction:.1f}"
    return text if abs(fraction) >= 0.001 else f"{100 * fraction:.2g}"


def headline(result: Mapping[str, Any]) -> str:
    """Say the main finding: how far off, and how that compares with the simple rules."""
    overall = result["overall"]
    cuts = [f"{cut}%" for cut in result["overall_cuts"] if cut.isdecimal()]
    seen = f"the first {n.join_names(cuts)} of the label range" if cuts else "their first 5 to 8 points"
    sets, curves = n.count_words(overall["data_sets"], "data set"), n.count_words(overall["curves"], "curve")
    ours, *others = overall["methods"]
    off = points(ours["absolute_error"]["mean"])
    compared = [
        f"{n.share(abs(mean))} {'less' if mean < 0 else 'more'} than the {method_name(record['method'])}"
        for record in sorted(others, key=lambda record: float(record["absolute_error"]["mean"]))
        if (relative := record["ours_relative"]["absolute_error"]) is not None
        for mean in [relative["mean"]]
    ]
    beside = f": {n.join_names(compared)}" if compared else ""
    return f"On {sets} ({curves} forecast from {seen}) the forecast is off by {off} points on average{beside}."


def coverage_sentence(result: Mapping[str, Any]) -> str:
    """Say how often intervals held what was measured."""
    ours = result["overall"]["methods"][0]
    inside = [f"{level}% intervals held {n.share(ours[f'coverage{level}']['mean'])}" for level in (80, 90)]
    refused, waiting = result["share_refused"], result["not_training"]
    told = f" {n.share(refused)} of the points ahead were refused, for all methods alike." if refused else ""
    if waiting:
        tasks = result["tasks"] + result["refused_tasks"]
        told += f" In {waiting:,} of {n.count_words(tasks, 'task')} the model was not training yet: these are left out."
    return f"Its {' and its '.join(inside)} of what was measured.{told}"


def ratio_finding(result: Mapping[str, Any]) -> str:
    """State how the error grows with the reach."""
    ours = [(part["ratio"], part["methods"][0]["absolute_error"]["mean"]) for part in result["by_ratio"]]
    (near, low), (far, high) = ours[0], ours[-1]
    if len(ours) == 1:
        return f"At {near} the last labels observed, the forecast is off by {points(low)} points"
    return f"Off by {points(low)} points at {near} the last labels observed, by {points(high)} at {far}"


def print_backtest(result: Mapping[str, Any]) -> None:
    """Print a backtest; see `planner.backtest.scoring.run_backtest`."""
    print_wrapped(f"{headline(result)} {coverage_sentence(result)}")
    print_wrapped(f"Source: {n.plain(result['source'])}.")
    for note in result["notes"]:
        print_wrapped(note)
    if result["curves_without_task"]:
        print_wrapped(f"Curves too short for any forecast: {n.count(result['curves_without_task'])}.")
    print()
    print_records(METHOD_COLUMNS, [("Overall", result["overall"]["methods"])])
    print_errors("By cut", cut_parts(result))
    print_errors("By labels forecast ÷ last labels observed", ratio_parts(result))
    print_wrapped(
        "Errors, CRPS and widths in points (hundredths of the metric), averaged within a curve, a data set, and then "
        "over data sets, with 80% intervals over data sets. 'ours vs it': error of ours against the method's, paired "
        "over data sets. CRPS: of a method without intervals, its error. 'in 80%': share of measurements inside the "
        "80% interval."
    )


def mean_words(estimate: Mapping[str, Any] | None, word: Callable[[float], str]) -> str:
    """Write the mean of an estimate; none where there is none."""
    return n.NONE if estimate is None else word(estimate["mean"])


def precise_points(fraction: float) -> str:
    """Write an error in points, to two digits."""
    return f"{100 * fraction:.2f}"


def range_words(estimate: Mapping[str, Any], write: Callable[[float], str], *, share: bool = False) -> str:
    """Write the 80% interval of an estimate over data sets; that of a share ends at 0 and 1."""
    if estimate["q10"] is None:
        return n.NONE
    low, high = (min(max(estimate[end], 0.0), 1.0) if share else estimate[end] for end in ("q10", "q90"))
    return f"{write(low)} to {write(high)}"


def relative_words(relative: Mapping[str, Any] | None, *, ends: bool = False) -> str:
    """Write a relative difference in whole percent, with the ends of its interval where wanted; None is none."""
    if relative is None:
        return ""
    mean, low, high = (
        None if relative.get(end) is None else f"{100 * relative[end]:+.0f}".replace("-", n.MINUS)
        for end in ("mean", "q10", "q90")
    )
    return f"{mean}% ({low} to {high})" if ends and low is not None else f"{mean}%"


METHOD_COLUMNS: Columns = (
    ("", lambda one: f"  {method_name(one['method'])}"),
    ("error", lambda one: precise_points(one["absolute_error"]["mean"])),
    ("80% range", lambda one: range_words(one["absolute_error"], precise_points)),
    ("ours vs it", lambda one: relative_words((one["ours_relative"] or {}).get("absolute_error"), ends=True)),
    ("CRPS", lambda one: mean_words(one["crps"], precise_points)),
    ("in 80%", lambda one: mean_words(one["coverage80"], n.share)),
    ("in 90%", lambda one: mean_words(one["coverage90"], n.share)),
)

Parts = Sequence[tuple[str, Mapping[str, Any]]]
"""Slices of a backtest with their names, the columns of a table."""


def cut_parts(result: Mapping[str, Any]) -> Parts:
    """Name the slices by cut."""
    return [(f"first {p['cut']}%" if p["cut"].isdecimal() else "5 to 8 points", p) for p in result["by_cut"]]


def ratio_parts(result: Mapping[str, Any]) -> Parts:
    """Name the slices by ratio."""
    return [(part["ratio"], part) for part in result["by_ratio"]]


def print_errors(title: str, parts: Parts) -> None:
    """Print errors by method, a column a part, and how often our intervals held and how wide they were."""
    if not parts:
        return
    errors = []
    for records in zip(*(part["methods"] for _, part in parts), strict=True):
        means = (mean_words(record["absolute_error"], precise_points) for record in records)
        errors.append([f"  {method_name(records[0]['method'])}", *means])
    ours = [part["methods"][0] for _, part in parts]
    intervals = [
        ["  in 80%", *(mean_words(record["coverage80"], n.share) for record in ours)],
        ["  in 90%", *(mean_words(record["coverage90"], n.share) for record in ours)],
        ["  width of 80%", *(mean_words(record["width80"], precise_points) for record in ours)],
        ["  data sets", *(n.count(part["data_sets"]) for _, part in parts)],
        ["  forecasts", *(n.count(part["tasks"]) for _, part in parts)],
    ]
    heads = ["", *(name for name, _ in parts)]
    print_groups(heads, [(f"{title}: error", errors), (f"{title}: {ours[0]['method']}", intervals)])
