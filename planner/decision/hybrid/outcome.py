"""Hybrid labelling: people label some and the unsure rest, the model labels what it is sure of, to a bounded error.

It reaches another goal than the plans beside it: a finite set fully labelled with at most so many errors, not a model
of so much accuracy. Source: Qiu et al. 2023, MCAL: minimum cost human-machine active labeling.

Notation:
    N, P, n_test    items of the whole set, of them in the pool, of them held out and labelled by people
    B   (R,)        pool items labelled by people when the model labels the rest it is sure of: one a round
    A   (S, R, T+1)  items the model labels at each threshold; the last, 0, leaves all to people
    total (S, R)    cost in USD at the cheapest threshold that the rule allows
    S, R, T         seeds, rounds, confidence thresholds
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from planner.arrays import Floats, Ints
from planner.decision.hybrid.threshold import (
    CoveredRounds,
    HybridRule,
    allowed_thresholds,
    covered_rounds,
    machine_items,
)
from planner.decision.state import Interval
from simulations.errors import InputError

FEWEST_SEEDS = 5
"""Fewer replicates give no range to speak of, and no others from which to choose B."""

NOTHING_CHEAPER = "No mix of people and model is expected to be cheaper than people labelling everything."


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
        items: N.
        people_labels: labels by people in all: B, the held-out items and what the model is unsure of.
        machine_share: share of the N items that the model labels.
        error_bound: upper bound of the error rate in the whole labelled set.
        total_usd: the bill of the mix.
        saving_usd: what people labelling everything costs more.
        all_human_usd: what that costs.
        p_cheaper: share of seeds in which the mix is cheaper.
        seeds: replicates behind all this.
        runs: one row a seed: `seed, labels, threshold, people_labels, machine_items, error_bound, total_usd,
            saving_usd`; the threshold is missing where people label everything that is left.
        warnings: sentences a reader must see.
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
    items: int | None = None,
    test_labels: int | None = None,
) -> dict[str, HybridOutcome]:
    """Plan hybrid labelling with every strategy that was simulated on the task.

    Args:
        curves: the curve table of one data set, learner and batch schedule.
        coverage: its coverage table.
        rule: ε, η and the level.
        costs: strategy -> what its labels cost.
        items: see `plan_hybrid`.
        test_labels: see `plan_hybrid`.

    Raises:
        InputError: the tables are no such tables, hold several settings, or a strategy has no costs.
    """
    found: dict[str, CoveredRounds] = {}
    for rounds in covered_rounds(curves, coverage):
        if rounds.strategy in found:
            raise InputError(
                f"curve table: strategy {rounds.strategy} was simulated in several settings; hybrid labelling needs "
                "one data set, learner, batch size and initial size at a time"
            )
        if rounds.strategy not in costs:
            raise InputError(f"hybrid labelling: strategy {rounds.strategy} has no costs; found: {', '.join(costs)}")
        found[rounds.strategy] = rounds
    return {
        name: plan_hybrid(rounds, rule, costs[name], items=items, test_labels=test_labels)
        for name, rounds in found.items()
    }


def plan_hybrid(
    rounds: CoveredRounds,
    rule: HybridRule,
    costs: HybridCosts,
    *,
    items: int | None = None,
    test_labels: int | None = None,
) -> HybridOutcome:
    """Choose B on the simulated seeds, and say what comes of it.

    In every seed B is the one that is cheapest on average over the *other* seeds, and only the threshold is found on
    the seed's own held-out items. Taking each seed's cheapest round would choose the one whose held-out items are
    lucky, and break the bound more often than the level says (`docs/hybrid.md` has the figures).

    Args:
        rounds: the simulated curve of one strategy.
        rule: ε, η and the level.
        costs: what labels cost.
        items: N of the task; that of the simulated data set when not given.
        test_labels: n_test of the task; that of the simulated data set when not given. Fewer are drawn from the
            simulated ones; of more, the bill holds all and the bound only as many as were simulated.

    Raises:
        InputError: too few seeds, or no simulated round is small enough for the task.
    """
    if len(rounds.seeds) < FEWEST_SEEDS:
        raise InputError(
            f"hybrid labelling, {rounds.strategy}: found {len(rounds.seeds)} simulated seeds; allowed: at least "
            f"{FEWEST_SEEDS}, since seeds are what tells chance from worth"
        )
    N = rounds.pool_size + rounds.test_size if items is None else items
    n_test = rounds.test_size if test_labels is None else test_labels
    checked, warnings = _checked_on(rounds, n_test)
    fits = rounds.labels <= N - n_test
    if n_test < 1 or not fits.any():
        raise InputError(
            f"hybrid labelling, {rounds.strategy}: found {N:,} items with {n_test:,} test labels; allowed: at least "
            f"one test label, and room for the first simulated round of {rounds.labels[0]:,} labels"
        )
    runs = _Runs(checked, np.flatnonzero(fits), rule, costs, N, n_test)
    return runs.outcome(warnings)


def _checked_on(rounds: CoveredRounds, n_test: int) -> tuple[CoveredRounds, tuple[str, ...]]:
    if 0 < n_test < rounds.test_size:
        return rounds.checked_on(n_test, np.random.default_rng([n_test, rounds.test_size])), ()
    if n_test > rounds.test_size:
        return rounds, (
            f"hybrid labelling: {n_test:,} test labels are paid for, but only {rounds.test_size:,} were simulated, so "
            "the model is let label less than that many would allow.",
        )
    return rounds, ()


class _Runs:
    """All seeds and rounds of one curve, priced."""

    def __init__(
        self, rounds: CoveredRounds, fits: Ints, rule: HybridRule, costs: HybridCosts, N: int, n_test: int
    ) -> None:
        self.rounds, self.rule, self.items = rounds, rule, N
        self.labels = rounds.labels[fits]
        covered, errors = rounds.covered[:, fits], rounds.errors[:, fits]
        strategy = rounds.strategy.partition(" [")[0]
        sure, most = machine_items(
            covered, self.labels, test_size=rounds.test_size, pool_size=N - n_test, strategy=strategy
        )
        allowed, bound = allowed_thresholds(covered, errors, most, N, rule)
        last = [(0, 0), (0, 0), (0, 1)]
        self.machine = np.pad(sure, last)
        self.bound = np.pad(bound, last, constant_values=rule.human_error_rate)
        self.usd = _priced(self.machine, self.labels, costs, N)
        self.usd[~np.pad(allowed, last, constant_values=True)] = np.inf
        self.all_human_usd = float(costs.people_usd(np.array([float(N)]))[0])

    def outcome(self, warnings: tuple[str, ...]) -> HybridOutcome:
        threshold = self.usd.argmin(axis=-1)
        total = self.usd.min(axis=-1)
        runs = self._table(threshold, total, _by_the_others(total))
        pays = float(runs["total_usd"].mean()) < self.all_human_usd
        return HybridOutcome(
            strategy=self.rounds.strategy,
            use="hybrid" if pays else "all_human",
            reason="" if pays else NOTHING_CHEAPER,
            labels=int(self.labels[total.mean(axis=0).argmin()]),
            items=self.items,
            people_labels=_range(runs["people_labels"]),
            machine_share=_range(runs["machine_items"] / self.items),
            error_bound=_range(runs["error_bound"]),
            total_usd=_range(runs["total_usd"]),
            saving_usd=_range(runs["saving_usd"]),
            all_human_usd=self.all_human_usd,
            p_cheaper=float((runs["saving_usd"] > 0).mean()),
            seeds=len(runs),
            runs=runs,
            warnings=warnings,
        )

    def _table(self, threshold: Ints, total: Floats, chosen: Ints) -> pd.DataFrame:
        """Read every seed at the round chosen for it."""
        every = np.arange(len(chosen))
        at = threshold[every, chosen]
        machine = self.machine[every, chosen, at]
        return pd.DataFrame(
            {
                "seed": self.rounds.seeds,
                "labels": self.labels[chosen],
                "threshold": np.append(self.rounds.thresholds, np.nan)[at],
                "people_labels": self.items - machine,
                "machine_items": machine,
                "error_bound": self.bound[every, chosen, at],
                "total_usd": total[every, chosen],
                "saving_usd": self.all_human_usd - total[every, chosen],
            }
        )


def _priced(machine: Ints, labels: Ints, costs: HybridCosts, items: int) -> Floats:
    """Price every seed, round and threshold, (S, R, T+1)."""
    A = machine.astype(float)
    return costs.people_usd(items - A) + costs.compute_usd(labels.astype(float))[:, None] + costs.machine_usd(A)


def _by_the_others(total: Floats) -> Ints:
    """Choose for each seed the round that is cheapest on average over all other seeds, shape (S,)."""
    return np.asarray((total.sum(axis=0) - total).argmin(axis=1), np.int64)


def _range(column: pd.Series) -> Interval:
    return Interval.of(column.to_numpy(dtype=float))
