"""People, a language model, or both, in words: the cheapest option, how sure that is, and what turns it."""

from functools import partial

from planner.decision import Verdict
from planner.decision.options import (
    ACTIVE,
    LLM_ANSWERS,
    LLM_LABELS,
    LLM_THEN_PEOPLE,
    RANDOM,
    OptionOutcome,
    OptionsComparison,
)
from planner.decision.state import RARELY_DECIDED
from planner.render import numbers as n
from planner.render.verdict.conditions import beyond_words

NAMES = {
    RANDOM: "random labels by people",
    ACTIVE: "active learning by people",
    LLM_LABELS: "language model labels, then training",
    LLM_ANSWERS: "language model answers, no training",
    LLM_THEN_PEOPLE: "language model labels, people where it is unsure, then training",
}
HEADLINES = {
    RANDOM: "Let people label random items",
    ACTIVE: "Let people label, by active learning",
    LLM_LABELS: "Let the language model label, then train",
    LLM_ANSWERS: "Let the language model answer, without training",
    LLM_THEN_PEOPLE: "Let the language model label, and people where it is unsure",
}
MOST_TURNS = 4  # conditions named for each other option


def headline(options: OptionsComparison) -> str:
    """Give the cheapest option as a title, unless it is too close to the next or the target is out of reach."""
    if options.p_unreachable > RARELY_DECIDED:
        return "No option reaches the target"
    first, second, *_ = options.ranked
    if options.call.state == "too_close":
        return f"Too close to call: {NAMES[first]}, or {NAMES[second]}"
    return HEADLINES[first]


def by_people(choice: str) -> str:
    """Introduce the verdict on the two ways in which people label."""
    return f"If people label: {choice[:1].lower()}{choice[1:]}"


def sentence(verdict: Verdict, options: OptionsComparison) -> str:
    """Say what the cheapest option costs beside the next and beside the dearest, and how sure that is."""
    money = partial(n.about, currency=verdict.currency)
    first, second, *_ = (options.outcomes[name] for name in options.ranked)
    names = [NAMES[name] for name in options.ranked]
    lost = ""
    if options.call.state == "too_close":
        lost = f" It stands to lose more by being the wrong choice: {money(options.call.expected_loss)} on average."
    share = options.p_unreachable
    missed = f" In {n.share(share)} of futures no option reaches the target." if share > 0 else ""
    less, often = money(second.mean_usd - first.mean_usd), n.share(first.p_cheapest)
    return (
        f"{n.capital(names[0])}: {money(first.mean_usd)} on average, {less} less than {names[1]}. It is the cheapest "
        f"of {len(names)} options in {often} of futures.{lost}{missed}"
    )


def option_rows(verdict: Verdict, options: OptionsComparison) -> list[dict[str, str]]:
    """Give one row an option, the cheapest on average first."""
    money = partial(n.about, currency=verdict.currency)
    return [
        {
            "Option": n.capital(NAMES[name]),
            "By": n.plain(one.labelled_by),
            "Mean cost": money(one.mean_usd),
            "Cost": n.spread(one.total_usd, money),
            "Labels": "none" if one.strategy is None else n.spread(one.labels, n.labels),
            "Reaches": n.spread(one.value, n.percent),
            "Misses the target": n.share(one.p_unreachable),
            "Cheapest in": n.share(one.p_cheapest),
        }
        for name, one in _ranked(options)
    ]


def option_lines(verdict: Verdict, options: OptionsComparison) -> list[str]:
    """Say what turns the answer, and what is to be known of it."""
    told = []
    for name in options.outcomes:
        turns = [beyond_words(turn, verdict.currency) for turn in options.turns if turn.cheapest == name]
        if turns:
            told.append(f"{n.capital(NAMES[name])} would cost the least with {'; or '.join(turns[:MOST_TURNS])}.")
    if not told:
        told.append("No single input, from a tenth to ten times what it is, makes another option the cheapest.")
    told.append(
        "An option that misses the target pays for the one that reaches it most often as well, unless the plan names "
        "failure_usd. The mean cost holds that."
    )
    if verdict.metric != "accuracy" and LLM_ANSWERS in options.outcomes:
        told.append(
            f"The language model's answers are judged by their accuracy, 1 − its error rate, and not by "
            f"{n.metric_name(verdict.metric)}."
        )
    return told


def _ranked(options: OptionsComparison) -> list[tuple[str, OptionOutcome]]:
    return [(name, options.outcomes[name]) for name in options.ranked]
