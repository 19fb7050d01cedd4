"""Hybrid labelling of the plan's own pool: the cheapest mix of people and model under a bounded error.

People label some items and the unsure rest, the model labels what it is sure of. That reaches another goal than the
plans beside it: a finite set fully labelled with at most so many errors, not a model of so much accuracy. Source: Qiu
et al. 2023, MCAL: minimum cost human-machine active labeling.

The mix is read off simulations of the task itself, or of other data sets at the accuracies that the curves forecast.
Two models of one accuracy, sure of much and of little, let very different shares be labelled: the spread between data
sets is part of the answer. How well it predicts a data set left out is printed by `benchmarks/hybrid_proxies.py`.

Notation:
    N, P, n_test    items of the whole set, of them in the pool, of them held out and labelled by people
    B   (R,), (n_B,)    pool items labelled by people when the model labels the rest it is sure of
    A   (S, R, T+1)     items the model labels at each threshold; the last, 0, leaves all to people
    total (S, R)        cost in USD at the cheapest threshold that the rule allows
    a   (n_draws, n_B)  forecast accuracy after each number of labels
    θ   (n_draws, n_B)  share of the N items that the model labels
    S, R, T         seeds, rounds, confidence thresholds
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from planner.costs import PEOPLE_LINES, QuoteCosts, price_plan
from planner.costs.bill import score_usd
from planner.decision.hybrid import threshold
from planner.decision.state import Interval
from planner.plan import PASSIVE, Draws, Plan, items_to_label, paths
from planner.transfer.task_curves import TaskCurves
from simulations.arrays import Bools, Floats, Ints
from simulations.curve_table import base_name
from simulations.errors import InputError

FEWEST_SEEDS = 5
"""Fewer replicates give no range to speak of, and no others from which to choose B."""

NOTHING_CHEAPER = "No mix of people and model is expected to be cheaper than people labelling everything."

FEWEST_DATASETS = 3
"""Data sets that must have been at an accuracy before anything is said of it."""

ROUNDS = 16  # numbers of people's labels that are tried, where they are forecast and not simulated
DRAWS = 1_000


@dataclass(frozen=True)
class HybridCosts:
    """What labels cost; each function takes an array of counts and gives USD in the same shape.

    Attributes:
        people_usd: of n labels by people, test labels among them, with tiers, minimum orders and set-up.
        compute_usd: of everything else up to B labels: trainings, pool scorings, engineering, operation.
        machine_usd: of n labels by the model: auto-label fees, a human glance at them.
    """

    people_usd: Callable[[Floats], Floats]
    compute_usd: Callable[[Floats], Floats]
    machine_usd: Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class HybridOutcome:
    """Hybrid labelling by one strategy, over simulated seeds; ranges are 80% ranges over seeds.

    Attributes:
        strategy: who picks the B items.
        use: whether the mix is cheaper than people labelling everything, on average over seeds.
        reason: one sentence on why it is not; empty where it is.
        labels: B, pool items that people label before the model labels the sure ones.
        people_labels: labels by people in all: B, the held-out items and what the model is unsure of.
        machine_share: share of the N items that the model labels.
        error_bound: upper bound of the error rate in the whole labelled set.
        saving_usd: what people labelling everything costs more.
        p_cheaper: share of seeds in which the mix is cheaper.
        seeds: replicates behind all this.
        runs: one row a seed: `people_labels, machine_items, error_bound, total_usd, saving_usd`; where the task itself
            was simulated also `seed, labels, threshold`, of which the last is missing where people label all the rest.
    """

    strategy: str
    use: Literal["hybrid", "all_human"]
    reason: str
    labels: int
    items: int
    people_labels: Interval
    machine_share: Interval
    error_bound: Interval
    total_usd: Interval
    saving_usd: Interval
    all_human_usd: float
    p_cheaper: float
    seeds: int
    runs: pd.DataFrame
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Give the outcome as plain JSON data, without the single runs."""
        plain = {name: value for name, value in vars(self).items() if name != "runs"}
        shown = {name: asdict(v) if isinstance(v, Interval) else v for name, v in plain.items()}
        return {**shown, "warnings": list(self.warnings)}


