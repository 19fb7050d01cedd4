"""What share of a task nobody has simulated a model may label, read from other data sets through its accuracy.

Two models of one accuracy, sure of much and of little, let very different shares be labelled: the spread between data
sets is part of the answer. How well it predicts a data set left out is printed by `benchmarks/hybrid_proxies.py`.

Notation:
    a (n_draws, n_B)  forecast accuracy after each number of labels
    B (n_B,)          labels by people, of the task
    θ                 share of the task's N items that the model labels
    S, R, T           seeds, rounds, thresholds of one proxy
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.arrays import Floats, Ints
from planner.decision.hybrid.risk_coverage import CoveredRounds
from planner.decision.hybrid.rule import HybridRule, allowed_thresholds, machine_items
from simulations.errors import InputError

FEWEST_DATASETS = 3
"""Data sets that must have been at an accuracy before anything is said of it."""


@dataclass(frozen=True, eq=False)
class MachineShares:
    """Draws of the share that the model labels.

    Attributes:
        share: θ, shape (n_draws, n_B); 0 where it is not known, so that people label everything there.
        known: whether three data sets or more have been at the draw's accuracy, shape (n_draws, n_B).
        datasets: data sets that took part, shape (n_B,): those at the median accuracy.
        reason: a sentence on what is not known; empty where all is.
    """

    share: Floats
    known: npt.NDArray[np.bool_]
    datasets: Ints
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
    a share of 1 / (2 D + 2) of the draws is 0. A proxy says nothing outside the accuracies it has had.

    Args:
        proxies: simulated curves; those of other strategies are left out.
        accuracy: a, fractions.
        labels: B, at most N - n_test.
        items: N.
        test_labels: n_test; of proxies with more held-out items so many are drawn.
        rule: ε, η and the level.
        strategy: who picks the B items.
        rng: where the draws come from.

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
    curves = [_Shares(proxy, labels, items, test_labels, rule, rng) for proxy in own]
    dataset = np.repeat(np.unique(names, return_inverse=True)[1], [len(curve.accuracy) for curve in curves])
    u = np.asarray(rng.random(accuracy.shape[0]))
    share, known = np.zeros(accuracy.shape), np.zeros(accuracy.shape, np.bool_)
    count = np.zeros(accuracy.shape[1], np.int64)
    for j in range(accuracy.shape[1]):
        found = np.concatenate([curve.at(accuracy[:, j], j) for curve in curves])
        present = _present(found, dataset)
        seen = present.sum(axis=0)
        known[:, j] = seen >= FEWEST_DATASETS
        # A task is one data set more than the D seen: half a place in D + 1 is left below them all, for a share of 0.
        inner = (u * (seen + 1) - 0.5) / np.maximum(seen, 1)
        share[:, j] = np.where(known[:, j] & (inner > 0), _quantile(found, dataset, present, inner), 0.0)
        count[j] = np.median(present.sum(axis=0))
    return MachineShares(share, known, count, _reason(known, accuracy, strategy))


class _Shares:
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
        self.share = _rising(np.take_along_axis(share, order[..., None], axis=1))

    def at(self, accuracy: Floats, j: int) -> Floats:
        """θ of every seed at the accuracies, (S, n_draws); NaN outside those it has had."""
        curves = zip(self.accuracy, self.share[..., j], strict=True)
        return np.stack([np.interp(accuracy, x, y, left=np.nan, right=np.nan) for x, y in curves])


def _rising(share: Floats) -> Floats:
    """Make shares (S, R, n_B) rise along the rounds, in the least-squares sense."""
    from scipy.optimize import isotonic_regression

    return np.asarray(np.apply_along_axis(lambda y: isotonic_regression(y).x, 1, share))


def _present(found: Floats, dataset: Ints) -> npt.NDArray[np.bool_]:
    """Say which data sets have been at each draw's accuracy, (data sets, n_draws)."""
    return np.stack([~np.isnan(found[dataset == d]).all(axis=0) for d in range(dataset.max() + 1)])


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
    words = (
        f"hybrid labelling, {strategy}: fewer than {FEWEST_DATASETS} recorded data sets have been at accuracies "
        f"such as {np.median(missing):.3g}"
    )
    if not known.any():
        raise InputError(f"{words}; allowed: accuracies they have had, or curves simulated on the task itself")
    return f"{words}; in {(~known).mean():.0%} of the draws people are taken to label everything."
