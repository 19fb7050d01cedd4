"""What is worth knowing before a decision, in words: everything, each input, and a pilot."""

import re
from collections.abc import Mapping

from planner.decision.analysis import NEED_RANDOM, SAVINGS, Analysis
from planner.decision.pilot import PilotValue
from planner.decision.verdict import Verdict
from planner.report import numbers as n
from planner.report import words
from planner.report.names import plan_name

LEARNT = {
    NEED_RANDOM: "labels that random needs",
    SAVINGS: "how many times fewer labels active learning needs",
    "value_of_random": "what random reaches",
    "gain_in_value": "what active learning reaches beyond it",
}
WORTH_TELLING = 0.02  # of the EVPI
NOTHING_USD = 0.5  # less than one unit of money is told as none
SMALL = 0.5  # of the largest pilot tried, below which its value comes out high (docs/pilot.md)
FEW_DRAWS = 50  # behind a pilot's posterior, from which down its value comes out low (docs/pilot.md)


def information_sentence(verdict: Verdict, analysis: Analysis) -> str:
    """Say what it would be worth to know everything before choosing, and what is worth knowing most."""
    losses = analysis.information.losses
    best = plan_name(losses.best)
    if words.nothing_bought(verdict):
        return "Nothing is worth finding out first: the budget pays for no plan, whatever is found."
    if losses.evpi_usd < NOTHING_USD:
        return (
            f"Nothing is worth finding out first: {best} costs the least in every future looked at"
            f"{_at_no_cost(verdict, losses.best)}."
        )
    most = [one for one in analysis.information.ranked if one.evppi_usd >= WORTH_TELLING * losses.evpi_usd][:3]
    names = _labels(verdict)
    told = ", ".join(f"{learnt_name(one.name, names)} ({approximate(one.evppi_usd, verdict)})" for one in most)
    return (
        f"By mean cost {best} is the choice. Knowing everything before choosing would be worth "
        f"{approximate(losses.evpi_usd, verdict)} (± {approximate(losses.evpi_se_usd, verdict)})"
        + (f"; most worth knowing: {told}." if told else ".")
    )


def _at_no_cost(verdict: Verdict, best: str) -> str:
    """Say where the plan that costs the least may be the one that misses, which costs nothing by itself."""
    if verdict.target is None:
        beyond = best == "random" and verdict.p_al_cheaper > 0
        return "; that it cannot have what active learning reaches there costs nothing here" if beyond else ""
    missing = "; to miss the target costs nothing here, which failure_usd would change"
    return missing if verdict.plans[best].p_unreachable > 0 else ""


def approximate(amount_usd: float, verdict: Verdict) -> str:
    """Write what a simulation says of the value of information: two digits are more than it knows."""
    return n.about(amount_usd, verdict.currency, digits=2)


def learnt_name(name: str, labels: Mapping[str, str] | None = None) -> str:
    """Give an input's name as people say it, by its place in the plan where it has no other."""
    if labels and name in labels:
        return labels[name]
    return LEARNT.get(name, n.plain(name.rpartition(".")[2]).replace("_", " "))


def _labels(verdict: Verdict) -> dict[str, str]:
    """Give what people call the inputs of the tornado, without their units."""
    named = {bar.input: re.sub(r" \([^()]*\)$", "", n.plain(bar.label)) for bar in verdict.sensitivity}
    return {path: name[:1].lower() + name[1:] for path, name in named.items()}