def hybrid_outcomes(
    curves: pd.DataFrame,
    coverage: pd.DataFrame,
    rule: threshold.HybridRule,
    costs: Mapping[str, HybridCosts],
    *,
    items: int,
    test_labels: int,
) -> dict[str, HybridOutcome]:
    """Plan hybrid labelling with every strategy that was simulated on the task in one setting; see `plan_hybrid`."""
    found: dict[str, threshold.CoveredRounds] = {}
    for rounds in threshold.covered_rounds(curves, coverage):
        if rounds.strategy in found:
            raise InputError(
                f"curve table: strategy {rounds.strategy} was simulated in several settings; hybrid labelling needs "
                "one data set, learner, batch size and initial size at a time"
            )
        found[rounds.strategy] = rounds
    return {
        name: plan_hybrid(rounds, rule, costs[name], items=items, test_labels=test_labels)
        for name, rounds in found.items()
    }


def plan_hybrid(
    rounds: threshold.CoveredRounds, rule: threshold.HybridRule, costs: HybridCosts, *, items: int, test_labels: int
) -> HybridOutcome:
    """Choose B on the simulated seeds, and say what comes of it for N items with n_test test labels.

    In every seed B is the one that is cheapest on average over the *other* seeds, and only the threshold is found on
    the seed's own held-out items. Taking each seed's cheapest round would choose the one whose held-out items are
    lucky, and break the bound more often than the level says (`docs/method/hybrid.md` has the figures). Fewer test
    labels than were simulated are drawn from those; of more, the bill holds all and the bound only as many as were
    simulated.

    Raises:
        InputError: too few seeds, or no simulated round is small enough for the task.
    """
    if len(rounds.seeds) < FEWEST_SEEDS:
        raise InputError(
            f"hybrid labelling, {rounds.strategy}: found {len(rounds.seeds)} simulated seeds; allowed: at least "
            f"{FEWEST_SEEDS}, since seeds are what tells chance from worth"
        )
    fits = rounds.labels <= items - test_labels
    if test_labels < 1 or not fits.any():
        raise InputError(
            f"hybrid labelling, {rounds.strategy}: found {items:,} items with {test_labels:,} test labels; allowed: at "
            f"least one test label, and room for the first simulated round of {rounds.labels[0]:,} labels"
        )
    warnings: tuple[str, ...] = ()
    if test_labels < rounds.test_size:
        rounds = rounds.checked_on(test_labels, np.random.default_rng([test_labels, rounds.test_size]))
    elif test_labels > rounds.test_size:
        warnings = (
            f"hybrid labelling: {test_labels:,} test labels are paid for, but only {rounds.test_size:,} were "
            "simulated, so the model is let label less than that many would allow.",
        )
    labels = rounds.labels[fits]
    machine, bound, usd = _price_rounds(rounds, fits, rule, costs, items, test_labels)
    cheapest, total = usd.argmin(axis=-1), usd.min(axis=-1)
    # For each seed the round that is cheapest on average over all other seeds.
    chosen = (total.sum(axis=0) - total).argmin(axis=1)
    every = np.arange(len(chosen))
    at = cheapest[every, chosen]
    runs = pd.DataFrame(
        {
            "seed": rounds.seeds,
            "labels": labels[chosen],
            "threshold": np.append(rounds.thresholds, np.nan)[at],
            "machine_items": machine[every, chosen, at],
            "error_bound": bound[every, chosen, at],
            "total_usd": total[every, chosen],
        }
    )
    return _summarise_runs(runs, rounds.strategy, int(labels[total.mean(axis=0).argmin()]), items, costs, warnings)


def _price_rounds(
    rounds: threshold.CoveredRounds, fits: Bools, rule: threshold.HybridRule, costs: HybridCosts, N: int, n_test: int
) -> tuple[Ints, Floats, Floats]:
    """Give A, the error bound and the cost of every seed, round that fits, and threshold, (S, R, T+1) each.

    A threshold that the rule does not allow costs infinitely much.
    """
    labels, covered, errors = rounds.labels[fits], rounds.covered[:, fits], rounds.errors[:, fits]
    sure, most = threshold.machine_items(
        covered, labels, test_size=rounds.test_size, pool_size=N - n_test, strategy=rounds.strategy
    )
    allowed, bound = threshold.allowed_thresholds(covered, errors, most, N, rule)
    people_only = [(0, 0), (0, 0), (0, 1)]
    machine = np.pad(sure, people_only)
    A = machine.astype(float)
    usd = costs.people_usd(N - A) + costs.compute_usd(labels.astype(float))[:, None] + costs.machine_usd(A)
    usd[~np.pad(allowed, people_only, constant_values=True)] = np.inf
    return machine, np.pad(bound, people_only, constant_values=rule.human_error_rate), usd


