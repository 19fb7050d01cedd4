"""A backtest beside all peers, or of pairs, in words and tables."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from planner.render import numbers as n
from planner.render.evidence.backtest import points
from planner.render.terminal import Columns, Group, print_groups, print_records, print_wrapped

_METHODS = {
    "last_value": "last value",
    "figueroa": "weighted power law",
    "bic_average": "BIC average",
    "holdout_average": "hold-out average",
    "independent": "independent forecasts",
    "last_gap": "last gap",
}


def method_name(name: str) -> str:
    """Name a method for people."""
    return _METHODS.get(name, name)


def headline(result: Mapping[str, Any]) -> str:
    """Say the main finding: how far off, and how that compares with the best peer and with standing still."""
    overall = result["overall"]
    unit = "pair" if result["protocol"] == "pairs" else "curve"
    cuts = [f"{cut}%" for cut in result["overall_cuts"] if cut.isdecimal()]
    seen = f"the first {n.join_names(cuts)} of the label range" if cuts else "their first 5 to 8 points"
    sets, curves = n.count_words(overall["data_sets"], "data set"), n.count_words(overall["curves"], unit)
    scope = f"On {sets} ({curves} forecast from {seen})"
    ours, *others = overall["methods"]
    what = "forecast of the gap to random" if result["protocol"] == "pairs" else "forecast"
    off = f"{scope} the {what} is off by {points(ours['absolute_error']['mean'])} points on average"
    best = sorted(others, key=lambda record: float(record["absolute_error"]["mean"]))[:1]
    still = [record for record in others if record["method"] in ("last_value", "last_gap") and record not in best]
    named = [words for words in map(_comparison_words, best + still) if words is not None]
    return f"{off}: {n.join_names(named)}." if named else f"{off}."


def coverage_sentence(result: Mapping[str, Any]) -> str:
    """Say how often intervals held what was measured."""
    ours = result["overall"]["methods"][0]
    inside = [
        f"{level}% intervals held {n.share(ours[f'coverage{level}']['mean'])}"
        for level in (80, 90)
        if ours[f"coverage{level}"] is not None
    ]
    refused, waiting = result["share_refused"], result["not_training"]
    told = f" {n.share(refused)} of the points ahead were refused, for all methods alike." if refused else ""
    if waiting:
        tasks = result["tasks"] + result["refused_tasks"]
        told += f" In {waiting:,} of {n.count_words(tasks, 'task')} the model was not training yet: these are left out."
    return f"Its {' and its '.join(inside)} of what was measured.{told}"


def reach_finding(result: Mapping[str, Any]) -> str:
    """State how good the chances of reaching a target are."""
    reach = result["overall"]["reach"]
    what = "ending above random" if result["protocol"] == "pairs" else "reaching a target"
    return f"Chances of {what}: Brier score {reach['brier']['mean']:.3f}, base rate {reach['base_rate_brier']:.3f}"


def _comparison_words(record: Mapping[str, Any]) -> str | None:
    relative = record["ours_relative"]["absolute_error"]
    if relative is None:
        return None
    less = "less" if relative["mean"] < 0 else "more"
    # Peers that are known by a family's own name, such as pow3, and several forecasts have no article.
    article = "the " if record["method"] in _METHODS and record["method"] != "independent" else ""
    return f"{n.share(abs(relative['mean']))} {less} than {article}{method_name(record['method'])}"


def print_backtest(result: Mapping[str, Any], *, seconds: float | None = None) -> None:
    """Print a backtest (`Backtest.to_dict()`), and how many seconds it took where that is given."""
    print_wrapped(f"{headline(result)} {coverage_sentence(result)}")
    notes = [f"Source: {n.plain(result['source'])}.", *result["notes"]]
    if result["curves_without_task"]:
        notes.append(f"Curves too short for any forecast: {n.count(result['curves_without_task'])}.")
    unfitted = {name: count for name, count in result["unfitted"].items() if count}
    if unfitted:
        each = ", ".join(f"{method_name(name)} {n.count(count)}" for name, count in unfitted.items())
        notes.append(f"Forecasts in which a family of a peer could not be fitted, and was left out of it: {each}.")
    for note in notes:
        print_wrapped(note)
    print()
    _print_overall(result)
    cuts = [(f"first {p['cut']}%" if p["cut"].isdecimal() else "5 to 8 points", p) for p in result["by_cut"]]
    _print_errors(result, "By cut", cuts)
    _print_errors(result, "By labels forecast ÷ last labels observed", [(p["ratio"], p) for p in result["by_ratio"]])
    observed = []
    for part in result["by_observed"]:
        low, high = part["observed_from"], part["observed_to"]
        observed.append((f"{low} or more" if high is None else f"{low} to {high}", part))
    _print_errors(result, "By number of observed points", observed)
    last = [(f"{n.share(p['last_error_from'])}–{n.share(p['last_error_to'])}", p) for p in result["by_last_error"]]
    whose = "error" if result["protocol"] == "curves" else "random's error"
    _print_errors(result, f"By {whose} at the last observed point", last)
    if "by_strategy" in result:
        _print_errors(result, "By strategy", [(n.plain(part["strategy"]), part) for part in result["by_strategy"]])
    _print_reach(result)
    took = ""
    if seconds is not None:
        took = f" It took {seconds:.0f} s." if seconds < 120 else f" It took {seconds / 60:.0f} min."
    print_wrapped(
        "Errors, CRPS and widths in points (hundredths of the metric), averaged within a curve, a data set, and then "
        f"over data sets, with 80% intervals over data sets.{took}"
    )


_METHOD_COLUMNS: Columns = (
    ("", lambda one: f"  {method_name(one['method'])}"),
    ("error", lambda one: _points(one["absolute_error"]["mean"])),
    ("80% range", lambda one: range_words(one["absolute_error"], _points)),
    ("ours vs it", lambda one: relative_words((one["ours_relative"] or {}).get("absolute_error"), ends=True)),
    ("CRPS", lambda one: _mean_words(one["crps"], _points)),
    ("in 80%", lambda one: _mean_words(one["coverage80"], n.share)),
    ("in 90%", lambda one: _mean_words(one["coverage90"], n.share)),
    ("Brier", lambda one: _mean_words(one["brier"], "{:.3f}".format)),
    ("labels", lambda one: _mean_words(one["log2_labels"], "{:.2f}".format)),
)
_CHANCE_COLUMNS: Columns = (
    ("chance", lambda row: f"  {n.share(row['from'])} to {n.share(row['to'])}"),
    ("targets", lambda row: n.count(row["targets"])),
    ("said", lambda row: n.or_none(row["said"], n.share)),
    ("happened", lambda row: n.or_none(row["happened"], n.share)),
)
_REACHED_COLUMNS: Columns = (
    ("", lambda one: f"  {method_name(one['method'])}"),
    ("targets", lambda one: n.count(one["labels_where_both"]["targets"])),
    ("its", lambda one: f"{one['labels_where_both']['theirs']['mean']:.2f}"),
    ("ours", lambda one: f"{one['labels_where_both']['ours']['mean']:.2f}"),
    ("ours vs it", lambda one: relative_words(one["labels_where_both"]["ours_relative"])),
)


def _print_overall(result: Mapping[str, Any]) -> None:
    print_records(_METHOD_COLUMNS, [("Overall", result["overall"]["methods"])])
    print_wrapped(
        "'ours vs it': error of ours against the method's, paired over data sets, and its 80% interval. CRPS: of a "
        "method without intervals, its error. 'in 80%': share of measurements inside the 80% interval. Brier: of the "
        "chances to reach targets that close 10, 25 or 50% of the error left at the cut, by the end of the curve. "
        "labels: mean |log2| of the labels forecast for a target ÷ those it took (1 is a factor of two), on targets "
        "that ours says are more likely reached than not and that were reached; an answer beyond the curve's end "
        "counts as its end."
        if result["protocol"] == "curves"
        else "'ours vs it': error of the first method against this one, paired over data sets. Brier: of the chance "
        "that the strategy ends above random."
    )
    print()


def _print_errors(result: Mapping[str, Any], title: str, parts: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Print errors by method, a column a part, and how often our intervals held and how wide they were."""
    if not parts:
        return
    rows = []
    for name in result["methods"]:
        records = [record for _, part in parts for record in part["methods"] if record["method"] == name]
        rows.append([f"  {method_name(name)}", *(_mean_words(record["absolute_error"], _points) for record in records)])
    ours = [part["methods"][0] for _, part in parts]
    group: Group = (f"{title}: error", rows)
    more: Group = (
        f"{title}: {method_name(result['methods'][0])}",
        [
            ["  in 80%", *(_mean_words(record["coverage80"], n.share) for record in ours)],
            ["  in 90%", *(_mean_words(record["coverage90"], n.share) for record in ours)],
            ["  width of 80%", *(_mean_words(record["width80"], _points) for record in ours)],
            ["  data sets", *(n.count(part["data_sets"]) for _, part in parts)],
            ["  forecasts", *(n.count(part["tasks"]) for _, part in parts)],
        ],
    )
    print_groups(["", *(name for name, _ in parts)], [group, more])


