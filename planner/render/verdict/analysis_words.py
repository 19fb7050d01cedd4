"""The analysis beyond the verdict in words: where it flips, what is worth knowing, what to try first."""

import math
from collections.abc import Callable
from functools import partial

from planner.decision import Verdict, break_even, sensitivity
from planner.decision.analysis import NEED_RANDOM, SAVINGS, Analysis
from planner.decision.information import InputValue
from planner.decision.pilot.value import PilotValue
from planner.decision.solve_inputs import VOTE_PRICE
from planner.decision.state import RARELY_DECIDED, State
from planner.render import numbers as n
from planner.render.terminal import print_rows
from planner.render.verdict import option_words, words
from planner.render.verdict.conditions import beyond_words, name_and_unit, with_unit

CHOICES: dict[State, str] = {state: headline.lower() for state, headline in words.HEADLINES.items()}
LEARNT = {
    NEED_RANDOM: "labels that random needs",
    SAVINGS: "how many times fewer labels active learning needs",
    "value_of_random": "what random reaches",
    "gain_in_value": "what active learning reaches beyond it",
}
BREAK_EVENS = {
    "price": "Price of a vote",
    "pool": "Items in the pool",
    "hours": "Engineering hours, one-off",
    "projects": "Projects sharing the engineering",
    "factor": "Label savings factor",
}
POOL_TIMES = 10.0  # the planned pool, beyond which a break-even is told as more than that
MOST_FLIPS = 4
TRIED = "of those tried, from a quarter of the initial set to twice it"
WORTH_TELLING = 0.02  # of the EVPI
LEAST_SAVED = 0.005  # of the mean bill: less is told as none
NOTHING_USD = 0.5  # less than one unit of money is told as none
SMALL = 0.5  # of the largest pilot tried, below which its value comes out high (docs/method/pilot.md)
FEW_DRAWS = 50  # behind a pilot's posterior, from which down its value comes out low (docs/method/pilot.md)


def analysis_of(verdict: Verdict) -> Analysis:
    """Give what was asked beyond the verdict.

    Raises:
        ValueError: nothing was asked; no page shows a chart or table of it then.
    """
    if verdict.analysis is None:
        raise ValueError("the verdict was asked for alone: it has no analysis to draw")
    return verdict.analysis


def information_sentence(verdict: Verdict, analysis: Analysis) -> str | None:
    """Say what it would be worth to know everything before choosing, and what is worth knowing most.

    There is no such sentence at a budget, where options are compared by what they reach and not by money, nor where
    most futures reach the target with neither.
    """
    losses = analysis.information.losses
    best = n.plan_name(losses.best)
    if words.nothing_bought(verdict):
        return "Nothing is worth finding out first: the budget pays for no plan, whatever is found."
    if verdict.gain is not None or verdict.p_unreachable > RARELY_DECIDED:
        return None
    if losses.evpi_usd < max(NOTHING_USD, losses.evpi_se_usd):
        return f"Nothing is worth finding out first: {best} costs the least in every future looked at."
    most = worth_learning(analysis)[:3]
    told = ", ".join(f"{learnt_name(one.name, verdict)} ({approximate(one.evppi_usd, verdict)})" for one in most)
    return (
        "Knowing everything before choosing would be worth "
        f"{approximate(losses.evpi_usd, verdict)} (± {approximate(losses.evpi_se_usd, verdict)})"
        + (f"; most worth knowing: {told}." if told else ".")
    )


def approximate(amount_usd: float, verdict: Verdict) -> str:
    """Write what a simulation says of the value of information: two digits are more than it knows."""
    return n.about(amount_usd, verdict.currency, digits=2)


def learnt_name(name: str, verdict: Verdict) -> str:
    """Give an input's name as people say it: that of the tornado, or by its place in the plan."""
    labels = {bar.input: words.without_unit(n.plain(bar.label)) for bar in verdict.sensitivity}
    return labels.get(name) or LEARNT.get(name) or n.plan_name(name.rpartition(".")[2])


def worth_learning(analysis: Analysis) -> list[InputValue]:
    """Give the inputs that are worth learning by more than the noise of the draws, most first."""
    least_usd = max(NOTHING_USD, WORTH_TELLING * analysis.information.losses.evpi_usd)
    return [one for one in analysis.information.ranked if one.evppi_usd >= max(least_usd, one.se_usd)]


