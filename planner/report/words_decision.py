"""The decision beyond the verdict in words: where it flips, what is worth knowing, what to try first."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from planner.decision.analysis import NEED_RANDOM, SAVINGS, Analysis
from planner.decision.pilot import PilotValue
from planner.decision.solve import VOTE_PRICE, BreakEven, Where
from planner.decision.sweep import Flip
from planner.decision.verdict import State, Verdict
from planner.report import numbers as n
from planner.report import words

__all__ = [
    "break_even_rows",
    "decision_lines",
    "first_order_sentence",
    "flip_sentences",
    "frontier_rows",
    "information_sentence",
    "learnt_rows",
    "pilot_rows",
    "pilot_sentence",
    "rounds_sentence",
    "sweep_tables",
]

CHOICES: dict[State, str] = {
    "use_active_learning": "use active learning",
    "label_random": "label random",
    "too_close": "too close to call",
}
LEARNT = {
    NEED_RANDOM: "labels that random needs",
    SAVINGS: "how many times fewer labels active learning needs",
    "value_of_random": "what random reaches",
    "gain_in_value": "what active learning reaches beyond it",
}
WORTH_TELLING = 0.02  # of the EVPI
MOST_FLIPS = 4
TITLES = {
    "price": "Price of a vote",
    "pool": "Items in the pool",
    "hours": "Engineering hours, one-off",
    "projects": "Projects sharing the engineering",
    "factor": "Label savings factor",
}


def decision_lines(verdict: Verdict) -> list[str]:
    """Give the sentences below a verdict, as the command line prints them."""
    analysis = verdict.analysis
    if analysis is None:
        return []
    told = [
        *flip_sentences(verdict, analysis),
        rounds_sentence(verdict, analysis),
        information_sentence(verdict, analysis),
        pilot_sentence(verdict, analysis),
        first_order_sentence(verdict, analysis),
    ]
    return [sentence for sentence in told if sentence]


def flip_sentences(verdict: Verdict, analysis: Analysis) -> list[str]:
    """Say from which value of one input on the verdict would be another, one sentence for each other verdict."""
    found: list[str] = []
    for state, choice in CHOICES.items():
        flips = [flip for flip in analysis.flips if flip.state == state][:MOST_FLIPS]
        if flips:
            conditions = "; ".join(_condition(flip, verdict.currency) for flip in flips)
            found.append(f"It would be “{choice}” with one of these alone: {conditions}.")
    return found or ["No input alone, from a tenth to ten times what it is, changes the verdict."]


def _condition(flip: Flip, currency: str) -> str:
    name = words.input_label(flip.label, currency).lower()
    value, now = (n.input_value(x, flip.input) for x in (flip.said, flip.planned))
    unit = words.in_currency(flip.unit, currency)
    told = "" if not unit or unit == "fraction" or unit.lower() in name else f" {unit}"
    if flip.side == "at":
        return f"{name} known to be {value}{told}"
    way = "or more" if flip.side == "above" else "or less"
    return f"{name} {value}{told} {way} (now {now})"


def rounds_sentence(verdict: Verdict, analysis: Analysis) -> str | None:
    """Say how many labels a round are the cheapest; None where there is nothing to choose."""
    rounds = analysis.rounds
    if rounds is None:
        return None
    best = rounds.by_size.loc[rounds.by_size["batch_size"] == rounds.best].iloc[0]
    name = words.plan_name(verdict.al_plan)
    usual = f"{n.count(rounds.best)} labels a round (usually {best['rounds']:,.0f} rounds, {n.days(best['days'])})"
    if verdict.plans[verdict.al_plan].batch_size is not None:
        return f"{name.capitalize()} is cheapest with {usual}, which is what it is priced with."
    if rounds.saved_usd < 1 or rounds.best == rounds.planned:
        return f"{name.capitalize()} is cheapest as planned, with {n.count(rounds.planned)} labels a round."
    now, then = n.chance(verdict.p_al_cheaper), n.chance(float(best["p_al_better"]))
    return (
        f"{name.capitalize()} with {usual} instead of {n.count(rounds.planned)} would cost "
        f"{n.money(rounds.saved_usd, verdict.currency)} less on average; the chance of {now} would be {then}."
    )


def information_sentence(verdict: Verdict, analysis: Analysis) -> str:
    """Say what it would be worth to know everything before choosing, and what is worth knowing most."""
    losses = analysis.information.losses
    best = words.plan_name(losses.best)
    if losses.evpi_usd < 0.5:
        return f"Nothing is worth finding out first: {best} has the lowest mean cost, whatever turns out."
    most = [one for one in analysis.information.ranked if one.evppi_usd >= WORTH_TELLING * losses.evpi_usd][:3]
    told = ", ".join(f"{learnt_name(one.name)} ({n.money(one.evppi_usd, verdict.currency)})" for one in most)
    return (
        f"By mean cost {best} is the choice. Knowing everything before choosing would be worth "
        f"{n.money(losses.evpi_usd, verdict.currency)} (± {n.money(losses.evpi_se_usd, verdict.currency)})"
        + (f"; most worth knowing: {told}." if told else ".")
    )


def learnt_name(name: str) -> str:
    """Give an input's name as people say it, by its place in the plan where it has no other."""
    return LEARNT.get(name, n.plain(name.rpartition(".")[2]).replace("_", " "))


