"""Recorded results of research in words and tables: findings, strategies, and what was held out."""

import textwrap
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from planner.render import numbers as n
from planner.render.evidence.backtest import method_name, range_words, relative_words
from planner.render.evidence.recorded import made_words, results_source
from planner.render.terminal import Columns, print_groups, print_records, print_wrapped, width
from planner.render.verdict.analysis_words import CHOICES

_ORDER = ("reproduced", "not reproduced", "unclear", "not checked yet")
_SIGNED = "points"
MOST_NAMED = 5


def findings_sentence(found: Mapping[str, Any]) -> str:
    """Count the findings by state, and say how a state is given."""
    states = [finding["state"] for finding in found["findings"]]
    told = [f"{states.count(state)} {state}" for state in _ORDER if state in states]
    return (
        f"Of {len(states)} published findings: {n.join_names(told)}. Reproduced means that the whole 80% interval of "
        "every part lies where the claim puts it, not reproduced that a part's interval lies outside altogether."
    )


def findings_source(found: Mapping[str, Any]) -> str:
    """Say when, with what, and on which curves the findings were judged."""
    start = f"Judged on {found['made_on']} by labelplan {found['labelplan']} on the recorded curves and "
    return made_words(found, f"{start}{{}} points simulated for the findings")


def findings_rows(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give one row a finding, what came of it first: on a narrow screen the rest is out of sight."""
    return [
        {
            "Finding": finding["id"],
            "State": finding["state"],
            "Our figure": figure_words(finding),
            "80% interval": interval_words(finding),
            "Published": finding["claim"],
            "Why": n.plain(finding["reason"]),
            "Seeds": n.or_none(finding["seeds"], n.count),
            "Data sets": n.count(len(finding["datasets"])) if finding["datasets"] else n.NONE,
            "Source": finding["source"],
        }
        for finding in found["findings"]
    ]


def part_rows(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give one row a measured part of a finding, with the figure of each data set."""
    return [
        {
            "Finding": finding["id"],
            "Part": part["what"],
            "Our figure": figure_words(part),
            "80% interval": interval_words(part),
            "State": part["state"] or "for comparison",
            "By data set": "; ".join(
                f"{n.plain(name)} {_figure_in_unit(figure, part['unit'], bare=True, each=True)}"
                for name, figure in part["by_dataset"].items()
            ),
        }
        for finding in found["findings"]
        for part in finding["parts"]
    ]


def figure_words(record: Mapping[str, Any]) -> str:
    """Write a finding's or a part's figure in its unit; an en dash where it has none.

    >>> figure_words({"unit": "points", "figure": -0.0123, "interval": None})
    '−1.2 points'
    >>> figure_words({"unit": "times", "figure": None, "interval": {"q10": None, "q90": 1.1}})
    'never'
    """
    if record["figure"] is None and record["interval"] is None:
        return n.NONE
    return _figure_in_unit(record["figure"], record["unit"])


def interval_words(record: Mapping[str, Any]) -> str:
    """Write an interval in the figure's unit."""
    if record["interval"] is None:
        return n.NONE
    ends = [_figure_in_unit(record["interval"][end], record["unit"], bare=True) for end in ("q10", "q90")]
    return " to ".join(ends)


def _figure_in_unit(value: float | None, unit: str, *, bare: bool = False, each: bool = False) -> str:
    if value is None:
        return n.NEVER
    if unit == _SIGNED:
        # A sign on every figure: what is claimed is often the sign alone.
        digits = n.in_points(value, 2 if 0.00005 <= abs(value) < 0.001 else 1)
        return digits if bare else f"{digits} points"
    if unit == "times":
        return f"{value:.2f}×"
    if unit == "spread":
        return f"{100 * value:.1f}" + ("" if bare else " points")
    if unit == "sets" and each:
        return "yes" if value else "no"
    return n.share(value) if unit in ("share", "sets") else f"{value:.2f}" if bare else f"log sd {value:.2f}"


def print_findings(found: Mapping[str, Any]) -> None:
    """Print the findings, from `planner.evidence.results.FINDINGS.judged`."""
    print_wrapped(findings_sentence(found))
    print()
    rows = findings_rows(found)
    columns = {
        "Finding": "",
        **{name: name.lower() for name in ("Our figure", "80% interval", "Seeds", "Data sets", "State")},
    }
    print_groups([*columns.values()], [("", [[row[name] for name in columns] for row in rows])])
    for row, finding in zip(rows, found["findings"], strict=True):
        print_wrapped(f"{row['Finding']}, {row['State']}. {row['Published']} ({row['Source']})")
        for part in part_rows({"findings": [finding]}):
            _print_indented(f"- {part['Part']}: {part['Our figure']} ({part['80% interval']}), {part['State']}")
            if 1 < part["By data set"].count(";") + 1 <= MOST_NAMED:
                _print_indented(part["By data set"], 4)
        names = [n.plain(name) for name in finding["datasets"]]
        told = ", ".join(names) if len(names) <= MOST_NAMED else f"{len(names)} data sets"
        _print_indented(f"On {told}, {row['Seeds']} seeds. {row['Why']}" if names else row["Why"])
        print()
    print_wrapped(findings_source(found))


def _print_indented(text: str, by: int = 2) -> None:
    print(textwrap.fill(n.plain(text), min(width(), 120), initial_indent=" " * by, subsequent_indent="    "))


def savings_words(one: Mapping[str, Any] | None) -> str:
    """Write a savings factor with its 80% interval.

    >>> savings_words({"factor": 1.84, "q10": 1.6, "q90": 2.06, "pairs": 10})
    '1.8 (1.6 to 2.1)'
    >>> savings_words({"factor": None, "q10": None, "q90": 0.97, "pairs": 10})
    'never (never to 0.97)'
    """
    if one is None:
        return n.NONE
    low, high = (_factor_words(one[end]) for end in ("q10", "q90"))
    return f"{_factor_words(one['factor'])} ({low} to {high})" if one["pairs"] > 1 else _factor_words(one["factor"])


def gain_words(one: Mapping[str, Any] | None) -> str:
    """Write the mean gain over random in points, with its 80% interval.

    >>> gain_words({"gain": 0.0123, "gain_q10": 0.008, "gain_q90": -0.0166})
    '+1.2 (+0.8 to −1.7)'
    """
    if one is None:
        return n.NONE
    if one["gain_q10"] is None or one["gain_q90"] is None:
        return n.in_points(one["gain"], 1)
    gain, low, high = (n.in_points(one[name], 1) for name in ("gain", "gain_q10", "gain_q90"))
    return f"{gain} ({low} to {high})"


def _factor_words(value: float | None) -> str:
    if value is None:
        return n.NEVER
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def print_strategies(found: Mapping[str, Any]) -> None:
    """Print the comparison, from `planner.evidence.results.STRATEGIES.judged`."""
    every = found["strategies"]
    sets = len(found["datasets"])
    best = [one for one in every if one["above"] == len(one["sets"]) and len(one["sets"]) > 1]
    worse = [one for one in every if one["below"] > one["above"]]
    print_wrapped(
        f"{len(every)} pairs of a strategy and a learner beside random on {n.count(sets)} data sets. A savings factor "
        "is the labels that random needs for what it has at its last label count, divided by those that the strategy "
        "needs; never is a strategy that does not get there. "
        f"Better than random on every data set: {len(best)}; worse on more than it is better on: {len(worse)}. "
        "Better and worse mean that the 80% interval of the mean gain over log labels, over seeds, lies above or below "
        "0."
    )
    print()
    for learner, group in groupby(found["strategies"], key=lambda one: str(one["learner"])):
        rows = list(group)
        names = sorted({one["dataset"] for row in rows for one in row["sets"]})
        savings, gains = [], []
        for row in rows:
            by_set = {one["dataset"]: one for one in row["sets"]}
            told = f"{row['above']} better, {row['below']} worse"
            savings.append([row["strategy"], *(savings_words(by_set.get(name)) for name in names), told])
            gains.append([row["strategy"], *(gain_words(by_set.get(name)) for name in names)])
        print_groups(["savings factor", *names, "than random"], [(f"learner {learner}", savings)])
        print_groups(["gain, points", *names], [(f"learner {learner}", gains)])
    print_wrapped(results_source(found))


_SCORES = {
    "value": "random's value at a label count (points)",
    "labels": "labels that random needs for a target (doublings)",
    "savings": "label savings factor (doublings)",
}
_SHORT = {"value": "random's value", "labels": "the labels that random needs", "savings": "the label savings factor"}
_FROM = {"proxies": "labels read off the proxies", "plan": "labels by the plan, the default"}
_SETS = {"all": "data sets", "real": "real data sets"}
_NAMES = {"matched": "weights by match", "equal": "equal weights"}


def regret_finding(part: Mapping[str, Any]) -> str:
    """State what wrong calls cost beside the best rule of thumb, for one kind of evidence."""
    ours = part["methods"][0]
    rule = min((record for record in part["methods"] if record["rule"]), key=lambda rule: float(rule["regret"]["mean"]))
    lost, theirs = ours["regret"]["mean"], rule["regret"]["mean"]
    return (
        f"From a {part['evidence']}, calls are right in {n.share(ours['right']['mean'])} and lose "
        f"{n.percent(lost)} of what random labelling costs; the best rule, {method_name(rule['method'])}, is right in "
        f"{n.share(rule['right']['mean'])} and loses {n.percent(theirs)}"
    )


_CALLS: Columns = (
    ("", lambda one: f"  {method_name(one['method'])}"),
    ("right", lambda one: n.share(one["right"]["mean"])),
    ("80% range", lambda one: range_words(one["right"], n.share, share=True)),
    ("regret", lambda one: n.percent(one["regret"]["mean"])),
    ("80% range", lambda one: range_words(one["regret"], n.percent)),
    ("ours vs it", lambda one: relative_words(one["ours_against_it"])),
    ("USD", lambda one: n.count(round(one["regret_usd"]))),
)
_RULES: Columns = (
    ("rule of calling", lambda one: f"  {one['rule']}"),
    ("calls", lambda one: n.share(one["calls"])),
    ("right", lambda one: n.or_none(one["right"], n.share)),
    ("regret of calls", lambda one: n.or_none(one["regret"], n.percent)),
    ("regret, coin else", lambda one: n.percent(one["regret_with_coin"])),
)
_CHANCES: Columns = (
    ("chance that active learning is cheaper", lambda one: f"  {n.share(one['from'])} to {n.share(one['to'])}"),
    ("questions", lambda one: n.count(one["questions"])),
    ("data sets", lambda one: n.count(one["data_sets"])),
    ("said", lambda one: n.or_none(one["said"], n.share)),
    ("true", lambda one: n.or_none(one["happened"], n.share)),
    ("80%", lambda one: range_words(one, n.share)),
)
_STATES: Columns = (
    ("verdict", lambda one: f"  {CHOICES[one['state']]}"),
    ("questions", lambda one: n.count(one["questions"])),
    ("share", lambda one: n.share(one["share"])),
    ("right", lambda one: n.or_none(one["right"], n.share)),
    ("truly close", lambda one: n.or_none(one["truly_close"], n.share)),
)


def print_verdicts(result: Mapping[str, Any]) -> None:
    """Print a verdict backtest (`planner.evidence.results.VERDICTS`), with its origin where it is recorded."""
    print_wrapped(" ".join(f"{regret_finding(part)}." for part in result["by_evidence"]))
    prices = ", ".join(f"{price:g}" for price in result["prices_usd"])
    hours = " and ".join(f"{one:g}" for one in result["engineering_hours"])
    shares = ", ".join(n.share(one) for one in result["target_shares"])
    print_wrapped(
        f"{n.count(result['questions'])} questions on {n.count(result['data_sets'])} data sets of {result['source']}, "
        f"each held out in turn: {result['strategy']} against random at label prices of {prices} USD, {hours} hours of "
        f"engineering, and targets that random reaches at {shares} of its labels; {n.count(result['campaigns'])} "
        "campaigns a data set."
    )
    print()
    parts = result["by_evidence"]
    titles = [
        f"{part['evidence']} ({n.count(part['questions'])} questions; active learning cheaper in "
        f"{n.share(part['al_right'])})"
        for part in parts
    ]
    print_records(_CALLS, [(title, part["methods"]) for title, part in zip(titles, parts, strict=True)])
    print_records(_RULES, [(part["evidence"], part["calls"]) for part in parts])
    print_records(_CHANCES, [(part["evidence"], part["calibration"]) for part in parts])
    print_records(_STATES, [(part["evidence"], part["states"]) for part in parts])
    print_wrapped(
        "Regret: what the other plan would have saved, as a share of what random labelling truly cost, averaged within "
        "a data set and then over data sets; ranges are 80% intervals over data sets. In a verdict of too close to "
        "call, the option with the lower mean bill counts as the call. Rules of calling: by the chance, from 80% and "
        "up to 20%; by the mean bill, where no more is expected to be lost than saved; both, where the two agree. "
        "Where a rule makes no call, a coin is tossed. Truly close: the plans differ by at most a tenth of what "
        "random labelling cost. Rules of thumb take the planner's median for the labels that random needs; the last "
        "line is told how many they truly are, which nobody knows: what it loses is lost by not knowing the saving."
    )
    if "made_on" in result:
        print_wrapped(results_source(result))


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
