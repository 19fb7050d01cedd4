"""Weightings held out, in words and tables; those of the recorded ones are stored beside their figures."""

from collections.abc import Mapping
from typing import Any

from planner.render import numbers as n
from planner.render.evidence.recorded import results_source
from planner.render.terminal import Columns, print_records, print_wrapped

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


def part_title(part: Mapping[str, Any]) -> str:
    """Name a score, with the data sets it was taken on and what said how many labels random needs."""
    sets = f"{n.count(part['data_sets'])} {_SETS[part['sets']]}"
    return f"{_SCORES[part['score']]}; {_FROM[part['labels_from']]}; {sets}"


def matching_findings(result: Mapping[str, Any]) -> list[str]:
    """Say in a sentence each how matching stands beside equal weights; only scores of all data sets."""
    found = []
    for part in result["parts"]:
        if part["sets"] != "all":
            continue
        ours, equal = (next(row for row in part["rows"] if row["method"] == name) for name in ("matched", "equal"))
        told = {
            "better": "matching is better than equal weights",
            "worse": "matching is worse than equal weights",
            "undecided": "matching and equal weights are too close to tell",
        }[ours["finding"]]
        found.append(
            f"With {_FROM[part['labels_from']]}, in {_SHORT[part['score']]} {told}: score "
            f"{score_words(ours['crps']['mean'], part['score'])} against "
            f"{score_words(equal['crps']['mean'], part['score'])}, difference "
            f"{difference_words(ours['against_equal'], part['score'])}."
        )
    return found


def score_words(value: float, score: str, *, signed: bool = False) -> str:
    """Write a score: points of the metric with two decimals, or doublings with three.

    >>> score_words(0.0897, "value"), score_words(1.52483, "labels")
    ('8.97', '1.525')
    """
    text = f"{100 * value:+.2f}" if score == "value" else f"{value:+.3f}"
    if not text.strip("+-0."):
        return text.lstrip("+-")
    return text.replace("-", n.MINUS) if signed else text.lstrip("+")


def difference_words(estimate: Mapping[str, Any] | None, score: str) -> str:
    """Write a paired difference with its 80% interval; a dash where there is nothing to differ from.

    >>> difference_words({"mean": 0.04, "q10": 0.0111, "q90": 0.0689}, "labels")
    '+0.040 (+0.011 to +0.069)'
    """
    if estimate is None:
        return n.NONE
    known = [estimate[end] for end in ("mean", "q10", "q90") if estimate[end] is not None]
    mean, *ends = (score_words(value, score, signed=True) for value in known)
    return f"{mean} ({ends[0]} to {ends[1]})" if len(ends) == 2 else mean


_WEIGHTINGS: Columns = (
    ("", lambda row: f"  {row['method']}"),
    ("score", lambda row: score_words(row["crps"]["mean"], row["score"])),
    ("error", lambda row: score_words(row["error"]["mean"], row["score"])),
    ("holds", lambda row: n.share(row["holds"])),
    ("never", lambda row: "" if row["never"] is None else n.share(row["never"])),
    ("proxies", lambda row: f"{row['proxies']:.1f}"),
    ("against equal", lambda row: difference_words(row["against_equal"], row["score"])),
    ("against matched", lambda row: difference_words(row["against_matched"], row["score"])),
)


def print_matching(result: Mapping[str, Any]) -> None:
    """Print a check of task matching (`planner.evidence.results.MATCHING`), with its origin where it is recorded."""
    print_wrapped(matching_headline(result))
    for sentence in matching_findings(result):
        print_wrapped(f"- {sentence}")
    shares, targets = (", ".join(map(n.share, result[name])) for name in ("label_shares", "target_shares"))
    print_wrapped(
        f"{n.count(result['data_sets'])} data sets of {result['source']}, learner {result['learner']}, each held out "
        f"in turn and forecast in {result['metric']} from the others by its description alone (learners recorded: "
        f"{', '.join(result['learners'])}): random's value at {shares} of its last label count, and the labels for "
        f"what it has at {targets} of it, with {result['strategy']} beside; {n.count(result['draws'])} draws a "
        "forecast."
    )
    print()
    # What a score is written in goes with each of its rows.
    parts = [(part_title(part), [row | {"score": part["score"]} for row in part["rows"]]) for part in result["parts"]]
    print_records(_WEIGHTINGS, parts)
    for method in result["methods"]:
        print_wrapped(f"{method['method']}: {method['says']}.")
    print_wrapped(
        "Score: continuous ranked probability score of the draws, averaged within a data set and then over data sets; "
        "less is better. Error: of the median. Holds: share of 80% intervals that hold the truth, which is the mean "
        "over seeds. Never: share of draws that do not get there within the pool; they count as the pool, and labels "
        "below the initial set as the initial set. A doubling is a factor of two. Proxies: data sets of equal weight "
        "that would say as much. Differences are paired by data set, below 0 is better, with 80% intervals (t) over "
        "data sets; those made by one generator are no independent samples. Labels read off the proxies: with "
        f"label_scale_sd = {result['label_scale_sd']:g}. Labels by the plan: anywhere from the initial set to the "
        "pool, for what random has at its last label count."
    )
    if "made_on" in result:
        print_wrapped(results_source(result))
