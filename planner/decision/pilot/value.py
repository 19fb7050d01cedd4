"""The value of a pilot by size, less its cost, and the best size.

Notation:
    S, D, Z     draws; plans; sizes
    G           sizes computed; at each evsi_usd (G,), what a pilot is worth, and cost_usd (G,)
    net_usd     (S, D)  net benefit of each plan: minus its total, at a fixed target
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from planner.decision.labels_required import LabelsRequired
from planner.decision.pilot.design import Kind, chance_value, delivered_worth, design_pilot, pilot_experiment
from planner.decision.pilot.preposterior import lost_labels, pilot_costs, preposterior
from planner.plan import Plan, paths
from simulations.arrays import Floats

WITHIN = 0.05
FINEST = 4_000  # sizes looked at between the smallest and the largest


@dataclass(frozen=True)
class BestSize:
    """The size with the largest expected net gain; all None where no size pays.

    Attributes:
        size: observations or labels.
        net_usd: what it is worth less what it costs; above 0.
        net_se_usd: its standard error from the simulation; None where it was computed exactly, or is not known.
        low: the smallest size whose net gain is within 5% of the best.
        high: the largest such size.
        at_largest: whether the largest size looked at is the best, so that a larger one may be better still.
    """

    size: int | None = None
    evsi_usd: float | None = None
    cost_usd: float | None = None
    net_usd: float | None = None
    net_se_usd: float | None = None
    low: int | None = None
    high: int | None = None
    at_largest: bool = False


NO_SIZE_PAYS = BestSize()


def best_size(
    sizes: Floats,
    evsi_usd: Floats,
    cost_usd: Floats,
    *,
    evpi_usd: float | None = None,
    evsi_se_usd: Floats | None = None,
) -> BestSize:
    """Find the size with the largest expected net gain, evsi − cost, and the range of sizes within 5% of it.

    Between the sizes computed the value is interpolated smoothly in the logarithm of the size, never falling; a value
    that falls from one size to the next is simulation noise (a larger pilot cannot tell less), and the sizes concerned
    are pooled. Costs are interpolated linearly. Sizes outside those computed are not looked at. The more certain of
    pooled values weigh more.

    Example:
        >>> best = best_size(np.array([100, 200, 400]), np.array([50.0, 90.0, 100.0]), np.array([10.0, 20.0, 40.0]))
        >>> best.low <= 200 <= best.high and best.net_usd >= 70
        True
    """
    first, last = np.ceil(sizes[0]), np.floor(sizes[-1])
    if last - first < FINEST:
        tried = np.arange(first, max(last, first) + 1)
    else:  # evenly in the logarithm
        tried = np.unique(np.concatenate([np.round(np.geomspace(first, last, FINEST)), np.round(sizes)]))
    value = np.clip(_interpolate_rising(np.log(sizes), evsi_usd, evsi_se_usd, np.log(tried)), 0.0, evpi_usd)
    cost = np.interp(tried, sizes, cost_usd)
    net = value - cost
    best = int(net.argmax())
    if net[best] <= 0:
        return NO_SIZE_PAYS
    # The ends of the unbroken run of good sizes that holds the best.
    bad = np.flatnonzero(net < (1 - WITHIN) * net[best])
    low, high = max(bad[bad < best], default=-1) + 1, min(bad[bad > best], default=len(net)) - 1
    return BestSize(
        size=int(tried[best]),
        evsi_usd=float(value[best]),
        cost_usd=float(cost[best]),
        net_usd=float(net[best]),
        net_se_usd=None if evsi_se_usd is None else float(np.interp(tried[best], sizes, evsi_se_usd)),
        low=int(tried[low]),
        high=int(tried[high]),
        at_largest=best == len(tried) - 1,
    )


def _interpolate_rising(x: Floats, worth: Floats, errors: Floats | None, at: Floats) -> Floats:
    """Interpolate values that never fall (isotonic regression, then monotone cubics) at other places."""
    from scipy.interpolate import PchipInterpolator
    from scipy.optimize import isotonic_regression

    if len(x) == 1:
        return np.full(len(at), worth[0])
    known = None if errors is None or (errors <= 0).any() else errors**-2.0
    level = np.asarray(isotonic_regression(worth, weights=known).x)
    knots, values = _pool_knots(x, worth, level)
    with np.errstate(over="ignore"):  # slopes next to nothing: their inverse may be inf, and the slope then is 0
        between = PchipInterpolator(knots, values)
    return np.asarray(between(np.clip(at, x[0], x[-1])), dtype=np.float64)


def _pool_knots(x: Floats, worth: Floats, level: Floats) -> tuple[Floats, Floats]:
    """Put a pooled level at the middle of its sizes: a stair would make the best size stick to its edges."""
    block = np.cumsum(np.append(0, np.diff(level) > 0))
    as_computed = level == worth
    middle = np.bincount(block, x) / np.bincount(block)
    knots = np.where(as_computed, x, middle[block])
    knots[[0, -1]] = x[[0, -1]]
    knots, first = np.unique(knots, return_index=True)
    return knots, level[first]


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
        p_changes: chance that another plan is chosen after the pilot.
        plan_now: the plan with the highest mean net benefit, without a pilot.
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
        return self.best.size is not None

    def to_dict(self) -> dict[str, Any]:
        """Give the value as the JSON contract writes it."""
        return {**asdict(self), "pays": self.pays}


def pilot_value(
    plan: Plan,
    found: LabelsRequired,
    totals: Mapping[str, Floats],
    *,
    vendor: int,
    strategies: Sequence[str] = (),
    sizes: Sequence[int] | None = None,
    seed: int = 0,
) -> PilotValue:
    """Value random pilots, or those paired with strategies, on the draws of a decision.

    Totals are USD on the same draws, (S,) or (1,), or minus the net benefit where plans differ in what they are worth.
    The vendor labels the pilot.
    """
    design = design_pilot(plan, strategies, sizes)
    names = list(totals)
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
    decided = preposterior(net, experiment, seed=seed)
    initial = found.values[paths.INITIAL_LABELS]
    lost = lost_labels(design, names, delivered, initial=initial, kept=plan.pilot.share_kept.median)
    cost = pilot_costs(plan, found.values, design, lost, decided, vendor=vendor, random=names.index("random"))
    sizes_tried = np.array(design.sizes, dtype=float)
    best = best_size(
        sizes_tried, decided.evsi_usd, cost.total_usd, evpi_usd=decided.evpi_usd, evsi_se_usd=decided.se_usd
    )
    return PilotValue(
        kind="paired" if strategies else "random",
        strategies=design.strategies,
        sizes=design.sizes,
        labels=tuple(design.bought(size) for size in design.sizes),
        evsi_usd=tuple(decided.evsi_usd.tolist()),
        evsi_se_usd=tuple(decided.se_usd.tolist()),
        cost_usd=tuple(cost.total_usd.tolist()),
        labels_usd=tuple(cost.labels_usd.tolist()),
        hours_usd=tuple(cost.hours_usd.tolist()),
        delay_usd=tuple(cost.delay_usd.tolist()),
        days=tuple(cost.days.tolist()),
        net_usd=tuple((decided.evsi_usd - cost.total_usd).tolist()),
        p_changes=tuple(decided.p_changes.tolist()),
        evpi_usd=decided.evpi_usd,
        plan_now=names[decided.prior_choice],
        best=best,
        p_changes_at_best=None
        if best.size is None
        else float(np.interp(np.log(best.size), np.log(sizes_tried), decided.p_changes)),
        effective_draws=tuple(decided.effective_draws.tolist()),
    )


def pilot_values(
    plan: Plan, found: LabelsRequired, totals: Mapping[str, Floats], *, vendor: int, al_plan: str, seed: int = 0
) -> dict[Kind, PilotValue]:
    """Value a random pilot, and a paired one of random and the active-learning plan; see `pilot_value`."""
    return {
        "random": pilot_value(plan, found, totals, vendor=vendor, seed=seed),
        "paired": pilot_value(plan, found, totals, vendor=vendor, strategies=(al_plan,), seed=seed),
    }


def usual_need(need: Floats, pool: float) -> float:
    """Give the label count at which the decision falls: random's usual need, or the pool where it is beyond."""
    return float(min(np.quantile(need, 0.5, method="inverted_cdf"), pool))
