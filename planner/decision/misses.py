"""Why an option misses the target: its futures that miss, split by what stands in the way, and the sentence on them.

A future that misses has one cause, the first of these that holds: the pilot's forecast ends below the target, at fewer
labels than there are items; the curve ends below it; the need is more clean labels than there are items; the vendor's
errors keep it out of reach; with them the need is more than there are items; the plan's rule stopped the campaign; the
budget ends before the need; the option gave up within what it could have bought.

Notation, (n_draws,) each:
    need    clean labels to the target, inf where the curve never reaches it
    top     value at the end of the curve with the vendor's labels
    c       clean labels that one label of the option's vendor is worth
    n       labels bought
"""

from dataclasses import dataclass

import numpy as np

from planner.costs import QuoteCosts
from planner.decision.case import Case
from planner.decision.labels_required import LEAST
from planner.plan import items_to_label

OFTEN = 0.2  # share of futures that miss from which on a warning says why
WORTH_NAMING = 0.1  # share of the misses from which on a second cause is named

HAIR = 1e-6  # of the items: rounding ends no forecast early

REMEDIES = {
    "forecast": "a pilot with more labels, as the forecast ends early",
    "ceiling": "a model that gets further",
    "pool": "more items to label",
    "systematic_errors": "a vendor with fewer wrong labels, or a lower target",
    "label_errors": "fewer wrong labels",
    "rule": "a rule that stops later",
    "budget": "a larger budget",
    "giving_up": "giving up later",
}
"""Cause -> what would let an option reach the target."""


@dataclass(frozen=True)
class Miss:
    """One cause for which an option misses the target.

    Attributes:
        cause: a name in `REMEDIES`.
        share: of the futures in which the option misses; the shares of an option sum to 1.
        why: what happens in those futures, with the median number that shows it.
    """

    cause: str
    share: float
    why: str


def misses(case: Case, name: str) -> tuple[Miss, ...]:
    """Split the futures in which an option misses the target by cause, the largest first.

    There is none where it always reaches the target, or where there is only a budget.
    """
    if case.spent is not None:
        return ()
    option = case.plans[name]
    missed = ~np.broadcast_to(option.reached, case.n_draws)
    quote = QuoteCosts.of(case.plan, case.values, option.vendor)
    c = np.broadcast_to(case.worth.of(name, quote), case.n_draws)
    items = np.broadcast_to(items_to_label(case.values), case.n_draws)
    n = np.broadcast_to(option.bill.labels, case.n_draws)
    place = case.curves.strategies.index(name)
    top = case.worth.ceiling(name, quote)
    end = case.curves.best[place][:, -1]
    with np.errstate(over="ignore"):  # a forecast may end beyond what a float holds
        last = np.exp(case.curves.log_labels[place][:, -1])
    # With the whole pool labelled every option is random labelling.
    need = np.minimum(case.needs[name], case.needs["random"])
    rule = case.stopped.get(name)
    stopped = np.zeros(case.n_draws, dtype=bool) if rule is None else ~rule.reached
    holds = {
        "forecast": np.isinf(need) & (last < items * (1 - HAIR)) & (case.plan.evidence.pilot is not None),
        "ceiling": np.isinf(need),
        "pool": need > items,
        "systematic_errors": (c <= LEAST) & (top is not None),
        "label_errors": need > items * c,
        "rule": stopped,
        "budget": np.full(case.n_draws, case.plan.task.budget_usd is not None),
        "giving_up": np.ones(case.n_draws, dtype=bool),
    }
    found = []
    left = missed.copy()
    for cause, there in holds.items():
        at = left & there
        left &= ~there
        if not at.any():
            continue
        numbers = (items, items * c, n, need, need / c, last)
        pool, worth, bought, clean, asked, furthest = (f"{np.median(each[at]):,.0f}" for each in numbers)
        values = (end, end if top is None else top, case.in_hand[name])
        most, bounded, value = (f"{np.median(each[at]):.1%}" for each in values)
        why = {
            "forecast": f"nothing is forecast beyond {furthest} labels, where its curve usually has {most}",
            "ceiling": f"its curve usually ends at {most}, below the target, however many labels it gets",
            "pool": f"it usually needs {clean} labels, more than the {pool} items there are",
            "systematic_errors": f"wrong labels usually hold it at {bounded}, below the target, however many it gets",
            "label_errors": f"wrong labels make {pool} items worth {worth} clean ones, and it usually needs {clean}",
            "rule": f"the plan's rule usually stops it at {bought} labels with {value}, and it needs {asked}",
            "budget": f"the budget usually pays for {bought} labels, and it needs {asked}",
            "giving_up": f"it usually gives up at {bought} labels, and would need {asked}",
        }
        found.append(Miss(cause, float(at.sum() / missed.sum()), why[cause]))
    return tuple(sorted(found, key=lambda one: -one.share))


def misses_sentence(case: Case) -> str | None:
    """Say why random labelling and the chosen strategy miss the target, each where it does so often, and what helps."""
    told, helps = [], dict[str, None]()
    for name, words in (("random", "Random labelling"), (case.chosen.al_plan, "Active learning")):
        missed = float((~np.broadcast_to(case.plans[name].reached, case.n_draws)).mean())
        causes = [one for one in misses(case, name)[:2] if one.share >= WORTH_NAMING]
        if missed < OFTEN or not causes:
            continue
        why = causes[0].why
        if len(causes) > 1:
            why = "; ".join(f"in {percent(one.share * missed)} {one.why}" for one in causes)
        told.append(f"{words} misses the target in {percent(missed)} of futures: {why}.")
        helps |= dict.fromkeys(REMEDIES[one.cause] for one in causes)
    if not told:
        return None
    if "ceiling" in {one.cause for one in misses(case, "random")} and case.plan.evidence.random_value is not None:
        helps["random_labels told for the target, if you know that it can be reached"] = None
    return f"{' '.join(told)} What would help: {' or '.join(helps)}."


def percent(fraction: float) -> str:
    """Write a share of futures as percent; only none and all of them are 0% and 100%."""
    if 0 < fraction < 0.01 or 0.99 < fraction < 1:
        return "less than 1%" if fraction < 0.5 else "more than 99%"
    return f"{fraction:.0%}"