def _summarise_runs(
    runs: pd.DataFrame, strategy: str, labels: int, items: int, costs: HybridCosts, warnings: tuple[str, ...]
) -> HybridOutcome:
    """Summarise replicates, one a row; what the mix saves is set against people labelling everything."""
    all_human_usd = float(costs.people_usd(np.array([float(items)]))[0])
    runs = runs.assign(people_labels=items - runs["machine_items"], saving_usd=all_human_usd - runs["total_usd"])
    pays = float(runs["total_usd"].mean()) < all_human_usd

    def interval(column: pd.Series) -> Interval:
        return Interval.of(column.to_numpy(dtype=float))

    return HybridOutcome(
        strategy=strategy,
        use="hybrid" if pays else "all_human",
        reason="" if pays else NOTHING_CHEAPER,
        labels=labels,
        items=items,
        people_labels=interval(runs["people_labels"]),
        machine_share=interval(runs["machine_items"] / items),
        error_bound=interval(runs["error_bound"]),
        total_usd=interval(runs["total_usd"]),
        saving_usd=interval(runs["saving_usd"]),
        all_human_usd=all_human_usd,
        p_cheaper=float((runs["saving_usd"] > 0).mean()),
        seeds=len(runs),
        runs=runs,
        warnings=warnings,
    )


def machine_share_at(
    proxies: Sequence[threshold.CoveredRounds],
    accuracy: Floats,
    labels: Ints,
    *,
    items: int,
    test_labels: int,
    rule: threshold.HybridRule,
    strategy: str,
    rng: np.random.Generator,
) -> tuple[Floats, Bools]:
    """Draw the share that passes the threshold rule at forecast accuracies, (n_draws, n_B).

    On every seed of every proxy the rule is walked with the task's N, n_test and B; the share it lets pass is made to
    rise with accuracy (isotonic regression) and read at the forecast one. A draw is one quantile of all seeds, every
    data set weighing the same, and the same one at each B; a task may do worse than every proxy, so that with D of them
    a share of 1 / (2 D + 2) of the draws is 0. A proxy says nothing outside the accuracies it has had, and nothing of
    other strategies; where it has more held-out items than the task, so many are drawn.

    Returns:
        θ, 0 where it is not known, so that people label everything there; and whether it is, as three data sets or
        more have been at the draw's accuracy. Both (n_draws, n_B).

    Raises:
        InputError: fewer than three data sets were simulated with the strategy; or the task has no test labels, or no
            room for so many labels.
    """
    if test_labels < 1 or np.max(labels) > items - test_labels:
        raise InputError(
            f"hybrid labelling, {strategy}: found {items:,} items with {test_labels:,} test labels and "
            f"{np.max(labels):,} others; allowed: at least one test label, and no more labels than items"
        )
    own = [proxy for proxy in proxies if base_name(proxy.strategy) == strategy]
    names = np.array([base_name(proxy.dataset) for proxy in own])
    if len(np.unique(names)) < FEWEST_DATASETS:
        raise InputError(
            f"hybrid labelling, {strategy}: found coverage tables of {len(np.unique(names))} data sets; allowed: at "
            f"least {FEWEST_DATASETS}, or curves simulated on the task itself"
        )
    curves = [_shares_by_accuracy(proxy, labels, items, test_labels, rule, rng) for proxy in own]
    dataset = np.repeat(np.unique(names, return_inverse=True)[1], [len(curve) for curve in curves])
    u = np.asarray(rng.random(accuracy.shape[0]))
    share, known = np.zeros(accuracy.shape), np.zeros(accuracy.shape, np.bool_)
    for j in range(accuracy.shape[1]):
        seeds = [(x, y[:, j]) for curve in curves for x, y in curve]
        # θ of every seed at each draw's accuracy; NaN outside those it has had.
        found = np.stack([np.interp(accuracy[:, j], x, y, left=np.nan, right=np.nan) for x, y in seeds])
        # Which data sets have been at each draw's accuracy, (data sets, n_draws).
        present = np.stack([~np.isnan(found[dataset == d]).all(axis=0) for d in range(dataset.max() + 1)])
        seen = present.sum(axis=0)
        known[:, j] = seen >= FEWEST_DATASETS
        # A task is one data set more than the D seen: half a place in D + 1 is left below them all, for a share of 0.
        inner = (u * (seen + 1) - 0.5) / np.maximum(seen, 1)
        share[:, j] = np.where(known[:, j] & (inner > 0), _share_quantile(found, dataset, present, inner), 0.0)
    return share, known


