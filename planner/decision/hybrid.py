"""Hybrid labelling of the plan's own pool: the cheapest mix of people and model under a bounded error.

People label some items and the unsure rest, the model labels what it is sure of. That reaches another goal than the
plans beside it: a finite set fully labelled with at most so many errors, not a model of so much accuracy. Source: Qiu
et al. 2023, MCAL: minimum cost human-machine active labeling; the bound on held-out items is our own, since MCAL takes
the errors that it measures for the true ones. `benchmarks/hybrid_bound.py` runs both.

The mix is read off simulations of the task itself, or of other data sets at the accuracies that the curves forecast.
Two models of one accuracy, sure of much and of little, let very different shares be labelled: the spread between data
sets is part of the answer. How well it predicts a data set left out is printed by `benchmarks/hybrid_proxies.py`.

Notation (leading axes are those of the counts: S seeds, R rounds):
    N, P, n_test    items of the whole set, of them in the pool, of them held out and labelled by people
    B   (...), (n_B,)   pool items labelled by people, on which the model was trained
    T               confidence thresholds, rising
    m, k (..., T)   held-out items at least so confident, and errors among them
    A   (..., T)    unlabelled items at least so confident, which the model labels; T+1 where 0 leaves all to people
    total (S, R)    cost in USD at the cheapest threshold that the rule allows
    a   (n_draws, n_B)  forecast accuracy after each number of labels
    θ   (..., T), (n_draws, n_B)  share of the N items that the model labels; people label the rest, held-out ones too
    U   (..., T)    upper bound of the model's error rate on what it labels
    ε, η            error rate allowed in the whole labelled set, and people's own
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import betaincinv  # without the weight of scipy.stats

from planner.costs import QuoteCosts, price_plan
from planner.costs.bill import PEOPLE_LINES, score_line
from planner.costs.terms import Factor
from planner.curves.replicates import as_python_scalar
from planner.decision.state import Interval
from planner.plan import PASSIVE, Draws, Plan, items_to_label, paths
from planner.transfer.task_curves import TaskCurves
from simulations.arrays import ArrayLike, Bools, Floats, Ints
from simulations.curve_table import base_name, scenario_curves
from simulations.errors import InputError

LEAVES_THE_SURE = frozenset({"random", "least_confidence", "margin", "entropy"})
"""Strategies that take no more of the sure items than chance does."""

CURVE = ("dataset", "learner", "batch_size", "initial_size", "strategy")
COUNTS = ("n_covered", "n_errors")
CURVE_COLUMNS = ("trajectory", *CURVE, "seed", "round", "labels", "test_size", "pool_size")

FEWEST_SEEDS = 5
"""Fewer replicates give no range to speak of, and no others from which to choose B."""

NOTHING_CHEAPER = "No mix of people and model is expected to be cheaper than people labelling everything."

FEWEST_DATASETS = 3
"""Data sets that must have been at an accuracy before anything is said of it."""

ROUNDS = 16  # numbers of people's labels that are tried, where they are forecast and not simulated
DRAWS = 1_000


@dataclass(frozen=True)
class HybridRule:
    """What a hybrid labelling has to keep.

    Attributes:
        max_error_rate: ε, errors allowed in the whole labelled set, a fraction; larger lets the model label more.
        human_error_rate: η, the share of people's labels that are wrong, a fraction.
        level: chance that U is no underestimate, one-sided; larger is safer and lets the model label less.

    Raises:
        InputError: a number is not a fraction, or people alone make more errors than are allowed.
    """

    max_error_rate: float
    human_error_rate: float = 0.0
    level: float = 0.9

    def __post_init__(self) -> None:
        if not 0 <= self.human_error_rate < 1:
            raise InputError(
                f"human_error_rate: found {self.human_error_rate:g}; allowed: a fraction from 0 to below 1"
            )
        if not 0.5 <= self.level < 1:
            raise InputError(f"level: found {self.level:g}; allowed: a fraction from 0.5 to below 1")
        if self.human_error_rate > self.max_error_rate:
            raise InputError(
                f"max_error_rate: found {self.max_error_rate:g}; allowed: at least people's own error rate of "
                f"{self.human_error_rate:g}, since they label what the model does not"
            )


def error_upper_bound(covered: ArrayLike, errors: ArrayLike, level: float = 0.9) -> Floats:
    """Give the one-sided Clopper-Pearson upper bound of an error rate, 1 where nothing covered is right.

    Source: Clopper & Pearson 1934, The use of confidence or fiducial limits illustrated in the case of the binomial.

    Examples:
        >>> float(error_upper_bound(100, 0).round(5))  # 1 - 0.1 ** (1 / 100)
        0.02276
        >>> float(error_upper_bound(0, 0))
        1.0
    """
    m, k = np.broadcast_arrays(np.asarray(covered, dtype=float), np.asarray(errors, dtype=float))
    return np.where(k >= m, 1.0, betaincinv(k + 1, np.maximum(m - k, 1.0), level))


def machine_items(covered: Ints, labels: Ints, *, test_size: int, pool_size: int, strategy: str) -> tuple[Ints, Ints]:
    """Estimate from the held-out items how many unlabelled ones are above each threshold: A from below and from above.

    The held-out items stand for the whole pool, P m ÷ n_test of which are so confident. Random picks take B ÷ P of
    those, so that (P - B) m ÷ n_test are left. No other strategy's picks are known to spare or to take sure items: A
    is at most the lesser of P m ÷ n_test and P - B, and no more errors are left than the whole pool had, which holds
    for any strategy. At least P m ÷ n_test - B are left, and (P - B) m ÷ n_test where the unsure ones are asked for.

    Returns:
        The lower estimate, which is what saves money, and the upper one, which is what may be wrong; (..., T) each.
    """
    m, B = np.asarray(covered, dtype=np.int64), np.asarray(labels, dtype=np.int64)[..., None]
    name = base_name(strategy)
    sure, proportional = pool_size * m // test_size, (pool_size - B) * m // test_size
    least = proportional if name in LEAVES_THE_SURE else np.maximum(sure - B, 0)
    return least, proportional if name == "random" else np.minimum(sure, pool_size - B)


def allowed_thresholds(
    covered: Ints, errors: Ints, machine: Ints, items: int, rule: HybridRule
) -> tuple[Bools, Floats]:
    """Walk the thresholds from strict to lax and stop at the first at which the bound is broken.

    The order is fixed before anything is counted and nothing behind the first failure is tried, so that the twenty
    looks share one chance of 1 - level of being wrong (fixed-sequence testing; Maurer, Hothorn & Lehmacher 1995).

    A is the upper end of `machine_items`; in a campaign that runs and asks at random or for the unsure, the items of
    the rest that the model itself puts above each threshold.

    Returns:
        Whether the walk passed each threshold, and the bound θ U + (1 - θ) η there; (..., T) each.
    """
    share = np.asarray(machine, dtype=float) / items
    bound = share * error_upper_bound(covered, errors, rule.level) + (1.0 - share) * rule.human_error_rate
    kept = bound <= rule.max_error_rate * (1 + 1e-12)
    return np.logical_and.accumulate(kept[..., ::-1], axis=-1)[..., ::-1], bound


@dataclass(frozen=True, eq=False)
class CoveredRounds:
    """The risk-coverage counts of one simulated curve, its seeds as replicates.

    Attributes:
        thresholds: shape (T,), rising.
        seeds: shape (S,).
        labels: B, shape (R,): the rounds that every seed has reached.
        covered: m, shape (S, R, T).
        errors: k, shape (S, R, T).
    """

    dataset: str
    strategy: str
    pool_size: int
    test_size: int
    thresholds: Floats
    seeds: Ints
    labels: Ints
    covered: Ints
    errors: Ints

    @property
    def accuracy(self) -> Floats:
        """Accuracy on all held-out items, shape (S, R)."""
        return 1.0 - self.errors[..., 0] / self.covered[..., 0]

    def checked_on(self, test_size: int, rng: np.random.Generator) -> "CoveredRounds":
        """Draw some of the held-out items without replacement, each round anew, as if no more had been held out."""
        right = self.covered - self.errors
        # Items between one threshold and the next, right ones and wrong ones: 2 T cells that share no item.
        cells = np.concatenate([-np.diff(counts, append=0) for counts in (right, self.errors)], axis=-1)
        drawn = [rng.multivariate_hypergeometric(cell, test_size) for cell in cells.reshape(-1, cells.shape[-1])]
        right, errors = np.split(np.reshape(drawn, cells.shape), 2, axis=-1)
        right, errors = (np.asarray(part[..., ::-1].cumsum(axis=-1)[..., ::-1], np.int64) for part in (right, errors))
        return replace(self, test_size=test_size, covered=right + errors, errors=errors)

    def walk(
        self, covered: Ints, errors: Ints, labels: Ints, items: int, test_labels: int, rule: HybridRule
    ) -> tuple[Ints, Bools, Floats]:
        """Walk the rule for a task of so many items: A, whether each threshold is allowed, and its bound, (..., T)."""
        pool = items - test_labels
        sure, most = machine_items(covered, labels, test_size=self.test_size, pool_size=pool, strategy=self.strategy)
        return sure, *allowed_thresholds(covered, errors, most, items, rule)


def covered_rounds(curves: pd.DataFrame, coverage: pd.DataFrame) -> list[CoveredRounds]:
    """Join a simulated curve table with its coverage table, curve by curve, sorted by what `CURVE` names.

    Raises:
        InputError: counts are missing, or a curve's seeds are not of one setting.
    """
    if curves.empty or coverage.empty:
        raise InputError("coverage table: has no rows; hybrid labelling needs simulated curves with their coverage")
    counts = coverage.pivot(index=["trajectory", "round"], columns="threshold", values=list(COUNTS))
    rounds = curves[list(CURVE_COLUMNS)].drop_duplicates(["trajectory", "round"])
    return [_join_curve(rows, counts) for _, rows in rounds.groupby(list(CURVE), sort=True)]


def _join_curve(rows: pd.DataFrame, counts: pd.DataFrame) -> CoveredRounds:
    setting: dict[str, Any] = {str(column): as_python_scalar(cell) for column, cell in rows.iloc[0].items()}
    name = f"{setting['dataset']}, {setting['learner']}, {setting['strategy']}"
    labels = rows.groupby("round")["labels"].nunique()
    if (labels > 1).any():
        raise InputError(f"curve table: {name}, round {labels.idxmax()} has several label counts; allowed: one")
    by_seed = {int(str(seed)): own for seed, own in rows.sort_values("round").groupby("seed", sort=True)}
    for seed, own in by_seed.items():
        if own["trajectory"].nunique() > 1:
            raise InputError(f"curve table: {name}, seed {seed} has several trajectories; allowed: one a seed")
    common = min(len(own) for own in by_seed.values())
    shared = pd.concat([own.head(common) for own in by_seed.values()])
    thresholds = counts[COUNTS[0]].columns.to_numpy(dtype=float)
    covered, errors = _look_up_counts(shared, counts, name).reshape(2, len(by_seed), common, len(thresholds))
    return CoveredRounds(
        dataset=setting["dataset"],
        strategy=setting["strategy"],
        pool_size=setting["pool_size"],
        test_size=setting["test_size"],
        thresholds=thresholds,
        seeds=np.array(list(by_seed), dtype=np.int64),
        labels=shared["labels"].to_numpy(dtype=np.int64)[:common],
        covered=covered,
        errors=errors,
    )


def _look_up_counts(rounds: pd.DataFrame, counts: pd.DataFrame, name: str) -> Ints:
    """Look up m and k of each round and threshold, (2, rounds, T)."""
    found = counts.reindex(pd.MultiIndex.from_frame(rounds[["trajectory", "round"]]))
    absent = np.argwhere(found.isna().to_numpy())
    if len(absent):
        row, column = absent[0]
        (trajectory, place), threshold = found.index[row], found.columns[column][1]
        raise InputError(
            f"coverage table: trajectory {str(trajectory)[:12]} ({name}) has no row for round {place}, "
            f"threshold {threshold:g}; every round of the curve table needs one a threshold"
        )
    return np.stack([found[column].to_numpy(dtype=np.int64) for column in COUNTS])


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
        runs: one row a seed: `people_labels, machine_items, machine_share, error_bound, total_usd, saving_usd`; where
            the task itself was simulated also `seed, labels, threshold`, of which the last is missing where people
            label all the rest.
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
    rule: HybridRule,
    costs: Mapping[str, HybridCosts],
    *,
    items: int,
    test_labels: int,
) -> dict[str, HybridOutcome]:
    """Plan hybrid labelling with every strategy that was simulated on the task in one setting; see `plan_hybrid`."""
    found: dict[str, CoveredRounds] = {}
    for rounds in covered_rounds(curves, coverage):
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
    rounds: CoveredRounds, rule: HybridRule, costs: HybridCosts, *, items: int, test_labels: int
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
    rounds: CoveredRounds, fits: Bools, rule: HybridRule, costs: HybridCosts, N: int, n_test: int
) -> tuple[Ints, Floats, Floats]:
    """Give A, the error bound and the cost of every seed, round that fits, and threshold, (S, R, T+1) each.

    A threshold that the rule does not allow costs infinitely much.
    """
    labels = rounds.labels[fits]
    sure, allowed, bound = rounds.walk(rounds.covered[:, fits], rounds.errors[:, fits], labels, N, n_test, rule)
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
    runs["machine_share"] = runs["machine_items"] / items
    columns = ("people_labels", "machine_share", "error_bound", "total_usd", "saving_usd")
    return HybridOutcome(
        strategy=strategy,
        use="hybrid" if pays else "all_human",
        reason="" if pays else NOTHING_CHEAPER,
        labels=labels,
        items=items,
        **{name: Interval.of(runs[name].to_numpy(dtype=float)) for name in columns},
        all_human_usd=all_human_usd,
        p_cheaper=float((runs["saving_usd"] > 0).mean()),
        seeds=len(runs),
        runs=runs,
        warnings=warnings,
    )


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
    names, numbers = np.unique([base_name(proxy.dataset) for proxy in own], return_inverse=True)
    if len(names) < FEWEST_DATASETS:
        raise InputError(
            f"hybrid labelling, {strategy}: found coverage tables of {len(names)} data sets; allowed: at least "
            f"{FEWEST_DATASETS}, or curves simulated on the task itself"
        )
    curves = [_shares_by_accuracy(proxy, labels, items, test_labels, rule, rng) for proxy in own]
    dataset = np.repeat(numbers, [len(curve) for curve in curves])
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
    proxy: CoveredRounds,
    labels: Ints,
    items: int,
    test_labels: int,
    rule: HybridRule,
    rng: np.random.Generator,
) -> list[tuple[Floats, Floats]]:
    """Give for each of a proxy's seeds its accuracies, (R,) rising, and θ at them for each B of the task, (R, n_B)."""
    from scipy.optimize import isotonic_regression

    if test_labels < proxy.test_size:
        proxy = proxy.checked_on(test_labels, rng)
    covered, errors = proxy.covered[:, :, None], proxy.errors[:, :, None]
    sure, allowed, _ = proxy.walk(covered, errors, labels, items, test_labels, rule)
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
    pool = items_to_label(values)
    bills = {i: price_plan(plan, values, i, pool, active=False, at_once=True).lines for i in plan.comparable_vendors}
    vendor = min(bills, key=lambda i: sum(float(bills[i][line][0]) for line in PEOPLE_LINES))
    assert asked.max_error_rate is not None
    of_quote = float(np.ravel(QuoteCosts.of(plan, values, vendor).error_rate)[0])
    people = of_quote if asked.human_error_rate is None else asked.human_error_rate.median
    rule = HybridRule(asked.max_error_rate.median, people, asked.confidence.median)
    names = ("random", *plan.strategy.names)
    costs = {name: _hybrid_costs(plan, values, vendor, chosen=name not in PASSIVE) for name in names}
    rows = simulated[simulated["strategy"].isin(names) & (simulated["metric"] == "accuracy")]
    table, _ = scenario_curves(rows, "pool")
    if plan.evidence.proxies != ("auto",):
        table = table[table["dataset"].isin(plan.evidence.proxies)]
    items, test = round(values[paths.POOL_SIZE][0]), round(values[paths.TEST_LABELS][0])
    counts = coverage[coverage["trajectory"].isin(table["trajectory"])]
    if plan.evidence.label_scale_sd is not None and plan.evidence.label_scale_sd.median == 0:
        return hybrid_outcomes(table, counts, rule, costs, items=items, test_labels=test)
    proxies = covered_rounds(table, counts)
    if plan.task.metric != "accuracy":
        raise InputError(
            f"[task] metric: found {plan.task.metric}; allowed: accuracy, through which other data sets tell how much "
            "a model may label, or label_scale_sd = 0 with campaigns simulated on the task itself"
        )
    labels = _label_counts(values, items - test)
    found: dict[str, HybridOutcome] = {}
    for i, name in enumerate(curves.strategies):
        accuracy = np.stack([curves.values_at(float(n))[:DRAWS, i] for n in labels], axis=1)
        rng = np.random.default_rng([seed, i])
        share, known = machine_share_at(
            proxies, accuracy, labels, items=items, test_labels=test, rule=rule, strategy=name, rng=rng
        )
        machine, cost = np.floor(share * items), costs[name]
        usd = cost.people_usd(items - machine) + cost.compute_usd(labels.astype(float)) + cost.machine_usd(machine)
        best = int(usd.mean(axis=0).argmin())  # B is chosen by its mean over all draws
        runs = pd.DataFrame(
            {"machine_items": machine[:, best], "error_bound": rule.max_error_rate, "total_usd": usd[:, best]}
        )
        warnings = explain_unknown(known, accuracy, name)
        found[name] = _summarise_runs(runs, name, int(labels[best]), items, cost, warnings)
    return found


def _label_counts(values: Draws, most: int) -> Ints:
    """List numbers of people's labels, evenly in log n from the initial set to the pool, on whole batches."""
    first, batch = values[paths.INITIAL_LABELS][0], values[paths.BATCH_SIZE][0]
    wanted = np.geomspace(first, most, ROUNDS)
    return np.unique(np.minimum(first + np.rint((wanted - first) / batch) * batch, most)).astype(np.int64)


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
        usd = usd + score_line(plan, values, Factor(np.maximum(pool - labels, 0.0), "items")).amount
        return np.asarray(np.broadcast_to(usd, labels.shape))

    return HybridCosts(people_usd, compute_usd, lambda n: n * fee_usd)
