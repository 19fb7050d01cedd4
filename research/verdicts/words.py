"""Verdicts held out, in words and tables; those of the recorded ones are stored beside their figures."""

from collections.abc import Mapping
from typing import Any

from planner.render import numbers as n
from planner.render.terminal import Columns, print_records, print_wrapped
from planner.render.verdict.analysis_words import CHOICES
from research.backtest.words import method_name, range_words, relative_words
from research.evidence.words import results_source


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


def _scores(part: Mapping[str, Any]) -> str:
    """Tell skill, log score and coverage of one kind of evidence."""
    skill, bits, holds = part["skill"], part["log_score"], part["holds"]
    return (
        f"From a {part['evidence']}: skill {n.or_none(skill['skill'], '{:.2f}'.format)} against "
        f"{method_name(skill['best_rule'])}, the best rule; {bits['planner']:.2f} bits a question by the chance, "
        f"{bits['base_rate']:.2f} by the base rate; 80% ranges hold {n.or_none(holds['random_labels'], n.share)} of "
        f"labels and {n.or_none(holds['log_factor'], n.share)} of savings."
    )


def print_verdicts(result: Mapping[str, Any]) -> None:
    """Print a verdict backtest (`planner.evidence.results.VERDICTS`), with its origin where it is recorded."""
    print_wrapped(" ".join(f"{regret_finding(part)}." for part in result["by_evidence"]))
    strategies, learners = (" and ".join(result[key]) for key in ("strategies", "learners"))
    how = "set aside before anything was fitted" if result["set_aside"] else "each held out in turn"
    ratios = ", ".join(f"{ratio:g}" for ratio in result["bill_ratios"])
    shares = ", ".join(n.share(one) for one in result["target_shares"])
    print_wrapped(
        f"{n.count(result['questions'])} questions on {n.count(result['data_sets'])} data sets of {result['source']}, "
        f"{how}: {strategies} against random (learner {learners}), where random's bill is {ratios} times what "
        f"active learning costs to build, and targets that random reaches at {shares} of its labels; "
        f"{n.count(result['campaigns'])} campaign{'s' if result['campaigns'] != 1 else ''} a data set."
    )
    print()
    parts = result["by_evidence"]
    titles = [
        f"{part['evidence']} ({n.count(part['questions'])} questions; active learning cheaper in "
        f"{n.share(part['al_right'])})"
        for part in parts
    ]
    for part in parts:
        print_wrapped(_scores(part))
    print()
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
        "random labelling cost. Rules of thumb forecast the labels that random needs by themselves: from a pilot by a "
        "weighted power law, else by the estimate's middle, or halfway from initial set to pool in the logarithm."
    )
    if "made_on" in result:
        print_wrapped(results_source(result))
