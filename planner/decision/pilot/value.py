"""The value of a pilot: the expected value of sample information by size, less its cost, and the best size.

A pilot is simulated from one draw, the truth; all others are weighed by what it measured, and the plan with the highest
weighted mean is chosen (Raiffa & Schlaifer 1961).

Two errors of a posterior mean m̂ = m + e, with e from finite draws, are kept out. The truth is left out of its own
posterior. And the mean of max(m̂, 0) is too high: where e has variance v and m a density of f at 0, by f·v/2, since
∫ E max(m + e, 0) − max(m, 0) dm = v/2. Choosing by one half of the draws and reading the mean of the other half is too
low by f·v, since ∫ max(m, 0) − m·P(m + e > 0) dm = v/2 and a half has twice the variance. Two parts of the first and
one of the second are right to first order, and are what is reported.

Random labels of a pilot are labels of the campaign: random labelling needs them all, active learning its initial set,
and of the rest as many as its own choice would have needed to stand where they stand. Only what is lost is a cost.

Notation, besides that of `planner.decision.pilot.design`:
    net_usd         (S, D)      net benefit of each plan: minus its total, at a fixed target
    need            (S,)        labels that a plan buys in the end; inf where it never reaches the target, and buys all
    lost            (Z, S, D)   pilot labels without use where that plan is then carried out
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy

from planner.costs import DAYS_PER_WEEK, QuoteCosts, price_plan, vendor_usd
from planner.decision.labels_required import LabelsRequired
from planner.decision.load_curves import describe
from planner.decision.pilot.design import (
    Experiment,
    Kind,
    PilotDesign,
    chance_value,
    design_pilot,
    pilot_experiment,
    twins_of,
    weigh,
)
from planner.plan import Draws, Plan, paths
from planner.randomness import keyed_rng
from simulations.arrays import Floats, Ints

PILOTS = 1_024
KOROBOV = 17_797  # of the lattice that pilots are spread by
PROTOTYPE_SHARE = 0.25
"""Of the one-off work: a loop that runs by hand, which a paired pilot needs."""


@dataclass(frozen=True, eq=False)
class Preposterior:
    """Simulated pilots, each decided at every size.

    Attributes:
        prior_choice: the plan with the highest mean, without a pilot.
        truth: (P,) the draw that each pilot was simulated from.
        choice: (Z, P) the plan chosen after it.
        gain_usd: (Z, P) what choosing after it gains, on average over its posterior.
        realised_usd: (Z, P) what the choice gains in the truth itself.
        effective_draws: (Z,) Kish's effective number of draws behind a posterior, its median over pilots.
    """

    prior_choice: int
    evpi_usd: float
    truth: Ints
    choice: Ints
    gain_usd: Floats
    realised_usd: Floats
    effective_draws: Floats
    n_draws: int

    @property
    def evsi_usd(self) -> Floats:
        """Expected value of sample information, (Z,), from 0 to EVPI and never falling with size.

        A larger pilot holds all that a smaller one measures, so that its value cannot be less: what the simulation has
        otherwise is noise, and is pooled (isotonic regression).
        """
        pooled: Floats = scipy.optimize.isotonic_regression(self.gain_usd.mean(axis=1)).x
        return np.clip(pooled, 0.0, self.evpi_usd)

    @property
    def se_usd(self) -> Floats:
        """Monte Carlo standard error of `evsi_usd`, (Z,): of pilots and of draws.

        Truths are in order and evenly spread, so that neighbours' differences tell the variance (Wolter 2007, 8.2).
        """
        S, P = self.n_draws, self.truth.size
        of_pilots = (np.diff(self.gain_usd, axis=1) ** 2).sum(axis=1) / (2.0 * max(P - 1, 1) * P)
        of_draws = self.realised_usd.var(axis=1) / S
        return np.asarray(np.sqrt(of_pilots + of_draws))

    @property
    def p_changes(self) -> Floats:
        """Chance that the plan chosen after the pilot is another than without it, (Z,)."""
        return np.asarray((self.choice != self.prior_choice).mean(axis=1))


def preposterior(net_usd: Floats, experiment: Experiment, *, n_pilots: int = PILOTS, seed: int = 0) -> Preposterior:
    """Simulate pilots, and what is decided after each of them at each size.

    All sizes share truths and noise, so that their differences are those of size. The number of pilots is rounded up
    to a power of two.
    """
    prior_choice = int(net_usd.mean(axis=0).argmax())
    gain = net_usd - net_usd[:, [prior_choice]]
    uniform = _spread_points(n_pilots, 1 + experiment.stage.size, seed)
    # By the most that another plan gains, so that truths are spread over what matters.
    order = np.argsort(np.where((gain != 0).any(axis=0), gain, -np.inf).max(axis=1), kind="stable")
    truth = order[(uniform[:, 0] * len(gain)).astype(np.int64)]
    data = experiment.whiten(experiment.readings)[truth] + scipy.special.ndtri(uniform[:, 1:])
    weighed = weigh(gain, experiment, data, left_out=(truth, twins_of(experiment.readings)))
    means, halves = weighed.means, weighed.halves
    choice = _choose(means, prior_choice)
    of_halves = _choose(halves, prior_choice)[:, :, ::-1]  # each half is read at what the other chose
    kept = np.take_along_axis(halves, of_halves[..., None], axis=3).mean(axis=(2, 3))
    promised = np.take_along_axis(means, choice[..., None], axis=2)[..., 0]
    return Preposterior(
        prior_choice=prior_choice,
        evpi_usd=float(gain.max(axis=1).mean()),
        truth=truth,
        choice=choice,
        gain_usd=(2.0 * promised + kept) / 3.0,
        realised_usd=gain[truth, choice],
        effective_draws=np.median(weighed.effective, axis=1),
        n_draws=len(gain),
    )


def _choose(means: Floats, prior_choice: int) -> Ints:
    """Give the best plan on the last axis; a tie keeps what would be done anyway."""
    return np.where(means.max(axis=-1) > means[..., prior_choice], means.argmax(axis=-1), prior_choice)


def _spread_points(n_pilots: int, dimensions: int, seed: int) -> Floats:
    """Spread points evenly over the unit cube, in the order of the first dimension: a randomly shifted Korobov lattice.

    The generator is of Hickernell, Hong, L'Ecuyer & Lemieux (2000). scipy's Sobol points spread no better, and take up
    to half a second to load.
    """
    points = 2 ** int(np.ceil(np.log2(n_pilots)))
    vector = np.array([pow(KOROBOV, d, points) for d in range(dimensions)])
    shifted = (np.outer(np.arange(points), vector) / points + keyed_rng(seed, "pilots").random(dimensions)) % 1.0
    return np.asarray(np.clip(shifted[np.argsort(shifted[:, 0], kind="stable")], 1e-12, 1.0 - 1e-12))


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

    Needs are delivered labels; of the useful labels a share is `kept`.
    """
    found = []
    for size in design.sizes:
        useful = [_useful_labels(design, size, name, needs, initial) for name in names]
        found.append(design.bought(size) - kept * np.stack(useful, axis=1))
    return np.stack(found)


