"""Verdicts and forecasts of held-out data sets in words and tables."""

from collections.abc import Mapping
from typing import Any

from planner.render import numbers as n
from planner.render.evidence.backtest import method_name
from planner.render.evidence.recorded import results_source
from planner.render.terminal import print_groups, print_wrapped
from planner.render.verdict.analysis_words import CHOICES

_SCORES = {
    "value": "random's value at a label count (points)",
    "labels": "labels that random needs for a target (doublings)",
    "savings": "label savings factor (doublings)",
}
_SHORT = {"value": "random's value", "labels": "the labels that random needs", "savings": "the label savings factor"}
_FROM = {"proxies": "labels read off the proxies", "plan": "labels by the plan, the default"}
_SETS = {"all": "data sets", "real": "real data sets"}
_NAMES = {"matched": "weights by match", "equal": "equal weights"}


def verdicts_scope(result: Mapping[str, Any]) -> str:
    """Say what was asked, of what."""
    prices = ", ".join(f"{price:g}" for price in result["prices_usd"])
    hours = " and ".join(f"{one:g}" for one in result["engineering_hours"])
    shares = ", ".join(n.share(one) for one in result["target_shares"])
    return (
        f"{n.count(result['questions'])} questions on {n.count(result['data_sets'])} data sets of {result['source']}, "
        f"each held out in turn: {result['strategy']} against random at label prices of {prices} USD, {hours} hours of "
        f"engineering, and targets that random reaches at {shares} of its labels; {n.count(result['campaigns'])} "
        "campaigns a data set."
    )