def _print_reach(result: Mapping[str, Any]) -> None:
    reach = result["overall"]["reach"]
    if reach is None:
        return
    print_wrapped(
        f"{reach_finding(result)} ({n.count(reach['targets'])} targets, {n.share(reach['base_rate'])} reached; "
        f"{reach['base_rate_brier_by_kind']:.3f} with a rate for each cut and kind of target)."
    )
    print_records(_CHANCE_COLUMNS, [("Of all targets", reach["reliability"])])
    # Labels to target on the targets that two methods agree on, where no answer is cut off at the end.
    compared = [record for record in result["overall"]["methods"] if record["labels_where_both"] is not None]
    if compared:
        title = "Labels to target, mean |log2|, where ours and the method both say that it is reached"
        print_records(_REACHED_COLUMNS, [(title, compared)])


def relative_words(relative: Mapping[str, Any] | None, *, ends: bool = False) -> str:
    """Write a relative difference in whole percent, with the ends of its interval where wanted; None is none."""
    if relative is None:
        return ""
    mean, low, high = (
        None if relative.get(end) is None else f"{100 * relative[end]:+.0f}".replace("-", n.MINUS)
        for end in ("mean", "q10", "q90")
    )
    return f"{mean}% ({low} to {high})" if ends and low is not None else f"{mean}%"


def range_words(estimate: Mapping[str, Any], write: Callable[[float], str], *, share: bool = False) -> str:
    """Write the 80% interval of an estimate over data sets; that of a share ends at 0 and 1."""
    if estimate["q10"] is None:
        return n.NONE
    low, high = (min(max(estimate[end], 0.0), 1.0) if share else estimate[end] for end in ("q10", "q90"))
    return f"{write(low)} to {write(high)}"


def _mean_words(estimate: Mapping[str, Any] | None, word: Any) -> str:
    return n.NONE if estimate is None else str(word(estimate["mean"]))


def _points(fraction: float) -> str:
    return f"{100 * fraction:.2f}"
