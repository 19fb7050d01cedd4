"""Risk-coverage counts and the threshold rule: how much of a set a model may label under an error bound.

Source: Qiu et al. 2023, MCAL: minimum cost human-machine active labeling; the bound on held-out items is our own,
since MCAL's measures its errors on labels that nobody has bought.

Notation (leading axes are those of the counts: S seeds, R rounds):
    N            items of the whole set; P = N - n_test of them in the pool, n_test held out and labelled by people
    B   (...)    pool items labelled by people, on which the model was trained
    T            confidence thresholds, rising
    m, k (..., T)  held-out items at least so confident, and errors among them
    A   (..., T)  unlabelled items at least so confident: what the model labels
    θ   (..., T)  share the model labels, A / N; people label the other 1 - θ, held-out items included
    U   (..., T)  upper bound of the model's error rate on what it labels
    ε, η         error rate allowed in the whole labelled set, and people's own
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from planner.curves.replicates import as_python_scalar
from simulations.arrays import ArrayLike, Bools, Floats, Ints
from simulations.curve_table import base_name
from simulations.errors import InputError

LEAVES_THE_SURE = frozenset({"random", "least_confidence", "margin", "entropy"})
"""Strategies that take no more of the sure items than chance does."""

CURVE = ("dataset", "learner", "batch_size", "initial_size", "strategy")
COUNTS = ("n_covered", "n_errors")
CURVE_COLUMNS = ("trajectory", *CURVE, "seed", "round", "labels", "test_size", "pool_size")


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
    from scipy.special import betaincinv  # the quantile of a beta distribution, without the weight of scipy.stats

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
    by_seed = dict(_rows_by_seed(rows, name))
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


def _rows_by_seed(rows: pd.DataFrame, name: str) -> Iterator[tuple[int, pd.DataFrame]]:
    labels = rows.groupby("round")["labels"].nunique()
    if (labels > 1).any():
        raise InputError(f"curve table: {name}, round {labels.idxmax()} has several label counts; allowed: one")
    for seed, own in rows.sort_values("round").groupby("seed", sort=True):
        if own["trajectory"].nunique() > 1:
            raise InputError(f"curve table: {name}, seed {seed} has several trajectories; allowed: one a seed")
        yield int(str(seed)), own
