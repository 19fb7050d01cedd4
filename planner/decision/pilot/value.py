"""The value of a pilot: what it lets one decide better, less what it costs, by size.

Notation:
    S, D, Z     draws; plans; sizes
    net_usd     (S, D)  net benefit of each plan: minus its total, at a fixed target
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from planner.arrays import Floats
from planner.decision.information import BestSize, best_size
from planner.decision.needs import Needs
from planner.decision.pilot.cost import PilotCost, lost_labels, pilot_costs
from planner.decision.pilot.design import Kind, PilotDesign, design_pilot
from planner.decision.pilot.preposterior import PILOTS, Preposterior, preposterior
from planner.decision.pilot.readings import chance_value, delivered_worth, pilot_experiment
from planner.plan import Plan, paths
from simulations.errors import InputError


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
        best: the size with the highest net value, between the sizes too, and the range within 5% of it.
        p_changes_at_best: chance that the best pilot changes the decision; None where none pays.
        effective_draws: draws that speak for what a pilot showed, the median over pilots; with few its value is low.
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
    best: BestSize
    p_changes_at_best: float | None
    effective_draws: tuple[float, ...]

    @property
    def pays(self) -> bool:
        """Whether any size is worth more than it costs."""
        return self.best.pays

    def to_dict(self) -> dict[str, Any]:
        """Give the value as the JSON contract writes it."""
        found = {key: list(value) if isinstance(value, tuple) else value for key, value in vars(self).items()}
        return {**found, "best": asdict(self.best), "pays": self.pays}


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
        totals: plan name -> total in USD on the same draws, (S,) or (1,), or minus the net benefit where plans differ
            in what they are worth; names are those of the curves.
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
    S, worth = found.curves.n_draws, delivered_worth(plan, found, vendor)
    delivered = {name: np.broadcast_to(found.labels[name] / worth[name], S) for name in names}
    experiment = pilot_experiment(
        found.curves,
        design,
        at=usual_need(delivered["random"], plan.task.items_to_label),
        test_labels=plan.task.test_labels.median,
        worth=worth,
        chance=chance_value(plan),
    )
    net = -np.stack([np.broadcast_to(totals[name], S) for name in names], axis=1)
    decided = preposterior(net, experiment, n_pilots=n_pilots, seed=seed)
    lost = lost_labels(
        design,
        names,
        delivered,
        initial=found.values[paths.INITIAL_LABELS],
        kept=plan.pilot.share_kept.median,
    )
    cost = pilot_costs(plan, found.values, design, lost, decided, vendor=vendor, random=names.index("random"))
    return _valued(design, names, decided, cost)


def _valued(design: PilotDesign, names: Sequence[str], decided: Preposterior, cost: PilotCost) -> PilotValue:
    """Set value against cost, size by size."""
    sizes_tried = np.array(design.sizes, dtype=float)
    best = best_size(
        sizes_tried, decided.evsi_usd, cost.total_usd, evpi_usd=decided.evpi_usd, evsi_se_usd=decided.se_usd
    )
    return PilotValue(
        kind=design.kind,
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
        net_usd=_floats(decided.evsi_usd - cost.total_usd),
        p_changes=_floats(decided.p_changes),
        evpi_usd=decided.evpi_usd,
        plan_now=names[decided.prior_choice],
        best=best,
        p_changes_at_best=None
        if best.size is None
        else float(np.interp(np.log(best.size), np.log(sizes_tried), decided.p_changes)),
        effective_draws=_floats(decided.effective_draws),
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


def usual_need(need: Floats, pool: float) -> float:
    """Give the label count at which the decision falls: random's usual need, or the pool where it is beyond."""
    return float(min(np.quantile(need, 0.5, method="inverted_cdf"), pool))


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