def learnt_values(verdict: Verdict) -> list[tuple[str, float, float]]:
    """Give name, worth and its standard error in USD of learning everything, then of each input, most first."""
    analysis = analysis_of(verdict)
    losses = analysis.information.losses
    inputs = [(learnt_name(one.name, verdict), one.evppi_usd, one.se_usd) for one in worth_learning(analysis)]
    return [("everything", losses.evpi_usd, losses.evpi_se_usd), *inputs]


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
    # Such a pilot's fast value comes out high (docs/method/pilot.md).
    small = ""
    if best.size < SMALL * pilot.sizes[-1]:
        small = (
            " Pilots so small were worth less where they were simulated in full: this is the most that it may bring."
        )
    usd = (best.evsi_usd, best.cost_usd, best.net_usd, best.net_se_usd)
    worth, cost, net, give = (approximate(amount or 0.0, verdict) for amount in usd)
    return (
        f"Measure first: {_pilot_words(pilot, best.size)}{as_good} is worth {worth} and costs {cost} beyond what you "
        f"would spend anyway: {net} net (± {give}). It would change the choice in "
        f"{n.share(pilot.p_changes_at_best or 0.0)} of futures.{small}{_few_draws_note(pilot, best.size)}"
    )


def _no_pilot(verdict: Verdict, analysis: Analysis) -> str:
    """Say that no pilot pays, with the one that tells most where it tells anything; or that it is a toss-up."""
    nearest = nearest_pilot(analysis)
    if nearest is None:
        return "No pilot pays: none that was tried tells enough to change the choice."
    pilot, at = nearest
    toss_up = pilot.net_usd[at] > 0
    size, give_usd = pilot.sizes[at], pilot.evsi_se_usd[at]
    worth, cost, give = (approximate(usd, verdict) for usd in (pilot.evsi_usd[at], pilot.cost_usd[at], give_usd))
    told = f"is worth {worth} (± {give}) and costs {cost} beyond what you would spend anyway"
    best_tried = "Whether to measure first is a toss-up: the best pilot tried"
    start = best_tried if toss_up else "No pilot pays: the one that tells most"
    return f"{start}, {_pilot_words(pilot, size)}, {told}.{_few_draws_note(pilot, size)}"


def nearest_pilot(analysis: Analysis) -> tuple[PilotValue, int] | None:
    """Choose the pilot to tell of where none pays, with its place: a toss-up, or what tells most; None if none does."""
    tried = [(pilot, at) for pilot in analysis.pilots.values() for at in range(len(pilot.sizes))]
    pilot, at = max(tried, key=lambda one: one[0].net_usd[one[1]], default=(None, 0))
    if pilot is None or pilot.net_usd[at] > 0:
        return None if pilot is None else (pilot, at)
    pilot, at = max(tried, key=lambda one: one[0].evsi_usd[one[1]])
    return None if pilot.evsi_usd[at] < max(NOTHING_USD, pilot.evsi_se_usd[at]) else (pilot, at)


def _pilot_words(pilot: PilotValue, labels: int) -> str:
    size = n.about_count(labels)
    if pilot.kind == "random":
        return f"a pilot of {size} random labels"
    names = " and ".join(n.plan_name(name) for name in pilot.strategies)
    return f"a pilot of random and {names} beside each other, {size} labels each"


def _few_draws_note(pilot: PilotValue, labels: int) -> str:
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
        for pilot in analysis_of(verdict).pilots.values()
        for i, size in enumerate(pilot.sizes)
    ]