def _useful_labels(design: PilotDesign, size: int, name: str, needs: Mapping[str, Floats], initial: Floats) -> Floats:
    """Count the labels of one pilot that a plan would otherwise buy, (S,)."""
    need: Floats = needs[name]
    if name == "random" or name in design.strategies:
        # Beside a strategy's own labels, random ones beyond the initial set are counted as lost: a cautious view.
        return np.minimum(size, need)
    with np.errstate(invalid="ignore"):
        equal = size * np.minimum(need / needs["random"], 1.0)
    equal = np.where(np.isnan(equal), size, equal)  # both never: all of the pool is bought either way
    return np.asarray(np.minimum(np.maximum(equal, np.minimum(size, initial)), need))


def pilot_costs(
    plan: Plan, values: Draws, design: PilotDesign, lost: Floats, decided: Preposterior, *, vendor: int, random: int
) -> PilotCost:
    """Price pilots under the plan that is chosen after each of them; `random` is the place of random labelling in D."""
    quote = QuoteCosts.of(plan, values, vendor)
    truth, choice = decided.truth, decided.choice
    gone = np.stack([lost[z, truth, chosen] for z, chosen in enumerate(choice)])  # (Z, P)
    item_usd = np.stack([_of_truths(_item_usd(plan, values, vendor, design.bought(n)), truth) for n in design.sizes])
    # Labels with a use are labelled once, whenever that is.
    once = quote.turnaround_days + values[paths.RETRAIN_DAYS]
    days = _of_truths(once, truth) + gone / _of_truths(quote.throughput_per_day, truth)
    rate = values[paths.HOURLY_RATE_USD]
    hours_usd = _of_truths(values[paths.PILOT_HOURS] * rate, truth) + np.zeros(choice.shape)
    if design.strategies:
        own = PROTOTYPE_SHARE * values[paths.ONE_OFF_HOURS]
        prototype = own if plan.pilot.prototype_hours is None else values[paths.PROTOTYPE_HOURS]
        hours_usd = hours_usd + np.where(choice == random, _of_truths(prototype * rate, truth), 0.0)
    return PilotCost(
        (gone * item_usd).mean(axis=1),
        hours_usd.mean(axis=1),
        _delay_usd(plan, values, days, truth).mean(axis=1),
        days.mean(axis=1),
    )