def _shares_by_accuracy(
    proxy: threshold.CoveredRounds,
    labels: Ints,
    items: int,
    test_labels: int,
    rule: threshold.HybridRule,
    rng: np.random.Generator,
) -> list[tuple[Floats, Floats]]:
    """Give for each of a proxy's seeds its accuracies, (R,) rising, and θ at them for each B of the task, (R, n_B)."""
    from scipy.optimize import isotonic_regression

    if test_labels < proxy.test_size:
        proxy = proxy.checked_on(test_labels, rng)
    covered, errors = proxy.covered[:, :, None], proxy.errors[:, :, None]
    sure, most = threshold.machine_items(
        covered, labels, test_size=proxy.test_size, pool_size=items - test_labels, strategy=proxy.strategy
    )
    allowed, _ = threshold.allowed_thresholds(covered, errors, most, items, rule)
    share = np.where(allowed, sure, 0).max(axis=-1) / items
    order = np.argsort(proxy.accuracy, axis=1, kind="stable")
    accuracy = np.take_along_axis(proxy.accuracy, order, axis=1)
    # Shares (S, R, n_B) rise along the rounds, in the least-squares sense.
    by_accuracy = np.take_along_axis(share, order[..., None], axis=1)
    rising = np.apply_along_axis(lambda y: isotonic_regression(y).x, 1, by_accuracy)
    return list(zip(accuracy, rising, strict=True))


def _share_quantile(found: Floats, dataset: Ints, present: Bools, u: Floats) -> Floats:
    """Take the quantile u (n_draws,) of the seeds' shares (seeds, n_draws), data sets weighing the same."""
    there = ~np.isnan(found)
    seeds = np.stack([there[dataset == d].sum(axis=0) for d in range(len(present))])
    weight = there / np.maximum(seeds, 1)[dataset]
    order = np.argsort(found, axis=0)  # NaN comes last and weighs nothing
    risen = np.cumsum(np.take_along_axis(weight, order, axis=0), axis=0)
    place = (risen < np.clip(u, 0.0, 1.0 - 1e-9) * risen[-1]).sum(axis=0)
    chosen = np.take_along_axis(order, place[None], axis=0)
    return np.asarray(np.take_along_axis(found, chosen, axis=0)[0])


def explain_unknown(known: Bools, accuracy: Floats, strategy: str) -> tuple[str, ...]:
    """Say where the share that the model labels is not known.

    Raises:
        InputError: it is known nowhere.
    """
    if known.all():
        return ()
    missing = accuracy[~known]
    sentence = (
        f"hybrid labelling, {strategy}: fewer than {FEWEST_DATASETS} recorded data sets have been at accuracies "
        f"such as {np.median(missing):.3g}"
    )
    if not known.any():
        raise InputError(f"{sentence}; allowed: accuracies they have had, or curves simulated on the task itself")
    return (f"{sentence}; in {(~known).mean():.0%} of the draws people are taken to label everything.",)


def hybrid_of_plan(
    plan: Plan, curves: TaskCurves, simulated: pd.DataFrame | None, coverage: pd.DataFrame | None, seed: int
) -> tuple[Mapping[str, HybridOutcome], tuple[str, ...]]:
    """Price hybrid labelling by random picks and by each of the plan's strategies, where the plan asks for it.

    With `label_scale_sd = 0` the simulated campaigns are the task's own, and their seeds are the replicates. Else the
    share that the model may label is read from other data sets at the forecast accuracy. Prices count at their median.
    Beside the outcomes by strategy stand sentences on what could not be answered.
    """
    if plan.hybrid.max_error_rate is None:
        return {}, ()
    try:
        return _price_hybrid(plan, curves, simulated, coverage, seed), ()
    except InputError as error:
        return {}, (f"Hybrid labelling cannot be priced: {error}.",)


