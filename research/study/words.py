"""The study page in words: tables and findings of docs/method/when-active-learning-pays.md, block by block.

A block holds everything that depends on what is recorded, so that the text around it stays true when more is.
"""

from collections.abc import Sequence

from planner.render import numbers as n
from planner.render.numbers import join_names
from research.study import Study
from research.study.break_even import break_even_multiple, break_even_price
from research.study.measured import Saved
from research.study.rule import CLAIM, Rule
from research.study.scale import BILLS_USD, PRICES_USD, SCALES, Share, pays_at_bill, pays_at_price, price_scale_map
from research.study.setups import HOURLY_RATE_USD, SETUPS
from research.study.words_causes import cause_blocks
from research.study.words_units import (
    BUILT,
    cost_key,
    cost_words,
    factor_words,
    markdown_table,
    median_words,
    middle_words,
    multiple_words,
    of_words,
    seeds_words,
    setup_words,
)

_DEPTHS = {1.0: "all", 0.5: "half", 0.25: "a quarter"}
_FEWER = tuple(_DEPTHS)[1:]
_KINDS = {"real": False, "generated": True}


def study_blocks(study: Study) -> dict[str, str]:
    """Give every generated block of the page by its name, in the order of the page."""
    return {
        "headline": _headline(study),
        "bill": _bill_block(study),
        "rule": _rule_block(study),
        "sets": _sets_block(study),
        "measured": _measured_block(study),
        "map": _map_block(study),
        **cause_blocks(study),
    }


