"""Hybrid labelling of the plan's own pool, on the curves behind the plan.

Two models of one accuracy, sure of much and of little, let very different shares be labelled: the spread between data
sets is part of the answer. How well it predicts a data set left out is printed by `benchmarks/hybrid_proxies.py`.

Notation:
    N                   items of the whole pool, test items among them
    B   (n_B,)          pool items labelled by people
    a   (n_draws, n_B)  forecast accuracy after each number of labels
    θ   (n_draws, n_B)  share of the N items that the model labels
    S, R, T             seeds, rounds, thresholds of one proxy
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.costs import PEOPLE_LINES, QuoteCosts, price_plan
from planner.costs.machine import score_usd
from planner.decision.hybrid.outcome import HybridCosts, HybridOutcome, hybrid_outcomes
from planner.decision.hybrid.threshold import (
    CoveredRounds,
    HybridRule,
    allowed_thresholds,
    covered_rounds,
    machine_items,
)
from planner.plan import Draws, Plan, items_to_label, paths
from planner.plan.tables import PASSIVE
from planner.transfer.task_curves import TaskCurves
from simulations.arrays import Floats, Ints
from simulations.errors import InputError

FEWEST_DATASETS = 3
"""Data sets that must have been at an accuracy before anything is said of it."""

ROUNDS = 16  # numbers of people's labels that are tried, where they are forecast and not simulated
DRAWS = 1_000

Outcomes = Mapping[str, HybridOutcome]


@dataclass(frozen=True, eq=False)
class MachineShares:
    """Draws of the share that the model labels.

    Attributes:
        share: θ, shape (n_draws, n_B); 0 where it is not known, so that people label everything there.
        known: whether three data sets or more have been at the draw's accuracy, shape (n_draws, n_B).
        reason: a sentence on what is not known; empty where all is.
    """

    share: Floats
    known: npt.NDArray[np.bool_]
    reason: str


def machine_share_at(
    proxies: Sequence[CoveredRounds],
    accuracy: Floats,
    labels: Ints,
    *,
    items: int,
    test_labels: int,
    rule: HybridRule,
    strategy: str,
    rng: np.random.Generator,
) -> MachineShares:
    """Draw the share that passes the threshold rule at forecast accuracies.

    On every seed of every proxy the rule is walked with the task's N, n_test and B; the share it lets pass is made to
    rise with accuracy (isotonic regression) and read at the forecast one. A draw is one quantile of all seeds, every
    data set weighing the same, and the same one at each B; a task may do worse than every proxy, so that with D of them
    a share of 1 / (2 D + 2) of the draws is 0. A proxy says nothing outside the accuracies it has had,
    and nothing of other strategies; where it has more held-out items than the task, so many are drawn.

    Raises:
        InputError: fewer than three data sets were simulated with the strategy, or none at such accuracies; or the
            task has no test labels, or no room for so many labels.
    """
    if test_labels < 1 or np.max(labels) > items - test_labels:
        raise InputError(
            f"hybrid labelling, {strategy}: found {items:,} items with {test_labels:,} test labels and "
            f"{np.max(labels):,} others; allowed: at least one test label, and no more labels than items"
        )
    own = [proxy for proxy in proxies if proxy.strategy.partition(" [")[0] == strategy]
    names = np.array([proxy.dataset.partition(" [")[0] for proxy in own])
    if len(np.unique(names)) < FEWEST_DATASETS:
        raise InputError(
            f"hybrid labelling, {strategy}: found coverage tables of {len(np.unique(names))} data sets; allowed: at "
            f"least {FEWEST_DATASETS}, or curves simulated on the task itself"
        )
    curves = [_ProxyShares(proxy, labels, items, test_labels, rule, rng) for proxy in own]
    dataset = np.repeat(np.unique(names, return_inverse=True)[1], [len(curve.accuracy) for curve in curves])
    u = np.asarray(rng.random(accuracy.shape[0]))
    share, known = np.zeros(accuracy.shape), np.zeros(accuracy.shape, np.bool_)
    for j in range(accuracy.shape[1]):
        found = np.concatenate([curve.at(accuracy[:, j], j) for curve in curves])
        # Which data sets have been at each draw's accuracy, (data sets, n_draws).
        present = np.stack([~np.isnan(found[dataset == d]).all(axis=0) for d in range(dataset.max() + 1)])
        seen = present.sum(axis=0)
        known[:, j] = seen >= FEWEST_DATASETS
        # A task is one data set more than the D seen: half a place in D + 1 is left below them all, for a share of 0.
        inner = (u * (seen + 1) - 0.5) / np.maximum(seen, 1)
        share[:, j] = np.where(known[:, j] & (inner > 0), _quantile(found, dataset, present, inner), 0.0)
    return MachineShares(share, known, _reason(known, accuracy, strategy))


class _ProxyShares:
    """θ of one proxy's seeds against accuracy, at each B of the task."""

    def __init__(
        self,
        proxy: CoveredRounds,
        labels: Ints,
        items: int,
        test_labels: int,
        rule: HybridRule,
        rng: np.random.Generator,
    ) -> None:
        from scipy.optimize import isotonic_regression

        if test_labels < proxy.test_size:
            proxy = proxy.checked_on(test_labels, rng)
        covered, errors = proxy.covered[:, :, None], proxy.errors[:, :, None]
        sure, most = machine_items(
            covered,
            labels,
            test_size=proxy.test_size,
            pool_size=items - test_labels,
            strategy=proxy.strategy.partition(" [")[0],
        )
        allowed, _ = allowed_thresholds(covered, errors, most, items, rule)
        share = np.where(allowed, sure, 0).max(axis=-1) / items
        order = np.argsort(proxy.accuracy, axis=1, kind="stable")
        self.accuracy = np.take_along_axis(proxy.accuracy, order, axis=1)
        # Shares (S, R, n_B) rise along the rounds, in the least-squares sense.
        by_accuracy = np.take_along_axis(share, order[..., None], axis=1)
        self.share = np.asarray(np.apply_along_axis(lambda y: isotonic_regression(y).x, 1, by_accuracy))

    def at(self, accuracy: Floats, j: int) -> Floats:
        """θ of every seed at the accuracies, (S, n_draws); NaN outside those it has had."""
        curves = zip(self.accuracy, self.share[..., j], strict=True)
        return np.stack([np.interp(accuracy, x, y, left=np.nan, right=np.nan) for x, y in curves])