def _price_hybrid(
    plan: Plan, curves: TaskCurves, simulated: pd.DataFrame | None, coverage: pd.DataFrame | None, seed: int
) -> Mapping[str, HybridOutcome]:
    if simulated is None or coverage is None:
        raise InputError(
            "no simulated campaigns with risk-coverage counts; allowed: a store of your own, as [evidence] store or "
            "--store"
        )
    values, asked = plan.medians(), plan.hybrid
    vendor = _cheapest_vendor(plan, values)
    assert asked.max_error_rate is not None
    of_quote = float(np.ravel(QuoteCosts.of(plan, values, vendor).error_rate)[0])
    people = of_quote if asked.human_error_rate is None else asked.human_error_rate.median
    rule = threshold.HybridRule(asked.max_error_rate.median, people, asked.confidence.median)
    names = ("random", *plan.strategy.names)
    costs = {name: _hybrid_costs(plan, values, vendor, chosen=name not in PASSIVE) for name in names}
    table = simulated[simulated["strategy"].isin(names) & (simulated["metric"] == "accuracy")]
    if plan.evidence.proxies != ("auto",):
        table = table[table["dataset"].isin(plan.evidence.proxies)]
    items, test = round(values[paths.POOL_SIZE][0]), round(values[paths.TEST_LABELS][0])
    counts = coverage[coverage["trajectory"].isin(table["trajectory"])]
    if plan.evidence.label_scale_sd is not None and plan.evidence.label_scale_sd.median == 0:
        return hybrid_outcomes(table, counts, rule, costs, items=items, test_labels=test)
    proxies = threshold.covered_rounds(table, counts)
    if plan.task.metric != "accuracy":
        raise InputError(
            f"[task] metric: found {plan.task.metric}; allowed: accuracy, through which other data sets tell how much "
            "a model may label, or label_scale_sd = 0 with campaigns simulated on the task itself"
        )
    labels = _label_counts(plan, values, items - test)
    found: dict[str, HybridOutcome] = {}
    for i, name in enumerate(curves.strategies):
        accuracy = np.stack([curves.values_at(float(n))[:DRAWS, i] for n in labels], axis=1)
        share, known = machine_share_at(
            proxies,
            accuracy,
            labels,
            items=items,
            test_labels=test,
            rule=rule,
            strategy=name,
            rng=np.random.default_rng([seed, i]),
        )
        warnings = explain_unknown(known, accuracy, name)
        found[name] = _cheapest_mix(name, labels, share, costs[name], items, rule, warnings)
    return found


def _cheapest_mix(
    name: str,
    labels: Ints,
    share: Floats,
    costs: HybridCosts,
    items: int,
    rule: threshold.HybridRule,
    warnings: tuple[str, ...],
) -> HybridOutcome:
    """Choose B by its mean over all draws, and say what comes of it there."""
    machine = np.floor(share * items)
    total = costs.people_usd(items - machine) + costs.compute_usd(labels.astype(float)) + costs.machine_usd(machine)
    best = int(total.mean(axis=0).argmin())
    runs = pd.DataFrame(
        {"machine_items": machine[:, best], "error_bound": rule.max_error_rate, "total_usd": total[:, best]}
    )
    return _summarise_runs(runs, name, int(labels[best]), items, costs, warnings)


def _label_counts(plan: Plan, values: Draws, most: int) -> Ints:
    """List numbers of people's labels, evenly in log n from the initial set to the pool, on whole batches."""
    first, batch = values[paths.INITIAL_LABELS][0], values[paths.BATCH_SIZE][0]
    wanted = np.geomspace(first, most, ROUNDS)
    return np.unique(np.minimum(first + np.rint((wanted - first) / batch) * batch, most)).astype(np.int64)


def _cheapest_vendor(plan: Plan, values: Draws) -> int:
    """Give the vendor that would label the whole pool for the least."""
    n = items_to_label(values)
    bills = {i: price_plan(plan, values, i, n, active=False, at_once=True).lines for i in plan.comparable_vendors}
    return min(bills, key=lambda i: sum(float(bills[i][line][0]) for line in PEOPLE_LINES))


def _hybrid_costs(plan: Plan, values: Draws, vendor: int, *, chosen: bool) -> HybridCosts:
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
