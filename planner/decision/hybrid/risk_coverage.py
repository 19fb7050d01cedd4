"""The risk-coverage counts of simulated curves: how many held-out items are so confident, how many of them wrong.

Notation:
    S, R, T        seeds, rounds, confidence thresholds (rising)
    B   (R,)       pool items labelled by people
    m, k (S, R, T)  held-out items at least so confident, and errors among them
    P, n_test      items in the pool, items held out
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from planner.arrays import Floats, Ints
from planner.curves.replicates import plain
from simulations.errors import InputError

_COVERAGE = ("trajectory", "round", "threshold", "n_covered", "n_errors")
_SETTING = ("dataset", "learner", "batch_size", "initial_size", "strategy")
_ABOUT = ("trajectory", *_SETTING, "seed", "round", "labels", "test_size", "pool_size")


@dataclass(frozen=True, eq=False)
class CoveredRounds:
    """The risk-coverage counts of one simulated curve, its seeds as replicates.

    Attributes:
        dataset: full name of the data set.
        learner: its full name.
        strategy: its full name.
        pool_size: P.
        test_size: n_test.
        thresholds: shape (T,), rising.
        seeds: shape (S,).
        labels: B, shape (R,): the rounds that every seed has reached.
        covered: m, shape (S, R, T).
        errors: k, shape (S, R, T).
    """

    dataset: str
    learner: str
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
        """Draw some of the held-out items without replacement, as if no more had been held out.

        Args:
            test_size: how many, at most those there are.
            rng: where the draws come from; rounds draw independently of each other.
        """
        right = self.covered - self.errors
        # Items between one threshold and the next, right ones and wrong ones: 2 T cells that share no item.
        cells = np.concatenate([_between(right), _between(self.errors)], axis=-1)
        drawn = [rng.multivariate_hypergeometric(cell, test_size) for cell in cells.reshape(-1, cells.shape[-1])]
        right, errors = np.split(np.reshape(drawn, cells.shape), 2, axis=-1)
        right, errors = (np.asarray(part[..., ::-1].cumsum(axis=-1)[..., ::-1], np.int64) for part in (right, errors))
        return replace(self, test_size=test_size, covered=right + errors, errors=errors)


def _between(counts: Ints) -> Ints:
    following: Ints = np.concatenate([counts[..., 1:], np.zeros_like(counts[..., :1])], axis=-1)
    return counts - following


def covered_rounds(curves: pd.DataFrame, coverage: pd.DataFrame) -> list[CoveredRounds]:
    """Join a simulated curve table with its coverage table.

    Args:
        curves: the curve table of simulated trajectories, of any metrics.
        coverage: `trajectory, round, threshold, n_covered, n_errors`; trajectories that the curve table lacks are
            taken for left out on purpose.

    Returns:
        One entry a curve, sorted by data set, learner, batch size, initial size and strategy.

    Raises:
        InputError: a column or a trajectory is missing, or counts contradict themselves.
    """
    for name, frame, columns in (("curve table", curves, _ABOUT), ("coverage table", coverage, _COVERAGE)):
        absent = [column for column in columns if column not in frame.columns]
        if absent:
            raise InputError(f"{name}: column '{absent[0]}' is missing; hybrid labelling needs {', '.join(columns)}")
    if curves.empty or coverage.empty:
        raise InputError("coverage table: has no rows; hybrid labelling needs simulated curves with their coverage")
    thresholds = np.unique(coverage["threshold"].to_numpy(dtype=float))
    counts = coverage.set_index(["trajectory", "round", "threshold"])[["n_covered", "n_errors"]]
    if not counts.index.is_unique:
        raise InputError("coverage table: a trajectory has two rows for one round and threshold; allowed: one")
    rounds = curves[list(_ABOUT)].drop_duplicates(["trajectory", "round"])
    return [_one_curve(rows, counts, thresholds) for _, rows in rounds.groupby(list(_SETTING), sort=True)]


def _one_curve(rows: pd.DataFrame, counts: pd.DataFrame, thresholds: Floats) -> CoveredRounds:
    setting: dict[str, Any] = {str(column): plain(cell) for column, cell in rows.iloc[0].items()}
    name = f"{setting['dataset']}, {setting['learner']}, {setting['strategy']}"
    by_seed = dict(_by_seed(rows, name))
    common = min(len(own) for own in by_seed.values())
    shared = pd.concat([own.head(common) for own in by_seed.values()])
    shape = (len(by_seed), common, len(thresholds))
    covered, errors = _counts(shared, counts, thresholds, name).reshape(2, *shape)
    _check_counts(covered, errors, setting["test_size"], name)
    return CoveredRounds(
        dataset=setting["dataset"],
        learner=setting["learner"],
        strategy=setting["strategy"],
        pool_size=setting["pool_size"],
        test_size=setting["test_size"],
        thresholds=thresholds,
        seeds=np.array(list(by_seed), dtype=np.int64),
        labels=shared["labels"].to_numpy(dtype=np.int64)[:common],
        covered=covered,
        errors=errors,
    )


def _counts(rounds: pd.DataFrame, counts: pd.DataFrame, thresholds: Floats, name: str) -> Ints:
    """Look up m and k of each round and threshold, (2, rounds × T)."""
    T = len(thresholds)
    wanted = pd.MultiIndex.from_arrays(
        [
            np.repeat(rounds["trajectory"].to_numpy(), T),
            np.repeat(rounds["round"].to_numpy(), T),
            np.tile(thresholds, len(rounds)),
        ]
    )
    found = counts.reindex(wanted).to_numpy(dtype=float)
    absent = np.isnan(found).any(axis=1)
    if absent.any():
        at = int(absent.argmax())
        row = rounds.iloc[at // T]
        raise InputError(
            f"coverage table: trajectory {str(row['trajectory'])[:12]} ({name}) has no row for round {row['round']}, "
            f"threshold {thresholds[at % T]:g}; every round of the curve table needs one a threshold"
        )
    return found.astype(np.int64).T


def _by_seed(rows: pd.DataFrame, name: str) -> Iterator[tuple[int, pd.DataFrame]]:
    labels = rows.groupby("round")["labels"].nunique()
    if (labels > 1).any():
        raise InputError(f"curve table: {name}, round {labels.idxmax()} has several label counts; allowed: one")
    for seed, own in rows.sort_values("round").groupby("seed", sort=True):
        if own["trajectory"].nunique() > 1:
            raise InputError(f"curve table: {name}, seed {seed} has several trajectories; allowed: one a seed")
        yield int(str(seed)), own


def _check_counts(covered: Ints, errors: Ints, test_size: int, name: str) -> None:
    groups = np.stack([errors, covered - errors])
    if (groups < 0).any() or (np.diff(groups, axis=-1) > 0).any():
        raise InputError(
            f"coverage table: {name}: found more errors than items, or counts that rise with the threshold; "
            "allowed: 0 <= n_errors <= n_covered, wrong items and right ones falling"
        )
    if (covered[..., 0] != test_size).any():
        raise InputError(
            f"coverage table: {name}: the lowest threshold does not cover all {test_size:,} held-out items; it has to"
        )