def _quantile(found: Floats, dataset: Ints, present: npt.NDArray[np.bool_], u: Floats) -> Floats:
    """Take the quantile u (n_draws,) of the seeds' shares (seeds, n_draws), data sets weighing the same."""
    there = ~np.isnan(found)
    seeds = np.stack([there[dataset == d].sum(axis=0) for d in range(len(present))])
    weight = there / np.maximum(seeds, 1)[dataset]
    order = np.argsort(found, axis=0)  # NaN comes last and weighs nothing
    risen = np.cumsum(np.take_along_axis(weight, order, axis=0), axis=0)
    place = (risen < np.clip(u, 0.0, 1.0 - 1e-9) * risen[-1]).sum(axis=0)
    chosen = np.take_along_axis(order, place[None], axis=0)
    return np.asarray(np.take_along_axis(found, chosen, axis=0)[0])


def _reason(known: npt.NDArray[np.bool_], accuracy: Floats, strategy: str) -> str:
    if known.all():
        return ""
    missing = accuracy[~known]
    sentence = (
        f"hybrid labelling, {strategy}: fewer than {FEWEST_DATASETS} recorded data sets have been at accuracies "
        f"such as {np.median(missing):.3g}"
    )
    if not known.any():
        raise InputError(f"{sentence}; allowed: accuracies they have had, or curves simulated on the task itself")
    return f"{sentence}; in {(~known).mean():.0%} of the draws people are taken to label everything."


def hybrid_of_plan(
    plan: Plan, curves: TaskCurves, simulated: pd.DataFrame | None, coverage: pd.DataFrame | None, seed: int
) -> tuple[Outcomes, tuple[str, ...]]:
    """Price hybrid labelling by random picks and by each of the plan's strategies, where the plan asks for it.

    With `label_scale_sd = 0` the simulated campaigns are the task's own, and their seeds are the replicates. Else the
    share that the model may label is read from other data sets at the forecast accuracy. Prices count at their median.

    Returns:
        Outcomes by strategy, and sentences on what could not be answered.
    """
    if plan.hybrid.max_error_rate is None:
        return {}, ()
    try:
        return _price_hybrid(plan, curves, simulated, coverage, seed), ()
    except InputError as error:
        return {}, (f"Hybrid labelling cannot be priced: {error}.",)