def pilot_sentence(verdict: Verdict, analysis: Analysis) -> str | None:
    """Say whether measuring first pays, how large, and what it brings; None where no pilot was valued."""
    if not analysis.pilots:
        return None
    best = analysis.best_pilot
    if best is None:
        most = max(max(pilot.evsi_usd) for pilot in analysis.pilots.values())
        return (
            "No pilot pays: it would let you decide better by at most "
            f"{n.money(most, verdict.currency)}, and costs more than that."
        )
    assert best.best_size is not None and best.best_range is not None and best.best_net_usd is not None
    at = best.sizes.index(best.best_size)
    low, high = best.best_range
    as_good = f" ({low:,} to {high:,} are as good)" if low < high else ""
    worth, give, cost = (n.money(usd[at], verdict.currency) for usd in (best.evsi_usd, best.evsi_se_usd, best.cost_usd))
    return (
        f"Measure first: {_pilot_words(best, at)}{as_good} is worth {worth} (± {give}) and costs {cost} beyond what "
        f"you would spend anyway: {n.money(best.best_net_usd, verdict.currency)} net. It would change the choice in "
        f"{n.share(best.p_changes[at])} of futures."
    )


def _pilot_words(pilot: PilotValue, at: int) -> str:
    size = f"{pilot.sizes[at]:,}"
    if pilot.kind == "random":
        return f"a pilot of {size} random labels"
    names = " and ".join(words.plan_name(name) for name in pilot.strategies)
    return f"a pilot of random and {names} beside each other, {size} labels each"


def first_order_sentence(verdict: Verdict, analysis: Analysis) -> str | None:
    """Say how many random labels to order first, where random is labelled and its need is not known."""
    first = analysis.first
    if first is None or first.labels == 0:
        return None
    low, high = first.as_good
    span = f" ({low:,} to {high:,} cost within 5% of that)" if low < high else ""
    return (
        f"If you label at random, order {first.labels:,} first{span}: enough with a chance of "
        f"{n.share(first.p_enough)}; then order on, {n.count(round(first.mean_orders, 1))} orders on average."
    )