def _of_truths(values: Floats, truth: Ints) -> Floats:
    """Take the truths' own values, (P,); a single number stands for all."""
    return np.broadcast_to(values, truth.shape) if values.size == 1 else values[truth]


def _item_usd(plan: Plan, values: Draws, vendor: int, labels: int) -> Floats:
    """Price one more label, votes, fees and checks included, on top of the initial set and a pilot.

    A difference of two bills leaves out what is paid once, and is at the tier that the pilot reaches.
    """
    first = values[paths.INITIAL_LABELS]
    before, after = (
        vendor_usd(price_plan(plan, values, vendor, n, active=False, at_once=True).lines)
        for n in (first, first + labels)
    )
    return np.asarray(np.maximum(after - before, 0.0) / labels)


def _delay_usd(plan: Plan, values: Draws, days: Floats, truth: Ints) -> Floats:
    """Price starting later, by the plan's kind of delay; a deadline is left out."""
    weeks = days / DAYS_PER_WEEK
    if plan.calendar.delay == "decay":
        lost = 1.0 - (1.0 - _of_truths(values[paths.VALUE_LOST_PER_WEEK], truth)) ** weeks
        return _of_truths(values[paths.VALUE_USD], truth) * lost
    return _of_truths(values[paths.COST_OF_DELAY_USD_PER_WEEK], truth) * weeks


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

    Between the sizes computed, (Z,), the value, which never falls with size, is interpolated by monotone cubics in the
    logarithm of the size. Costs are interpolated linearly. Sizes outside those computed are not looked at.

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
    value = np.full(len(tried), evsi_usd[0])
    if len(sizes) > 1:
        with np.errstate(over="ignore"):  # slopes next to nothing: their inverse may be inf, and the slope then is 0
            between = scipy.interpolate.PchipInterpolator(np.log(sizes), evsi_usd)
        value = between(np.clip(np.log(tried), *np.log(sizes[[0, -1]])))
    value = np.clip(value, 0.0, evpi_usd)
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


@dataclass(frozen=True)
class PilotValue:
    """What pilots of one kind are worth, by size; tuples have one entry a size.

    Attributes:
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
    plan, names = found.plan, list(totals)
    design = design_pilot(plan, strategies, sizes)
    S, quote = found.curves.n_draws, QuoteCosts.of(plan, found.values, vendor)
    delivered = {name: np.broadcast_to(found.needs[name] / found.worth.of(name, quote), S) for name in names}
    experiment = pilot_experiment(
        found.curves,
        design,
        at=usual_need(delivered["random"], plan.task.items_to_label),
        test_labels=describe(plan).effective_items(plan.task.test_labels.median),
        worth=lambda name, count: found.worth.of(name, quote, np.array([count])),
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
    by_size = {
        "evsi_usd": decided.evsi_usd,
        "evsi_se_usd": decided.se_usd,
        "cost_usd": cost.total_usd,
        **vars(cost),
        "net_usd": decided.evsi_usd - cost.total_usd,
        "p_changes": decided.p_changes,
        "effective_draws": decided.effective_draws,
    }
    return PilotValue(
        **{name: tuple(each.tolist()) for name, each in by_size.items()},
        kind="paired" if strategies else "random",
        strategies=design.strategies,
        sizes=design.sizes,
        labels=tuple(design.bought(size) for size in design.sizes),
        evpi_usd=decided.evpi_usd,
        plan_now=names[decided.prior_choice],
        best=best,
        p_changes_at_best=None
        if best.size is None
        else float(np.interp(np.log(best.size), np.log(sizes_tried), decided.p_changes)),
    )


def usual_need(need: Floats, pool: float) -> float:
    """Give the label count at which the decision falls: random's usual need, or the pool where it is beyond."""
    return float(min(np.quantile(need, 0.5, method="inverted_cdf"), pool))