def _headline(study: Study) -> str:
    end, standing = study.end, next(one for one in study.standings if one.strategy == "margin")
    ahead = Share.that(one.ahead for one in end)
    missed = standing.campaigns
    few, many = pays_at_bill(end, BUILT, 1_000.0), pays_at_bill(end, BUILT, 10_000.0)
    lines = [
        f"**{'It usually saves labels' if ahead.low > 0.5 else 'It saves labels on some data sets'}.** With a linear "
        f"model margin sampling needed fewer labels than random on {of_words(ahead)} data sets{_on_real(end)}; the "
        f"median savings factor was {middle_words(standing.middle)}. Counts and medians have 80% intervals over data "
        "sets.",
        "**Whether it saves money is decided by what random labels would cost.** With "
        f"{BUILT.one_off_hours:g} hours of work and {BUILT.hours_per_round:g} h a round at ${HOURLY_RATE_USD:g} an "
        f"hour, margin was cheaper on {of_words(few)} data sets where random's labels cost $1,000, and on "
        f"{of_words(many)} where they cost $10,000.",
        f"**How much is enough.** {_rule_sentence(study)}",
        f"**One campaign can go wrong.** In {n.share(missed.middle or 0)} ({n.share(missed.low or 0)} to "
        f"{n.share(missed.high or 0)}) of {n.count(standing.pairs)} single campaigns margin, with as many labels, "
        "never had what random had at its end.",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _rule_sentence(study: Study) -> str:
    rule = study.rules[1.0]
    if rule.k is None or not rule.holds:
        return f"No rule of thumb held: on data sets left out it was right on {of_words(rule.left_out)}."
    fewer = [
        f"{_enough(one)}{'' if one.k is None else ' times'} at {_DEPTHS[depth]} of them"
        for depth, one in study.rules.items()
        if depth in _FEWER
    ]
    return (
        f"As a rule of thumb, random's label bill has to be {_enough(rule)} times the cost of the work to be enough on "
        f"{n.share(CLAIM)} of data sets; with each left out in turn, what the others say was enough "
        f"on {of_words(rule.left_out)}. That is at the label counts recorded"
        + (f"; {join_names(fewer)}." if fewer else ".")
    )


def _on_real(saved: Sequence[Saved]) -> str:
    real = [one.ahead for one in saved if not one.made_up]
    return f", {of_words(Share.that(real))} of the real ones" if 0 < len(real) < len(saved) else ""


def _enough(rule: Rule) -> str:
    return n.NEVER if rule.k is None else n.times(rule.k)


def _bill_block(study: Study) -> str:
    head = ["random's label bill", *map(setup_words, SETUPS)]
    rows = [
        [n.money(bill), *(of_words(pays_at_bill(study.end, setup, bill)) for setup in SETUPS)] for bill in BILLS_USD
    ]
    return f"Data sets on which margin was cheaper than random ({_sets(study.end)}):\n\n{markdown_table(head, rows)}"


def _rule_block(study: Study) -> str:
    head = ["labels, of those recorded", "÷ initial set", "median factor", "fewer labels", "enough: k", "left out"]
    rows = [
        [
            _DEPTHS[depth],
            _depth_words(study.saved[depth]),
            median_words(study.saved[depth]),
            of_words(Share.that(one.ahead for one in study.saved[depth])),
            _enough(rule),
            of_words(rule.left_out),
        ]
        for depth, rule in study.rules.items()
    ]
    return (
        f"k is the multiple of the cost of the work that is enough on {n.share(CLAIM)} of data sets, the next one "
        f"included:\n\n{markdown_table(head, rows)}"
    )


def _depth_words(saved: Sequence[Saved]) -> str:
    times = [(one.savings.at or 0) / one.initial for one in saved]
    return f"{n.times(min(times))} to {n.times(max(times))}"


def _measured_block(study: Study) -> str:
    needs = [one.labels_random for one in study.end]
    head = ["label price", *map(setup_words, SETUPS)]
    rows = [
        [n.price(price), *(of_words(pays_at_price(study.end, setup, price)) for setup in SETUPS)]
        for price in PRICES_USD
    ]
    return (
        f"Data sets on which margin was cheaper at the labels that random needed there, {n.count(min(needs))} to "
        f"{n.count(max(needs))}:\n\n{markdown_table(head, rows)}"
    )


def _sets_block(study: Study) -> str:
    head = ["data set", "classes", "random: labels → accuracy", "margin: labels", "savings factor", "multiple m"]
    head += [f"break-even price, {setup_words(setup)}" for setup in SETUPS]
    ordered = sorted(study.end, key=lambda one: (cost_key(break_even_price(one, BUILT)), one.dataset))
    rows = [
        [
            one.dataset,
            n.count(one.classes),
            f"{n.count(one.labels_random)} → {n.percent(one.savings.value or 0)}",
            n.labels(one.savings.labels_strategy),
            factor_words(one.savings.factor, one.savings.q10, one.savings.q90),
            multiple_words(break_even_multiple(one)),
            *(cost_words(break_even_price(one, setup)) for setup in SETUPS),
        ]
        for one in ordered
    ]
    real = [one for one in study.end if not one.made_up]
    parts = {name: [one for one in study.end if one.made_up == made] for name, made in _KINDS.items()}
    for kind in sorted({one.kind for one in real if one.kind is not None}):
        parts[f"real {kind}"] = [one for one in real if one.kind == kind]
    said = " ".join(filter(None, (_kind_sentence(name, part) for name, part in parts.items())))
    told = f"80% intervals over {seeds_words(study.end)} seeds a data set, in pairs:"
    return f"{said}\n\n{told}\n\n{markdown_table(head, rows)}"


def _kind_sentence(name: str, saved: Sequence[Saved]) -> str:
    if not saved:
        return ""
    ahead = Share.that(one.ahead for one in saved)
    return (
        f"Of the {name} data sets margin needed fewer labels on {of_words(ahead)}, median factor {median_words(saved)}."
    )


def _map_block(study: Study) -> str:
    cells = price_scale_map(study.end, BUILT)
    counted = {one.share.count: one.share for setup in SETUPS for one in price_scale_map(study.end, setup)}
    head = ["label price", *(f"{n.count(labels)} labels" for labels in SCALES)]
    rows = [
        [n.price(price), *(str(one.share.count) for one in cells if one.price_usd == price)] for price in PRICES_USD
    ]
    return (
        f"Of {len(study.end)} data sets, those on which margin is cheaper, by label price and by the labels that "
        f"random needs, with {setup_words(BUILT)} (the chart has all three set-ups):\n\n"
        f"{markdown_table(head, rows)}\n\n"
        f"80% intervals over data sets: {'; '.join(of_words(counted[count]) for count in sorted(counted))}."
    )


def _sets(saved: Sequence[Saved]) -> str:
    return f"{len(saved)} data sets, linear model, savings at the end of the recorded campaigns"