def break_even_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row an unknown: where active learning pays with even odds, with 80%, and on average."""
    if verdict.analysis is None:
        return []
    return [_break_even_row(name, found, verdict) for name, found in verdict.analysis.break_evens.items()]


def _break_even_row(name: str, found: BreakEven, verdict: Verdict) -> dict[str, str]:
    write = _writer(name, verdict.currency)
    return {
        "Active learning pays for": TITLES[name],
        "Planned": "" if found.planned is None else write(found.planned),
        "Even odds": _stretches(found.p50, write),
        "80% sure": _stretches(found.p80, write),
        "On average": _stretches(found.mean, write),
    }


def _writer(name: str, currency: str) -> Callable[[float], str]:
    if name == "price":
        return lambda usd: n.price(usd, currency)
    if name == "factor":
        return lambda factor: f"{factor:.3g}"
    return lambda x: n.count(float(f"{x:.3g}"))


def _stretches(where: Where, write: Callable[[float], str]) -> str:
    """Write where it pays: never, always, or from and up to which values."""
    if where.state != "roots":
        return where.state
    return ", ".join(_stretch(low, high, write) for low, high in where.pays)


def _stretch(low: float | None, high: float | None, write: Callable[[float], str]) -> str:
    if low is None:
        return f"up to {write(high or 0.0)}"
    return f"from {write(low)}" if high is None else f"{write(low)} to {write(high)}"


def learnt_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row an input: what it is worth to learn it before choosing, most first."""
    if verdict.analysis is None:
        return []
    found = [one for one in verdict.analysis.information.ranked if one.evppi_usd > 0]
    return [
        {
            "Learning": learnt_name(one.name),
            "Is worth": n.money(one.evppi_usd, verdict.currency),
            "Give or take": n.money(one.se_usd, verdict.currency),
        }
        for one in found
    ]


def pilot_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row a pilot: its labels, worth, cost and net value."""
    if verdict.analysis is None:
        return []
    money = verdict.currency
    return [
        {
            "Pilot": "random" if pilot.kind == "random" else "random and " + ", ".join(pilot.strategies),
            "Labels each": f"{size:,}",
            "Worth": n.money(pilot.evsi_usd[i], money),
            "Give or take": n.money(pilot.evsi_se_usd[i], money),
            "Costs": n.money(pilot.cost_usd[i], money),
            "Net": n.money(pilot.net_usd[i], money),
            "Changes the choice": n.share(pilot.p_changes[i]),
        }
        for pilot in verdict.analysis.pilots.values()
        for i, size in enumerate(pilot.sizes)
    ]


def sweep_tables(verdict: Verdict) -> dict[str, list[dict[str, str]]]:
    """Give a table for each input that was swept: the answer at each of its values."""
    if verdict.analysis is None:
        return {}
    return {
        path: [_sweep_row(path, row, verdict.currency) for row in frame.to_dict(orient="records")]
        for path, frame in verdict.analysis.sweeps.items()
    }


def _sweep_row(path: str, row: Mapping[Hashable, Any], currency: str) -> dict[str, str]:
    value = n.price(row["value"], currency) if path == VOTE_PRICE else n.input_value(row["value"], path)
    span = " to ".join(n.money(row[q], currency) for q in ("saving_q10", "saving_q90"))
    return {
        "Value": value,
        "Chance AL is better": n.chance(row["p_al_better"]),
        "Usual saving": n.money(row["saving_q50"], currency),
        "80% range": span,
        "Verdict": CHOICES[row["state"]],
    }


def frontier_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row an efficient option: what it costs, reaches, and pays for each point more."""
    if verdict.analysis is None:
        return []
    frame = verdict.analysis.frontier
    return [
        {
            "Plan": words.plan_name(str(row["plan"])),
            "Labels": n.count(float(row["labels"])),
            "Mean cost": n.money(float(row["total_usd"]), verdict.currency),
            "Mean value": n.percent(float(row["value"])),
            "For each point more": ""
            if row["usd_per_point"] != row["usd_per_point"]
            else n.money(float(row["usd_per_point"]), verdict.currency),
        }
        for row in frame[frame["state"] == "efficient"].to_dict(orient="records")
    ]
