"""The value of a pilot: what it lets one decide better, less what it costs, by size.

Notation:
    S, D, Z     draws; plans; sizes
    net_usd     (S, D)  net benefit of each plan: minus its total, at a fixed target
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.costs import Quote
from planner.curves.tabulate import chance_classes
from planner.decision.needs import Needs
from planner.decision.pilot.cost import lost_labels, pilot_costs
from planner.decision.pilot.design import Kind, design_pilot
from planner.decision.pilot.preposterior import PILOTS, preposterior
from planner.decision.pilot.readings import pilot_experiment
from planner.errors import InputError
from planner.plan import Plan
from planner.plan.quantity import Floats

__all__ = ["PilotValue", "pilot_value", "pilot_values"]

CLOSE = 0.95  # a size whose net value is within 5% of the best one's is as good


@dataclass(frozen=True)
class PilotValue:
    """What pilots of one kind are worth, by size; tuples have one entry a size.

    Attributes:
        kind: random labels alone, or random and strategies from the same initial set.
        strategies: what a paired pilot measures beside random.
        sizes: labels on each arm.
        labels: labels bought, over all arms.
        evsi_usd: expected value of sample information: what the better decision is worth.
        evsi_se_usd: its Monte Carlo standard error.
        cost_usd: what the pilot costs beyond what would be spent anyway; the three parts below add up to it.
        labels_usd: labels without use under the plan then chosen.
        hours_usd: engineers' hours.
        delay_usd: what starting later costs.
        days: by how many days it is later.
        net_usd: value less cost.
        p_changes: chance that another plan is chosen after the pilot.
        evpi_usd: expected value of knowing everything, which no pilot exceeds.
        plan_now: the plan with the highest mean net benefit, without a pilot.
        best_size: the size with the highest net value; None where none pays.
        best_net_usd: its net value; None where none pays.
        best_range: smallest and largest size around it within 5% of that; None where none pays.
        effective_draws: draws behind a posterior at the largest size; with few the value is less certain.
    """

    kind: Kind
    strategies: tuple[str, ...]
    sizes: tuple[int, ...]
    labels: tuple[int, ...]
    evsi_usd: tuple[float, ...]
    evsi_se_usd: tuple[float, ...]
    cost_usd: tuple[float, ...]
    labels_usd: tuple[float, ...]
    hours_usd: tuple[float, ...]
    delay_usd: tuple[float, ...]
    days: tuple[float, ...]
    net_usd: tuple[float, ...]
    p_changes: tuple[float, ...]
    evpi_usd: float
    plan_now: str
    best_size: int | None
    best_net_usd: float | None
    best_range: tuple[int, int] | None
    effective_draws: float

    @property
    def pays(self) -> bool:
        """Whether any size is worth more than it costs."""
        return self.best_size is not None

    @property
    def p_changes_at_best(self) -> float | None:
        """Chance that the best pilot changes the decision; None where none pays."""
        return None if self.best_size is None else self.p_changes[self.sizes.index(self.best_size)]

    def to_dict(self) -> dict[str, Any]:
        """Give the value as the JSON contract writes it."""
        found = {key: list(value) if isinstance(value, tuple) else value for key, value in vars(self).items()}
        return {**found, "pays": self.pays, "p_changes_at_best": self.p_changes_at_best}


def pilot_value(
    plan: Plan,
    found: Needs,
    totals: Mapping[str, Floats],
    *,
    kind: Kind,
    vendor: int,
    strategies: Sequence[str] = (),
    sizes: Sequence[int] | None = None,
    n_pilots: int = PILOTS,
    seed: int = 0,
) -> PilotValue:
    """Value pilots of one kind on the draws of a decision.

    Args:
        plan: the plan file.
        found: the plan's needs, with the curves they were read from.
        totals: plan name -> total in USD on the same draws, (S,) or (1,); names are those of the curves.
        kind: random or paired.
        vendor: index of the quote that labels the pilot.
        strategies: what a paired pilot measures beside random.
        sizes: labels on each arm; eight when not given.
        n_pilots: simulated pilots; more is more precise and slower.
        seed: the same plan, draws and seed give the same answer.

    Raises:
        InputError: see `design_pilot`; or a plan priced for which there is no curve.
    """
    design = design_pilot(plan, kind, strategies=strategies, sizes=sizes)
    names = _names(totals, found)
    quote = Quote.of(plan, found.values, vendor)
    S = found.curves.n_draws
    worth = {name: found.worth.of(name, quote) for name in found.curves.strategies}
    delivered = {name: np.broadcast_to(found.labels[name] / worth[name], S) for name in names}
    classes = chance_classes(plan.task.metric, round(plan.task.classes.median))
    experiment = pilot_experiment(
        found.curves,
        design,
        at=_usual_need(delivered["random"], plan.task.pool_size.median - plan.task.test_labels.median),
        test_labels=plan.task.test_labels.median,
        worth=worth,
        chance=0.0 if classes is None else 1.0 / classes,
    )
    net = -np.stack([np.broadcast_to(totals[name], S) for name in names], axis=1)
    decided = preposterior(net, experiment, n_pilots=n_pilots, seed=seed)
    lost = lost_labels(
        design,
        names,
        delivered,
        initial=found.values["strategy.initial_labels"],
        kept=plan.pilot.share_kept.median,
    )
    cost = pilot_costs(plan, found.values, design, lost, decided, vendor=vendor, random=names.index("random"))
    net_value = decided.evsi_usd - cost.total_usd
    best, span = _best(net_value)
    return PilotValue(
        kind=kind,
        strategies=design.strategies,
        sizes=design.sizes,
        labels=tuple(design.bought(size) for size in design.sizes),
        evsi_usd=_floats(decided.evsi_usd),
        evsi_se_usd=_floats(decided.se_usd),
        cost_usd=_floats(cost.total_usd),
        labels_usd=_floats(cost.labels_usd),
        hours_usd=_floats(cost.hours_usd),
        delay_usd=_floats(cost.delay_usd),
        days=_floats(cost.days),
        net_usd=_floats(net_value),
        p_changes=_floats(decided.p_changes),
        evpi_usd=decided.evpi_usd,
        plan_now=names[decided.prior_choice],
        best_size=None if best is None else design.sizes[best],
        best_net_usd=None if best is None else float(net_value[best]),
        best_range=None if span is None else (design.sizes[span[0]], design.sizes[span[1]]),
        effective_draws=float(decided.effective_draws[-1]),
    )


def pilot_values(
    plan: Plan, found: Needs, totals: Mapping[str, Floats], *, vendor: int, al_plan: str, seed: int = 0
) -> dict[Kind, PilotValue]:
    """Value a random pilot, and a paired one of random and the active-learning plan, at their usual sizes.

    Args:
        plan: the plan file.
        found: the plan's needs.
        totals: plan name -> total in USD on the same draws.
        vendor: index of the quote that labels the pilot.
        al_plan: the strategy measured in the paired pilot.
        seed: see `pilot_value`.

    Raises:
        InputError: see `pilot_value`.
    """
    return {
        "random": pilot_value(plan, found, totals, kind="random", vendor=vendor, seed=seed),
        "paired": pilot_value(plan, found, totals, kind="paired", vendor=vendor, strategies=(al_plan,), seed=seed),
    }


def _names(totals: Mapping[str, Floats], found: Needs) -> list[str]:
    known = found.curves.strategies
    names = list(totals)
    if "random" not in names or not set(names) <= set(known):
        raise InputError(f"pilot, plans: found {', '.join(names) or 'none'}; allowed: random and any of {known[1:]}")
    return names


def _usual_need(need: Floats, pool: float) -> float:
    """Give the label count at which the decision falls: random's usual need, or the pool where it is beyond."""
    return float(min(np.quantile(need, 0.5, method="inverted_cdf"), pool))


def _best(net: Floats) -> tuple[int | None, tuple[int, int] | None]:
    """Find the best size, and the sizes around it that are within 5% of it, where any pays."""
    best = int(net.argmax())
    if net[best] <= 0:
        return None, None
    low = high = best
    while low > 0 and net[low - 1] >= CLOSE * net[best]:
        low -= 1
    while high < net.size - 1 and net[high + 1] >= CLOSE * net[best]:
        high += 1
    return best, (low, high)


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
