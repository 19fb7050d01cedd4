"""People, a language model, or both, in words: the cheapest option, how sure that is, and what turns it."""

from collections.abc import Callable
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
    RANDOM: "people, at random",
    ACTIVE: "people, active learning",
    LLM_LABELS: "language model labels",
    LLM_ANSWERS: "language model answers",
    LLM_THEN_PEOPLE: "language model, then people",
}
MEANINGS = {
    RANDOM: "people label random items, and a model is trained",
    ACTIVE: "people label what active learning chooses, and a model is trained",
    LLM_LABELS: "the language model labels random items, and a model is trained",
    LLM_ANSWERS: "the language model answers every item in production, and nothing is trained",
    LLM_THEN_PEOPLE: "the language model labels random items, people label those where it is unsure, and a model is "
    "trained",
}
LINE_GROUPS = {
    "labels": ("labels_usd", "review_usd", "test_labels_usd", "audit_usd"),
    "engineering": ("engineering_usd", "operation_usd", "prompt_usd"),
    "machines": ("training_usd", "scoring_usd"),
    "answers in production": ("production_usd",),
    "delay": ("delay_usd",),
    "after a miss": ("after_miss_usd", "failure_usd"),
    "reuse": ("reuse_usd",),
    "management, contingency and tax": ("management_usd", "contingency_usd", "tax_usd"),
}
"""Lines of an option's bill that are shown together."""
MOST_TURNS = 4  # conditions named for each other option


def headline(options: OptionsComparison) -> str:
    """Give the cheapest option as a title, unless it is too close to the next or the target is out of reach."""
    if options.p_unreachable > RARELY_DECIDED:
        return "No option reaches the target"
    return "Too close to call" if options.call.state == "too_close" else n.capital(NAMES[options.ranked[0]])


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
    cheapest = options.ranked[0]
    less, often = money(second.mean_usd - first.mean_usd), n.share(first.p_cheapest)
    return (
        f"The cheapest of {len(names)} options on average is “{names[0]}”: {MEANINGS[cheapest]}. It costs "
        f"{money(first.mean_usd)}, {less} less than “{names[1]}”, and is the cheapest in {often} of futures."
        f"{lost}{missed}"
    )


def option_rows(verdict: Verdict, options: OptionsComparison) -> list[dict[str, str]]:
    """Give one row an option, the cheapest on average first."""
    money = partial(n.about, currency=verdict.currency)
    return [
        {
            "Option": n.capital(NAMES[name]),
            "Mean cost": money(one.mean_usd),
            "80% range": n.about_range(one.total_usd, verdict.currency),
            "Cheapest in": n.share(one.p_cheapest),
            "Misses the target": n.share(one.p_unreachable),
            "Reaches": n.spread(one.value, n.percent),
            "Labels": "none" if one.strategy is None else n.spread(one.labels, n.labels),
            "Days": n.spread(one.days, n.day_count),
            "By": n.plain(one.labelled_by),
        }
        for name, one in _ranked(options)
    ]


def grouped_bills(options: OptionsComparison) -> dict[str, dict[str, float]]:
    """Give the mean bill of each option by group of lines, in USD, the cheapest first."""
    return {
        n.capital(NAMES[name]): {
            group: sum(one.lines_usd.get(line, 0.0) for line in lines) for group, lines in LINE_GROUPS.items()
        }
        for name, one in _ranked(options)
    }


def option_lines(verdict: Verdict, options: OptionsComparison) -> list[str]:
    """Say what turns the answer, and what is to be known of it."""
    told, money = [], partial(n.about, currency=verdict.currency, digits=2)
    for name in options.outcomes:
        turns = [beyond_words(turn, verdict.currency) for turn in options.turns if turn.cheapest == name]
        if turns:
            told.append(f"“{n.capital(NAMES[name])}” would cost the least with {'; or '.join(turns[:MOST_TURNS])}.")
    if not told:
        told.append("No single input, from a tenth to ten times what it is, makes another option the cheapest.")
    if options.audits:
        told.append(_audit_sentence(options, money))
    if verdict.metric != "accuracy" and LLM_ANSWERS in options.outcomes:
        told.append(
            f"The language model's answers are judged by their accuracy, 1 − its error rate, and not by "
            f"{n.metric_name(verdict.metric)}."
        )
    return told


def _audit_sentence(options: OptionsComparison, money: Callable[[float], str]) -> str:
    """Say how many audited items would settle the choice best, or that none pays."""
    best = max(options.audits, key=lambda audit: audit.net_usd)
    about = f"an audit of {best.items:,} items is worth {money(best.worth_usd)} (± {money(best.worth_se_usd)})"
    if best.net_usd <= best.worth_se_usd:
        return f"No audit of the language model pays before the choice: {about} and costs {money(best.cost_usd)}."
    return (
        f"Before the choice {about} and costs {money(best.cost_usd)}: it says how often the language model errs. The "
        "items that an option with a language model audits anyway (audit_items) count towards it."
    )


def meanings(options: OptionsComparison) -> str:
    """Say what each option is, and what one pays that misses the target."""
    told = "; ".join(f"“{NAMES[name]}”: {MEANINGS[name]}" for name in options.outcomes)
    return (
        f"{told}. An option that misses the target also pays for the one that reaches it most often, unless the plan "
        "tells what a miss costs (failure_usd)."
    )


def _ranked(options: OptionsComparison) -> list[tuple[str, OptionOutcome]]:
    return [(name, options.outcomes[name]) for name in options.ranked]