def _price_hybrid(
    plan: Plan, curves: TaskCurves, simulated: pd.DataFrame | None, coverage: pd.DataFrame | None, seed: int
) -> Outcomes:
    if simulated is None or coverage is None:
        raise InputError(
            "no simulated campaigns with risk-coverage counts; allowed: a store of your own, as [evidence] store or "
            "--store"
        )
    values = plan.medians()
    vendor = _cheapest_vendor(plan, values)
    assert plan.hybrid.max_error_rate is not None
    people = plan.hybrid.human_error_rate
    of_quote = float(np.ravel(QuoteCosts.of(plan, values, vendor).error_rate)[0])
    rule = HybridRule(
        plan.hybrid.max_error_rate.median,
        of_quote if people is None else people.median,
        plan.hybrid.confidence.median,
    )
    names = ("random", *plan.strategy.names)
    costs = {name: _costs(plan, values, vendor, chosen=name not in PASSIVE) for name in names}
    table = simulated[simulated["strategy"].isin(names) & (simulated["metric"] == "accuracy")]
    if plan.evidence.proxies != ("auto",):
        table = table[table["dataset"].isin(plan.evidence.proxies)]
    items, test = round(values[paths.POOL_SIZE][0]), round(values[paths.TEST_LABELS][0])
    counts = coverage[coverage["trajectory"].isin(table["trajectory"])]
    own = plan.evidence.label_scale_sd is not None and plan.evidence.label_scale_sd.median == 0
    if own:
        return hybrid_outcomes(table, counts, rule, costs, items=items, test_labels=test)
    proxies = covered_rounds(table, counts)
    if plan.task.metric != "accuracy":
        raise InputError(
            f"[task] metric: found {plan.task.metric}; allowed: accuracy, through which other data sets tell how much "
            "a model may label, or label_scale_sd = 0 with campaigns simulated on the task itself"
        )
    labels = _schedule(plan, values, items - test)
    found: dict[str, HybridOutcome] = {}
    for i, name in enumerate(curves.strategies):
        accuracy = np.stack([curves.values_at(float(n))[:DRAWS, i] for n in labels], axis=1)
        shares = machine_share_at(
            proxies,
            accuracy,
            labels,
            items=items,
            test_labels=test,
            rule=rule,
            strategy=name,
            rng=np.random.default_rng([seed, i]),
        )
        warnings = (shares.reason,) if shares.reason else ()
        found[name] = _cheapest_mix(name, labels, shares.share, costs[name], items, rule, warnings)
    return found


def _cheapest_mix(
    name: str, labels: Ints, share: Floats, costs: HybridCosts, items: int, rule: HybridRule, warnings: tuple[str, ...]
) -> HybridOutcome:
    """Choose B by its mean over all draws, and say what comes of it there."""
    machine = np.floor(share * items)
    total = costs.people_usd(items - machine) + costs.compute_usd(labels.astype(float)) + costs.machine_usd(machine)
    best = int(total.mean(axis=0).argmin())
    bound = rule.max_error_rate
    return HybridOutcome.of_runs(
        pd.DataFrame({"machine_items": machine[:, best], "error_bound": bound, "total_usd": total[:, best]}),
        strategy=name,
        labels=int(labels[best]),
        items=items,
        all_human_usd=float(costs.people_usd(np.array([float(items)]))[0]),
        warnings=warnings,
    )


def _schedule(plan: Plan, values: Draws, most: int) -> Ints:
    """List numbers of people's labels, evenly in log n from the initial set to the pool, on whole batches."""
    first, batch = values[paths.INITIAL_LABELS][0], values[paths.BATCH_SIZE][0]
    wanted = np.geomspace(first, most, ROUNDS)
    return np.unique(np.minimum(first + np.rint((wanted - first) / batch) * batch, most)).astype(np.int64)


def _cheapest_vendor(plan: Plan, values: Draws) -> int:
    """Give the vendor that would label the whole pool for the least."""
    n = items_to_label(values)
    bills = {i: price_plan(plan, values, i, n, active=False, at_once=True).lines for i in plan.comparable_vendors}
    return min(bills, key=lambda i: sum(float(bills[i][line][0]) for line in PEOPLE_LINES))


def _costs(plan: Plan, values: Draws, vendor: int, *, chosen: bool) -> HybridCosts:
    """Price people by their vendor, engineering as active learning pays it, and the machines that picks need.

    Chosen picks train and score in rounds; random ones train once. Both score what is left once more, to label it.
    """
    n_test, fee_usd = values[paths.TEST_LABELS], QuoteCosts.of(plan, values, vendor)["auto_label_fee_usd_per_item"]
    pool = values[paths.POOL_SIZE] - n_test

    def people_usd(n: Floats) -> Floats:
        bill = price_plan(plan, values, vendor, np.maximum(n - n_test, 0.0), active=False, at_once=True)
        return np.asarray(np.broadcast_to(sum((bill.lines[line] for line in PEOPLE_LINES), np.zeros(1)), n.shape))

    def compute_usd(labels: Floats) -> Floats:
        active = price_plan(plan, values, vendor, labels, active=True).lines
        rounds = ("operation_usd", "training_usd", "scoring_usd")
        if chosen:
            usd = sum((active[line] for line in rounds), active["engineering_usd"])
        else:
            training = price_plan(plan, values, vendor, labels, active=False, at_once=True).lines["training_usd"]
            usd = active["engineering_usd"] + training
        usd = usd + score_usd(plan, values, np.maximum(pool - labels, 0.0))
        return np.asarray(np.broadcast_to(usd, labels.shape))

    return HybridCosts(people_usd, compute_usd, lambda n: n * fee_usd)