def decision_lines(verdict: Verdict) -> list[str]:
    """Give the sentences below a verdict, as the command line prints them."""
    analysis = verdict.analysis
    if analysis is None:
        return []
    told = [
        value_sentence(verdict),
        # Where nothing flips the verdict, the sentence on what would settle it has said so.
        *(flip_sentences(verdict, analysis) if analysis.flips else ()),
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
        flips = [_condition_words(flip, verdict.currency) for flip in analysis.flips if flip.state == state]
        if flips:
            found.append(f"It would be “{choice}” with one of these alone: {'; '.join(flips[:MOST_FLIPS])}.")
    none = "None of the inputs that matter most, from a tenth to ten times what it is, changes the verdict alone."
    return found or [none]


def _condition_words(flip: sensitivity.Flip, currency: str) -> str:
    if flip.side == "at":
        name, unit = name_and_unit(flip, currency)
        middle = n.input_value(n.significant(flip.planned, 3), flip.input)
        return f"{name}, if known for sure to be {with_unit(middle, unit, currency)}"
    lost = flip.p_unreachable > RARELY_DECIDED
    return beyond_words(
        flip, currency, f"; neither plan gets there in {n.share(flip.p_unreachable)} of futures" if lost else ""
    )


def value_sentence(verdict: Verdict) -> str | None:
    """Rank the plans by the value that their labels buy, where the target is rarely reached; else None."""
    if verdict.target is None or verdict.p_unreachable <= RARELY_DECIDED or words.nothing_bought(verdict):
        return None
    ranked = sorted(verdict.plans.values(), key=lambda plan: -(plan.value.q50 or 0.0))
    told = ", ".join(f"{n.plan_name(plan.name)} {words.value_range(plan)}" for plan in ranked)
    how = "no future" if verdict.p_unreachable == 1 else f"{n.share(1 - verdict.p_unreachable)} of futures only"
    return (
        f"The target is reached in {how}, with random labelling or with active learning. By the "
        f"{n.metric_name(verdict.metric)} that they usually have with what they buy until they stop: {told}."
    )


def rounds_sentence(verdict: Verdict, analysis: Analysis) -> str | None:
    """Say how many labels a round are the cheapest; None where there is nothing to choose."""
    rounds = analysis.rounds
    if rounds is None or verdict.plans[verdict.al_plan].p_unreachable == 1 or len(rounds.by_size) == 1:
        return None
    best = rounds.by_size.loc[rounds.by_size["batch_size"] == rounds.best].iloc[0]
    name = n.plan_name(verdict.al_plan)
    often = f"{n.count_words(best['rounds'], 'round')}, {n.days(best['days'])}"
    usual = f"{n.count_words(rounds.best, 'label')} a round (usually {often})"
    least_usd = max(1.0, LEAST_SAVED * sum(verdict.plans[verdict.al_plan].lines_usd.values()))
    if rounds.saved_usd < least_usd or rounds.best == rounds.planned:
        if verdict.plans[verdict.al_plan].batch_size is not None:
            size = verdict.plans["random"].batch_size
            also = "" if size is None else f"; random labelling, watched in rounds too, with {n.count(size)}"
            return f"{n.capital(name)} is priced with {usual}, the cheapest {TRIED}{also}."
        planned = n.count_words(rounds.planned, "label")
        return f"{n.capital(name)} is cheapest as planned, with {planned} a round, {TRIED}."
    return (
        f"{n.capital(name)} with {usual}, the cheapest {TRIED}, would cost "
        f"{n.about(rounds.saved_usd, verdict.currency, digits=2)} less on average than with {n.count(rounds.planned)}."
    )


def first_order_sentence(verdict: Verdict, analysis: Analysis) -> str | None:
    """Say how many random labels to order first, where random is labelled and its need is not known."""
    first = analysis.first
    if first is None or first.labels == 0 or first.p_reached == 0:
        return None
    low, high = (n.about_count(end) for end in first.as_good)
    span = f" ({low} to {high} cost within 5% of that)" if low != high else ""
    on = f"; then order on as needed, {n.count_words(first.mean_orders, 'order')} in all on average"
    return (
        f"If you label at random, order about {n.about_count(first.labels)} first{span}: enough with a chance of "
        f"{n.share(first.p_enough)}{on if len(first.orders) > 1 else ''}."
    )


def break_even_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row an unknown: where active learning pays with even odds, with 80%, and on average."""
    rows = []
    for name, found in analysis_of(verdict).break_evens.items():
        # A root has three digits, as a reader does not know the number.
        planned: Callable[[float], str] = n.input_value
        write: Callable[[float], str] = _three_digits
        if name in ("price", "factor"):
            planned = write = partial(n.price, currency=verdict.currency) if name == "price" else "{:.3g}".format
        if name == "pool":
            write = partial(_items_words, most=POOL_TIMES * (found.planned or math.inf))
        row = {
            "Active learning pays for": BREAK_EVENS[name] + (words.priced_by(verdict) if name == "price" else ""),
            "Planned": "" if found.planned is None else planned(found.planned),
        }
        means = {"On average": found.mean, "Even odds": found.p50, "80% sure": found.p80}
        rows.append(row | {title: _pays_words(where, write) for title, where in means.items()})
    return rows


def _items_words(root: float, most: float) -> str:
    """Write a size of the pool; one far beyond the plan's rests on curves that nobody measured there."""
    return _three_digits(root) if root <= most else f"more than {_three_digits(most)}"


def _three_digits(root: float) -> str:
    return n.input_value(n.significant(root, 3))


def _pays_words(where: break_even.PaysWhere, write: Callable[[float], str]) -> str:
    """Write where it pays: never, always, or from and up to which values."""
    if where.state != "roots":
        return where.state
    return ", ".join(dict.fromkeys(_range_words(low, high, write) for low, high in where.pays))


def _range_words(low: float | None, high: float | None, write: Callable[[float], str]) -> str:
    if low is None:
        return f"up to {write(high or 0.0)}"
    same = high is None or write(low) == write(high)
    return f"from {write(low)}" if same else f"{write(low)} to {write(high or 0.0)}"


def sweep_tables(verdict: Verdict) -> dict[str, list[dict[str, str]]]:
    """Give a table for each input that was swept: the answer at each of its values."""
    ends = ("saving_q10", "saving_q90")
    currency, at_target = verdict.currency, verdict.gain is None
    return {
        path: [
            {
                "Value": n.price(row["value"], currency) if path == VOTE_PRICE else n.input_value(row["value"], path),
                words.chance_label(verdict): n.share(row["p_al_better"]),
                "Expected saving" if at_target else "Expected gain": words.stake(verdict, row["expected"]),
                **({"80% range": " to ".join(n.about(row[q], currency) for q in ends)} if at_target else {}),
                "Verdict": CHOICES[row["state"]],
            }
            for row in frame.to_dict(orient="records")
        ]
        for path, frame in analysis_of(verdict).sweeps.items()
    }


def frontier_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row an efficient option: what it costs, reaches, and pays for each point more."""
    frame = analysis_of(verdict).frontier
    return [
        {
            "Plan": n.plan_name(str(row["plan"])),
            "Labels": n.count(float(row["labels"])),
            "Mean cost": n.about(float(row["total_usd"]), verdict.currency),
            "Mean value": n.percent(float(row["value"])),
            "For each point more": ""
            if row["usd_per_point"] != row["usd_per_point"]
            else n.about(float(row["usd_per_point"]), verdict.currency),
        }
        for row in frame[frame["state"] == "efficient"].to_dict(orient="records")
    ]


def print_verdict(verdict: Verdict) -> None:
    """Print a verdict alone: call, saving and chance, and what each option needs and costs."""
    if verdict.options is not None:
        print(option_words.headline(verdict.options))
        print(option_words.sentence(verdict, verdict.options))
        print_rows(option_words.option_rows(verdict, verdict.options))
        print(option_words.meanings(verdict.options))
        print(f"\n{option_words.by_people(words.headline(verdict))}")
    for line in words.verdict_lines(verdict)[0 if verdict.options is None else 1 :]:
        print(line)


def print_analysis(verdict: Verdict) -> None:
    """Print what would change a verdict, and what else its draws say."""
    print("\n" + "\n".join(words.assumption_lines(verdict)))
    lines = [] if verdict.options is None else option_words.option_lines(verdict, verdict.options)
    lines += decision_lines(verdict)
    print("\n" + "\n".join(f"- {line}" for line in lines))
    print_rows(break_even_rows(verdict))
    for path, rows in sweep_tables(verdict).items():
        print(f"\nAlong {n.plain(path)}")
        print_rows(rows)
        # What the sweep holds, and the edited plan file would read anew.
        if path in analysis_of(verdict).held:
            print(analysis_of(verdict).held[path])
    if sentence := words.hybrid_sentence(verdict):
        print(f"\n{sentence}")
        print_rows(words.hybrid_rows(verdict))
