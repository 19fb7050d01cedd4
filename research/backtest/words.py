"""A backtest beside all peers, or of pairs, in words and tables."""

from collections.abc import Mapping
from typing import Any

from planner.render import numbers as n
from planner.render.evidence.backtest import (
    METHOD_COLUMNS,
    coverage_sentence,
    cut_parts,
    mean_words,
    points,
    print_errors,
    ratio_parts,
    relative_words,
)
from planner.render.terminal import Columns, print_records, print_wrapped

_METHODS = {
    "last_value": "last value",
    "figueroa": "weighted power law",
    "bic_average": "BIC average",
    "holdout_average": "hold-out average",
    "independent": "independent forecasts",
    "last_gap": "last gap",
}


def name_methods(result: Any) -> Any:
    """Give a result, or a part of one, with the methods' names for people in place of those in JSON."""
    if isinstance(result, Mapping):
        return {key: _name(part) if key == "method" else name_methods(part) for key, part in result.items()}
    return [name_methods(part) for part in result] if isinstance(result, list) else result


def _name(method: str) -> str:
    return _METHODS.get(method, method)


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
    return f"{n.share(abs(relative['mean']))} {less} than {article}{_name(record['method'])}"


def print_backtest(result: Mapping[str, Any], *, seconds: float | None = None) -> None:
    """Print a result of `research.backtest.run`, and how many seconds it took where that is given."""
    print_wrapped(f"{headline(result)} {coverage_sentence(result)}")
    notes = [f"Source: {n.plain(result['source'])}.", *result["notes"]]
    if result["curves_without_task"]:
        notes.append(f"Curves too short for any forecast: {n.count(result['curves_without_task'])}.")
    unfitted = {name: count for name, count in result["unfitted"].items() if count}
    if unfitted:
        each = ", ".join(f"{_name(name)} {n.count(count)}" for name, count in unfitted.items())
        notes.append(f"Forecasts in which a family of a peer could not be fitted, and was left out of it: {each}.")
    for note in notes:
        print_wrapped(note)
    print()
    result = name_methods(result)
    _print_overall(result)
    print_errors("By cut", cut_parts(result))
    print_errors("By labels forecast ÷ last labels observed", ratio_parts(result))
    observed = []
    for part in result["by_observed"]:
        low, high = part["observed_from"], part["observed_to"]
        observed.append((f"{low} or more" if high is None else f"{low} to {high}", part))
    print_errors("By number of observed points", observed)
    last = [(f"{n.share(p['last_error_from'])}–{n.share(p['last_error_to'])}", p) for p in result["by_last_error"]]
    whose = "error" if result["protocol"] == "curves" else "random's error"
    print_errors(f"By {whose} at the last observed point", last)
    if "by_strategy" in result:
        print_errors("By strategy", [(n.plain(part["strategy"]), part) for part in result["by_strategy"]])
    _print_reach(result)
    took = ""
    if seconds is not None:
        took = f" It took {seconds:.0f} s." if seconds < 120 else f" It took {seconds / 60:.0f} min."
    print_wrapped(
        "Errors, CRPS and widths in points (hundredths of the metric), averaged within a curve, a data set, and then "
        f"over data sets, with 80% intervals over data sets.{took}"
    )


_METHOD_COLUMNS: Columns = (
    *METHOD_COLUMNS,
    ("Brier", lambda one: mean_words(one["brier"], "{:.3f}".format)),
    ("labels", lambda one: mean_words(one["log2_labels"], "{:.2f}".format)),
)
_CHANCE_COLUMNS: Columns = (
    ("chance", lambda row: f"  {n.share(row['from'])} to {n.share(row['to'])}"),
    ("targets", lambda row: n.count(row["targets"])),
    ("said", lambda row: n.or_none(row["said"], n.share)),
    ("happened", lambda row: n.or_none(row["happened"], n.share)),
)
_REACHED_COLUMNS: Columns = (
    ("", lambda one: f"  {one['method']}"),
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
