"""A backtest in words and tables; see `planner.backtest.scoring.run_backtest`."""

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
    sets, curves = n.count_words(overall["data_sets"], "data set"), n.count_words(overall["curves"], "curve")
    seen = n.join_names([f"{part['cut']}%" for part in result["by_cut"]])
    ours, *rules = overall["methods"]
    off = points(ours["absolute_error"]["mean"])
    compared = [
        f"{n.share(abs(rule['ours_relative']))} {'less' if rule['ours_relative'] < 0 else 'more'} than the "
        f"{method_name(rule['method'])}"
        for rule in sorted(rules, key=lambda rule: float(rule["absolute_error"]["mean"]))
        if rule["ours_relative"] is not None
    ]
    beside = f": {n.join_names(compared)}" if compared else ""
    return (
        f"On {sets} ({curves} forecast from the first {seen} of the label range) the forecast is off by {off} points "
        f"on average{beside}."
    )


def coverage_sentence(result: Mapping[str, Any]) -> str:
    """Say how often intervals held what was measured."""
    held = n.share(result["overall"]["methods"][0]["coverage80"]["mean"])
    refused, tasks = result["share_refused"], result["refused_tasks"]
    told = f" {n.share(refused)} of the points ahead were refused, for all methods alike" if refused else ""
    told += f", all of them in {n.count_words(tasks, 'forecast')}" if tasks else ""
    return f"Its 80% intervals held {held} of what was measured.{told}{'.' if told else ''}"


def ratio_finding(result: Mapping[str, Any]) -> str:
    """State how the error grows with the reach."""
    ours = [(part["ratio"], part["methods"][0]["absolute_error"]["mean"]) for part in result["by_ratio"]]
    (near, low), (far, high) = ours[0], ours[-1]
    if len(ours) == 1:
        return f"At {near} the last labels observed, the forecast is off by {points(low)} points"
    return f"Off by {points(low)} points at {near} the last labels observed, by {points(high)} at {far}"


def print_backtest(result: Mapping[str, Any]) -> None:
    """Print a backtest."""
    print_wrapped(f"{headline(result)} {coverage_sentence(result)}")
    print_wrapped(f"Source: {n.plain(result['source'])}.")
    if result["curves_without_task"]:
        print_wrapped(f"Curves too short for any forecast: {n.count(result['curves_without_task'])}.")
    print()
    print_records(_COLUMNS, [("Overall", result["overall"]["methods"])])
    _print_errors("By cut", [(f"first {part['cut']}%", part) for part in result["by_cut"]])
    _print_errors("By labels forecast ÷ last labels observed", [(part["ratio"], part) for part in result["by_ratio"]])
    print_wrapped(
        "Errors and widths in points (hundredths of the metric), averaged within a curve, a data set, and then over "
        "data sets, with 80% intervals over data sets. 'ours vs it': our error against the method's. 'in 80%': share "
        "of measurements inside the 80% interval."
    )


_COLUMNS: Columns = (
    ("", lambda one: f"  {method_name(one['method'])}"),
    ("error", lambda one: _mean_words(one["absolute_error"], _points)),
    ("80% range", lambda one: _range_words(one["absolute_error"])),
    ("ours vs it", lambda one: "" if one["ours_relative"] is None else _relative_words(one["ours_relative"])),
    ("in 80%", lambda one: _mean_words(one["coverage80"], n.share)),
    ("width of 80%", lambda one: _mean_words(one["width80"], _points)),
)


def _print_errors(title: str, parts: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Print errors by method, a column a part, and how often our intervals held and how wide they were."""
    errors = []
    for records in zip(*(part["methods"] for _, part in parts), strict=True):
        means = (_mean_words(record["absolute_error"], _points) for record in records)
        errors.append([f"  {method_name(records[0]['method'])}", *means])
    ours = [part["methods"][0] for _, part in parts]
    intervals = [
        ["  in 80%", *(_mean_words(record["coverage80"], n.share) for record in ours)],
        ["  width of 80%", *(_mean_words(record["width80"], _points) for record in ours)],
        ["  data sets", *(n.count(part["data_sets"]) for _, part in parts)],
        ["  forecasts", *(n.count(part["tasks"]) for _, part in parts)],
    ]
    heads = ["", *(name for name, _ in parts)]
    print_groups(heads, [(f"{title}: error", errors), (f"{title}: {ours[0]['method']}", intervals)])


def _mean_words(estimate: Mapping[str, Any] | None, word: Callable[[float], str]) -> str:
    return n.NONE if estimate is None else word(estimate["mean"])


def _range_words(estimate: Mapping[str, Any]) -> str:
    return n.NONE if estimate["q10"] is None else f"{_points(estimate['q10'])} to {_points(estimate['q90'])}"


def _relative_words(relative: float) -> str:
    return f"{100 * relative:+.0f}%".replace("-", n.MINUS)


def _points(fraction: float) -> str:
    return f"{100 * fraction:.2f}"