def learnt_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row an input: what it is worth to learn it before choosing, most first."""
    if verdict.analysis is None:
        return []
    found = [one for one in verdict.analysis.information.ranked if one.evppi_usd > 0]
    return [
        {
            "Learning": learnt_name(one.name, _labels(verdict)),
            "Is worth": approximate(one.evppi_usd, verdict),
            "Give or take": approximate(one.se_usd, verdict),
        }
        for one in found
    ]


def pilot_sentence(verdict: Verdict, analysis: Analysis) -> str | None:
    """Say whether measuring first pays, how large, and what it brings; None where no pilot was valued."""
    if not analysis.pilots:
        why = None if analysis.no_pilot is None else n.plain(analysis.no_pilot).removeprefix("pilot: ")
        return None if why is None else f"No pilot was valued: {why}."
    pilot = analysis.best_pilot
    if pilot is None:
        return _no_pilot(verdict, analysis)
    best = pilot.best
    assert best.size is not None and best.low is not None and best.high is not None
    low, high = n.about_count(best.low), n.about_count(best.high)
    as_good = f" ({low} to {high} are as good)" if low != high else ""
    usd = (best.evsi_usd, best.cost_usd, best.net_usd, best.net_se_usd)
    worth, cost, net, give = (approximate(amount or 0.0, verdict) for amount in usd)
    return (
        f"Measure first: {_pilot_words(pilot, best.size)}{as_good} is worth {worth} and costs {cost} beyond what you "
        f"would spend anyway: {net} net (± {give}). It would change the choice in "
        f"{n.share(pilot.p_changes_at_best or 0.0)} of futures.{_small(pilot, best.size)}{_few_draws(pilot, best.size)}"
    )


def _no_pilot(verdict: Verdict, analysis: Analysis) -> str:
    """Say what the pilot would bring that loses least, and what the one that tells most."""
    if max(max(pilot.evsi_usd) for pilot in analysis.pilots.values()) < NOTHING_USD:
        return "No pilot pays: whatever it shows, the choice stays the same."
    tried = [(pilot, at) for pilot in analysis.pilots.values() for at in range(len(pilot.sizes))]
    pilot, at = max(tried, key=lambda one: one[0].net_usd[one[1]])
    size, beyond = pilot.sizes[at], "beyond what you would spend anyway"
    usd = (pilot.evsi_usd[at], pilot.cost_usd[at], pilot.evsi_se_usd[at])
    worth, cost, give = (approximate(amount, verdict) for amount in usd)
    if pilot.net_usd[at] > 0:
        return (
            f"Whether to measure first is a toss-up: the best pilot tried, {_pilot_words(pilot, size)}, is worth "
            f"{worth} (± {give}) and costs {cost} {beyond}.{_few_draws(pilot, size)}"
        )
    least = f"the one that loses least, {_pilot_words(pilot, size)}, is worth {worth} and costs {cost} {beyond}"
    top, there = max(tried, key=lambda one: one[0].evsi_usd[one[1]])
    if (top, there) == (pilot, at):
        return f"No pilot pays: {least}.{_few_draws(pilot, size)}"
    most = top.sizes[there]
    worth, cost = (approximate(amount, verdict) for amount in (top.evsi_usd[there], top.cost_usd[there]))
    told = f"the one that tells most, {_pilot_words(top, most)}, is worth {worth} and costs {cost}"
    return f"No pilot pays: {least}; {told}.{_few_draws(top, most)}"


def _pilot_words(pilot: PilotValue, labels: int) -> str:
    size = n.about_count(labels)
    if pilot.kind == "random":
        return f"a pilot of {size} random labels"
    names = " and ".join(plan_name(name) for name in pilot.strategies)
    return f"a pilot of random and {names} beside each other, {size} labels each"


def _small(pilot: PilotValue, labels: int) -> str:
    """Say so where a pilot is small beside those tried: the fast method makes too much of such (docs/pilot.md)."""
    if labels >= SMALL * pilot.sizes[-1]:
        return ""
    return " Pilots so small were worth less where they were simulated in full: this is the most that it may bring."


def _few_draws(pilot: PilotValue, labels: int) -> str:
    """Say so where a pilot's worth rests on few draws that agree with it."""
    at = min(range(len(pilot.sizes)), key=lambda i: abs(pilot.sizes[i] - labels))
    behind = pilot.effective_draws[at]
    if behind >= FEW_DRAWS or pilot.evsi_usd[at] < NOTHING_USD:
        return ""
    return (
        f" Only some {n.about_count(max(round(behind), 1), 1)} draws speak for what such a pilot would show: its worth "
        "may be a tenth off, more often too low, and more draws tell it better."
    )


def pilot_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row a pilot: its labels, worth, cost and net value."""
    if verdict.analysis is None:
        return []
    return [
        {
            "Pilot": "random" if pilot.kind == "random" else "random and " + ", ".join(pilot.strategies),
            "Labels each": f"{size:,}",
            "Worth": approximate(pilot.evsi_usd[i], verdict),
            "Give or take": approximate(pilot.evsi_se_usd[i], verdict),
            "Costs": approximate(pilot.cost_usd[i], verdict),
            "Net": approximate(pilot.net_usd[i], verdict),
            "Changes the choice": n.share(pilot.p_changes[i]),
        }
        for pilot in verdict.analysis.pilots.values()
        for i, size in enumerate(pilot.sizes)
    ]
