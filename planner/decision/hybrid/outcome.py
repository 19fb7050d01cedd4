"""Hybrid labelling on simulations of the task: the cheapest mix of people and model under a bounded error.

People label some items and the unsure rest, the model labels what it is sure of. That reaches another goal than the
plans beside it: a finite set fully labelled with at most so many errors, not a model of so much accuracy. Source: Qiu
et al. 2023, MCAL: minimum cost human-machine active labeling.

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

from planner.decision.hybrid.threshold import (
    CoveredRounds,
    HybridRule,
    allowed_thresholds,
    covered_rounds,
    machine_items,
)
from planner.decision.state import Interval
from simulations.arrays import Bools, Floats, Ints
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
        runs: one row a seed: `people_labels, machine_items, error_bound, total_usd, saving_usd`; where the task itself
            was simulated also `seed, labels, threshold`, of which the last is missing where people label all the rest.
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

    @classmethod
    def of_runs(
        cls,
        runs: pd.DataFrame,
        *,
        strategy: str,
        labels: int,
        items: int,
        all_human_usd: float,
        warnings: tuple[str, ...],
    ) -> "HybridOutcome":
        """Summarise replicates, one a row; what the mix saves is set against people labelling everything."""
        runs = runs.assign(people_labels=items - runs["machine_items"], saving_usd=all_human_usd - runs["total_usd"])
        pays = float(runs["total_usd"].mean()) < all_human_usd
        return cls(
            strategy=strategy,
            use="hybrid" if pays else "all_human",
            reason="" if pays else NOTHING_CHEAPER,
            labels=labels,
            items=items,
            people_labels=_interval(runs["people_labels"]),
            machine_share=_interval(runs["machine_items"] / items),
            error_bound=_interval(runs["error_bound"]),
            total_usd=_interval(runs["total_usd"]),
            saving_usd=_interval(runs["saving_usd"]),
            all_human_usd=all_human_usd,
            p_cheaper=float((runs["saving_usd"] > 0).mean()),
            seeds=len(runs),
            runs=runs,
            warnings=warnings,
        )

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
    """Plan hybrid labelling with every strategy that was simulated on the task; see `plan_hybrid`.

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
    lucky, and break the bound more often than the level says (`docs/hybrid.md` has the figures). The task has N items
    and n_test test labels, those of the simulated data set where not given. Fewer test labels are drawn from the
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
    fits = rounds.labels <= N - n_test
    if n_test < 1 or not fits.any():
        raise InputError(
            f"hybrid labelling, {rounds.strategy}: found {N:,} items with {n_test:,} test labels; allowed: at least "
            f"one test label, and room for the first simulated round of {rounds.labels[0]:,} labels"
        )
    warnings: tuple[str, ...] = ()
    if n_test < rounds.test_size:
        rounds = rounds.checked_on(n_test, np.random.default_rng([n_test, rounds.test_size]))
    elif n_test > rounds.test_size:
        warnings = (
            f"hybrid labelling: {n_test:,} test labels are paid for, but only {rounds.test_size:,} were simulated, so "
            "the model is let label less than that many would allow.",
        )
    labels = rounds.labels[fits]
    machine, bound, usd = _price_rounds(rounds, fits, rule, costs, N, n_test)
    threshold, total = usd.argmin(axis=-1), usd.min(axis=-1)
    # For each seed the round that is cheapest on average over all other seeds.
    chosen = (total.sum(axis=0) - total).argmin(axis=1)
    every = np.arange(len(chosen))
    at = threshold[every, chosen]
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
    return HybridOutcome.of_runs(
        runs,
        strategy=rounds.strategy,
        labels=int(labels[total.mean(axis=0).argmin()]),
        items=N,
        all_human_usd=float(costs.people_usd(np.array([float(N)]))[0]),
        warnings=warnings,
    )


def _price_rounds(
    rounds: CoveredRounds, fits: Bools, rule: HybridRule, costs: HybridCosts, N: int, n_test: int
) -> tuple[Ints, Floats, Floats]:
    """Give A, the error bound and the cost of every seed, round that fits, and threshold, (S, R, T+1) each.

    A threshold that the rule does not allow costs infinitely much.
    """
    labels, covered, errors = rounds.labels[fits], rounds.covered[:, fits], rounds.errors[:, fits]
    strategy = rounds.strategy.partition(" [")[0]
    sure, most = machine_items(covered, labels, test_size=rounds.test_size, pool_size=N - n_test, strategy=strategy)
    allowed, bound = allowed_thresholds(covered, errors, most, N, rule)
    people_only = [(0, 0), (0, 0), (0, 1)]
    machine = np.pad(sure, people_only)
    A = machine.astype(float)
    usd = costs.people_usd(N - A) + costs.compute_usd(labels.astype(float))[:, None] + costs.machine_usd(A)
    usd[~np.pad(allowed, people_only, constant_values=True)] = np.inf
    return machine, np.pad(bound, people_only, constant_values=rule.human_error_rate), usd


def _interval(column: pd.Series) -> Interval:
    return Interval.of(column.to_numpy(dtype=float))