def best_rule(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """Find the rule of thumb that loses least."""
    rules: list[Mapping[str, Any]] = [record for record in part["methods"] if record["rule"]]
    return min(rules, key=lambda record: float(record["regret"]["mean"]))


def regret_finding(part: Mapping[str, Any]) -> str:
    """State what wrong calls cost beside the best rule of thumb, for one kind of evidence."""
    ours, rule = part["methods"][0], best_rule(part)
    lost, theirs = ours["regret"]["mean"], rule["regret"]["mean"]
    return (
        f"From a {part['evidence']}, calls are right in {n.share(ours['right']['mean'])} and lose "
        f"{n.percent(lost)} of what random labelling costs; the best rule, {method_name(rule['method'])}, is right in "
        f"{n.share(rule['right']['mean'])} and loses {n.percent(theirs)}"
    )


def calibration_finding(part: Mapping[str, Any]) -> str:
    """State how far chances were from what came true, at most."""
    filled = [record for record in part["calibration"] if record["said"] is not None]
    worst = max(filled, key=lambda record: abs(record["said"] - record["happened"]))
    return (
        f"From a {part['evidence']}, chances are furthest off where {n.share(worst['said'])} was said: it came true in "
        f"{n.share(worst['happened'])} of {n.count(worst['questions'])} questions"
    )


def verdicts_headline(result: Mapping[str, Any]) -> str:
    """Say the main finding, one sentence a kind of evidence."""
    return " ".join(f"{regret_finding(part)}." for part in result["by_evidence"])


def print_verdicts(result: Mapping[str, Any]) -> None:
    """Print a verdict backtest (`planner.evidence.results.VERDICTS`), with its origin where it is recorded."""
    print_wrapped(verdicts_headline(result))
    print_wrapped(verdicts_scope(result))
    print()
    parts = result["by_evidence"]
    titles = [
        f"{part['evidence']} ({n.count(part['questions'])} questions; active learning cheaper in "
        f"{n.share(part['al_right'])})"
        for part in parts
    ]
    calls = [(title, [_method_row(one) for one in part["methods"]]) for title, part in zip(titles, parts, strict=True)]
    print_groups(["", "right", "80% range", "regret", "80% range", "ours vs it", "USD"], calls)
    chances = [(part["evidence"], [_bin_row(one) for one in part["calibration"]]) for part in parts]
    print_groups(["chance that active learning is cheaper", "questions", "data sets", "said", "true", "80%"], chances)
    states = [(part["evidence"], [_state_row(one) for one in part["states"]]) for part in parts]
    print_groups(["verdict", "questions", "share", "right", "truly close"], states)
    print_wrapped(
        "Regret: what the other plan would have saved, as a share of what random labelling truly cost, averaged within "
        "a data set and then over data sets; ranges are 80% intervals over data sets. In a verdict of too close to "
        "call, the side of one half counts as the call. Truly close: the plans differ by at most a tenth of what "
        "random labelling cost. Rules of thumb take the planner's median for the labels that random needs; the last "
        "line is told how many they truly are, which nobody knows: what it loses is lost by not knowing the saving."
    )
    if "made_on" in result:
        print_wrapped(results_source(result))


def _method_row(record: Mapping[str, Any]) -> list[str]:
    right, regret, ours = record["right"], record["regret"], record["ours_against_it"]
    return [
        f"  {method_name(record['method'])}",
        n.share(right["mean"]),
        _interval_words(right, n.share),
        n.percent(regret["mean"]),
        _interval_words(regret, n.percent),
        "" if ours is None else f"{100 * ours['mean']:+.0f}%".replace("-", n.MINUS),
        n.count(round(record["regret_usd"])),
    ]


def _bin_row(record: Mapping[str, Any]) -> list[str]:
    return [
        f"  {n.share(record['from'])} to {n.share(record['to'])}",
        n.count(record["questions"]),
        n.count(record["data_sets"]),
        n.or_none(record["said"], n.share),
        n.or_none(record["happened"], n.share),
        n.NONE if record["q10"] is None else f"{n.share(record['q10'])} to {n.share(record['q90'])}",
    ]


def _state_row(record: Mapping[str, Any]) -> list[str]:
    return [
        f"  {CHOICES[record['state']]}",
        n.count(record["questions"]),
        n.share(record["share"]),
        n.or_none(record["right"], n.share),
        n.or_none(record["truly_close"], n.share),
    ]


def _interval_words(estimate: Mapping[str, Any], word: Any) -> str:
    if estimate["q10"] is None:
        return n.NONE
    low, high = (min(max(estimate[end], 0.0), 1.0) if word is n.share else estimate[end] for end in ("q10", "q90"))
    return f"{word(low)} to {word(high)}"


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
    return [_score_finding(part) for part in result["parts"] if part["sets"] == "all"]


def _score_finding(part: Mapping[str, Any]) -> str:
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
    return _score_number(estimate["mean"], score)


def difference_words(estimate: Mapping[str, Any] | None, score: str) -> str:
    """Write a paired difference with its 80% interval; a dash where there is nothing to differ from.

    >>> difference_words({"mean": 0.04, "q10": 0.0111, "q90": 0.0689}, "labels")
    '+0.040 (+0.011 to +0.069)'
    """
    if estimate is None:
        return n.NONE
    ends = [
        _score_number(estimate[end], score, signed=True) for end in ("mean", "q10", "q90") if estimate[end] is not None
    ]
    return ends[0] if len(ends) < 3 else f"{ends[0]} ({ends[1]} to {ends[2]})"


def _score_number(value: float, score: str, *, signed: bool = False) -> str:
    text = f"{100 * value:+.2f}" if score == "value" else f"{value:+.3f}"
    if not text.strip("+-0."):
        return text.lstrip("+-")
    return text.replace("-", n.MINUS) if signed else text.lstrip("+")


def print_matching(result: Mapping[str, Any]) -> None:
    """Print a check of task matching (`planner.evidence.results.MATCHING`), with its origin where it is recorded."""
    print_wrapped(matching_headline(result))
    for sentence in matching_findings(result):
        print_wrapped(f"- {sentence}")
    print_wrapped(matching_scope(result))
    print()
    groups = [(part_title(part), [_score_row(row, part["score"]) for row in part["rows"]]) for part in result["parts"]]
    columns = ["", "score", "error", "holds", "never", "proxies", "against equal", "against matched"]
    print_groups(columns, groups)
    for line in method_lines(result):
        print_wrapped(line)
    print_wrapped(matching_notes(result))
    if "made_on" in result:
        print_wrapped(results_source(result))


def _score_row(record: Mapping[str, Any], score: str) -> list[str]:
    return [
        f"  {record['method']}",
        score_words(record["crps"], score),
        score_words(record["error"], score),
        n.share(record["holds"]),
        "" if record["never"] is None else n.share(record["never"]),
        f"{record['proxies']:.1f}",
        difference_words(record["against_equal"], score),
        difference_words(record["against_matched"], score),
    ]
