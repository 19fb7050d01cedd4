"""What a pilot costs beyond what would be spent anyway.

Random labels of a pilot are labels of the campaign: random labelling needs them all, active learning its initial set,
and of the rest as many as its own choice would have needed to stand where they stand. Only what is lost is a cost.

Notation:
    S, D, Z     draws; plans; sizes
    n           a pilot's size; n0 its initial set
    need        (S,)        labels that a plan buys in the end; inf where it never reaches the target, and buys all
    lost        (Z, S, D)   pilot labels without use where that plan is then carried out
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.arrays import Floats, Ints
from planner.costs import Quote, price_plan, vendor_usd
from planner.costs.calendar import DAYS_PER_WEEK
from planner.decision.pilot.design import PilotDesign
from planner.decision.pilot.preposterior import Preposterior
from planner.plan import Draws, Plan, paths

PROTOTYPE_SHARE = 0.25
"""Of the one-off work: a loop that runs by hand, which a paired pilot needs."""


@dataclass(frozen=True)
class PilotCost:
    """Expected cost of a pilot of each size, in USD, (Z,) each.

    Attributes:
        labels_usd: labels without use under the plan that is then chosen.
        hours_usd: engineers, with the prototype where active learning is not chosen after it.
        delay_usd: what starting later costs.
        days: by how much it is later.
    """

    labels_usd: Floats
    hours_usd: Floats
    delay_usd: Floats
    days: Floats

    @property
    def total_usd(self) -> Floats:
        """The sum, (Z,)."""
        return self.labels_usd + self.hours_usd + self.delay_usd


def lost_labels(
    design: PilotDesign, names: Sequence[str], needs: Mapping[str, Floats], *, initial: Floats, kept: float
) -> Floats:
    """Count the labels of each pilot that are of no use to each plan, in each draw: (Z, S, D).

    Args:
        design: the pilots.
        names: plans in the order of D; `random` among them.
        needs: plan name -> (S,) delivered labels, inf where never.
        initial: initial set of the campaign, (S,) or (1,).
        kept: share of the useful ones that is kept.
    """
    found = []
    for size in design.sizes:
        useful = [_useful(design, size, name, needs, initial) for name in names]
        found.append(design.bought(size) - kept * np.stack(useful, axis=1))
    return np.stack(found)


def _useful(design: PilotDesign, size: int, name: str, needs: Mapping[str, Floats], initial: Floats) -> Floats:
    """Count the labels of one pilot that a plan would otherwise buy, (S,)."""
    need: Floats = needs[name]
    if name == "random" or name in design.strategies:
        # Beside a strategy's own labels, random ones beyond the initial set are counted as lost: a cautious view.
        return np.minimum(size, need)
    with np.errstate(invalid="ignore"):
        equal = size * np.minimum(need / needs["random"], 1.0)
    equal = np.where(np.isnan(equal), size, equal)  # both never: all of the pool is bought either way
    useful: Floats = np.minimum(np.maximum(equal, np.minimum(size, initial)), need)
    return useful


def pilot_costs(
    plan: Plan, values: Draws, design: PilotDesign, lost: Floats, decided: Preposterior, *, vendor: int, random: int
) -> PilotCost:
    """Price pilots under the plan that is chosen after each of them.

    Args:
        plan: for what is not a number.
        values: draws of every numeric input.
        design: the pilots.
        lost: (Z, S, D).
        decided: simulated pilots with what was chosen.
        vendor: index of the quote that labels the pilot.
        random: the place of random labelling in D.
    """
    quote = Quote.of(plan, values, vendor)
    truth, choice = decided.truth, decided.choice
    gone = np.stack([lost[z, truth, chosen] for z, chosen in enumerate(choice)])  # (Z, P)
    item_usd = np.stack([_at(_item_usd(plan, values, vendor, design.bought(n)), truth) for n in design.sizes])
    # Labels with a use are labelled once, whenever that is.
    once = quote.turnaround_days + values[paths.RETRAIN_DAYS]
    days = _at(once, truth) + gone / _at(quote.throughput_per_day, truth)
    rate = values[paths.HOURLY_RATE_USD]
    hours_usd = _at(values[paths.PILOT_HOURS] * rate, truth) + np.zeros(choice.shape)
    if design.strategies:
        hours_usd = hours_usd + np.where(choice == random, _at(_prototype_hours(plan, values) * rate, truth), 0.0)
    return PilotCost(
        (gone * item_usd).mean(axis=1),
        hours_usd.mean(axis=1),
        _delay_usd(plan, values, days, truth).mean(axis=1),
        days.mean(axis=1),
    )


def _at(values: Floats, truth: Ints) -> Floats:
    """Take the truths' own values, (P,); a single number stands for all."""
    return np.broadcast_to(values, truth.shape) if values.size == 1 else values[truth]


def _prototype_hours(plan: Plan, values: Draws) -> Floats:
    if plan.pilot.prototype_hours is not None:
        return values[paths.PROTOTYPE_HOURS]
    return PROTOTYPE_SHARE * values[paths.ONE_OFF_HOURS]


def _item_usd(plan: Plan, values: Draws, vendor: int, labels: int) -> Floats:
    """Price one more label, votes, fees and checks included, on top of the initial set and a pilot.

    A difference of two bills leaves out what is paid once, and is at the tier that the pilot reaches.
    """
    usd = []
    for n in (values[paths.INITIAL_LABELS], values[paths.INITIAL_LABELS] + labels):
        lines = price_plan(plan, values, vendor, n, active=False, at_once=True).lines
        usd.append(vendor_usd(lines))
    each: Floats = np.maximum(usd[1] - usd[0], 0.0) / labels
    return each


def _delay_usd(plan: Plan, values: Draws, days: Floats, truth: Ints) -> Floats:
    """Price starting later, by the plan's kind of delay; a deadline is left out."""
    weeks = days / DAYS_PER_WEEK
    if plan.calendar.delay == "decay":
        lost = 1.0 - (1.0 - _at(values[paths.VALUE_LOST_PER_WEEK], truth)) ** weeks
        return _at(values[paths.VALUE_USD], truth) * lost
    return _at(values[paths.COST_OF_DELAY_USD_PER_WEEK], truth) * weeks
