"""A verdict backtest in words: how often the call was right, what wrong calls cost, and whether chances held."""

from collections.abc import Mapping
from typing import Any

from planner.report import numbers as n
from planner.report.words_backtest import method_name

_STATES = {
    "use_active_learning": "use active learning",
    "too_close": "too close to call",
    "label_random": "label random",
}


def state_name(state: str) -> str:
    """Name a verdict for people."""
    return _STATES[state]


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
    """State what wrong calls cost beside the best rule of thumb.

    Args:
        part: one kind of evidence.
    """
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
