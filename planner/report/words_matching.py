"""A check of task matching in words: what a weighting's forecasts score, and whether another's are better."""

from collections.abc import Mapping
from typing import Any

from planner.report import numbers as n

_SCORES = {
    "value": "random's value at a label count (points)",
    "labels": "labels that random needs for a target (doublings)",
    "savings": "label savings factor (doublings)",
}
_SHORT = {"value": "random's value", "labels": "the labels that random needs", "savings": "the label savings factor"}
_FROM = {"proxies": "labels read off the proxies", "plan": "labels by the plan, the default"}
_SETS = {"all": "data sets", "real": "real data sets"}
_NAMES = {"matched": "weights by match", "equal": "equal weights"}


def matching_headline(result: Mapping[str, Any]) -> str:
    """Say which of the two weightings should ship, by the rule that was fixed beforehand, and which does."""
    better, shipped = (_NAMES[result[key]] for key in ("should_ship", "shipped"))
    if result["should_ship"] == "matched":
        found = "Equal weights are not clearly better than matching, or better in one score and worse in another"
    else:
        found = "Equal weights are clearly better than matching in one score or more, and clearly worse in none"
    ships = f"so {better} should ship, and do" if better == shipped else f"so {better} should ship; {shipped} do"
    return f"{found} (of random's value and the labels it needs), {ships}."


def matching_scope(result: Mapping[str, Any]) -> str:
    """Say what was forecast, of what, and from what."""
    shares = ", ".join(n.share(one) for one in result["label_shares"])
    targets = ", ".join(n.share(one) for one in result["target_shares"])
    return n.plain(
        f"{n.count(result['data_sets'])} data sets of {result['source']}, learner {result['learner']}, each held out "
        f"in turn and forecast in {result['metric']} from the others by its description alone (learners recorded: "
        f"{', '.join(result['learners'])}): random's value at {shares} of its last label count, and the labels for "
        f"what it has at {targets} of it, with {result['strategy']} beside; {n.count(result['draws'])} draws a "
        "forecast."
    )


def matching_notes(result: Mapping[str, Any]) -> str:
    """Say how to read the table."""
    return (
        "Score: continuous ranked probability score of the draws, averaged within a data set and then over data sets; "
        "less is better. Error: of the median. Holds: share of 80% intervals that hold the truth, which is the mean "
        "over seeds. Never: share of draws that do not get there within the pool; they count as the pool, and labels "
        "below the initial set as the initial set. A doubling is a factor of two. Proxies: data sets of equal weight "
        "that would say as much. Differences are paired by data set, below 0 is better, with 80% intervals (t) over "
        "data sets; those made by one generator are no independent samples. Labels read off the proxies: with "
        f"label_scale_sd = {result['label_scale_sd']:g}. Labels by the plan: anywhere from the initial set to the "
        "pool, for what random has at its last label count."
    )


def method_lines(result: Mapping[str, Any]) -> list[str]:
    """Say what each weighting does."""
    return [f"{record['method']}: {record['says']}." for record in result["methods"]]


def part_title(part: Mapping[str, Any]) -> str:
    """Name a score, with the data sets it was taken on and what said how many labels random needs."""
    sets = f"{n.count(part['data_sets'])} {_SETS[part['sets']]}"
    return f"{_SCORES[part['score']]}; {_FROM[part['labels_from']]}; {sets}"


def matching_findings(result: Mapping[str, Any]) -> list[str]:
    """Say in a sentence each how matching stands beside equal weights; only scores of all data sets."""
    return [_finding(part) for part in result["parts"] if part["sets"] == "all"]


def _finding(part: Mapping[str, Any]) -> str:
    ours, equal = (next(row for row in part["rows"] if row["method"] == name) for name in ("matched", "equal"))
    told = {
        "better": "matching is better than equal weights",
        "worse": "matching is worse than equal weights",
        "undecided": "matching and equal weights are too close to tell",
    }[ours["finding"]]
    return (
        f"With {_FROM[part['labels_from']]}, in {_SHORT[part['score']]} {told}: score "
        f"{score_words(ours['crps'], part['score'])} against {score_words(equal['crps'], part['score'])}, difference "
        f"{difference_words(ours['against_equal'], part['score'])}."
    )


def score_words(estimate: Mapping[str, Any], score: str) -> str:
    """Write a score: points of the metric with two decimals, or doublings with three.

    >>> score_words({"mean": 0.0897}, "value"), score_words({"mean": 1.52483}, "labels")
    ('8.97', '1.525')
    """
    return _number(estimate["mean"], score)


def difference_words(estimate: Mapping[str, Any] | None, score: str) -> str:
    """Write a paired difference with its 80% interval; a dash where there is nothing to differ from.

    >>> difference_words({"mean": 0.04, "q10": 0.0111, "q90": 0.0689}, "labels")
    '+0.040 (+0.011 to +0.069)'
    """
    if estimate is None:
        return "–"
    ends = [_number(estimate[end], score, signed=True) for end in ("mean", "q10", "q90") if estimate[end] is not None]
    return ends[0] if len(ends) < 3 else f"{ends[0]} ({ends[1]} to {ends[2]})"


def _number(value: float, score: str, *, signed: bool = False) -> str:
    text = f"{100 * value:+.2f}" if score == "value" else f"{value:+.3f}"
    if not text.strip("+-0."):
        return text.lstrip("+-")
    return text.replace("-", n.MINUS) if signed else text.lstrip("+")
