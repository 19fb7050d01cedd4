"""One setting of a learner chosen by cross-validation inside the labelled set, anew as the labelled set grows.

A learner that is regularised too weakly for few labels errs most where labels are as many as features, and whatever
adds labels off the beaten track then looks like a gain of active learning. Held-out labels are never touched: what is
known in a round is the labelled set, and only that is used.

Notation
    L, n     lanes, labelled items
    G        values on the grid
    k        folds
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, cast

import numpy as np

from simulations.arrays import Bools, Features, Floats, Ints
from simulations.learners.learner import Fitted, Labelled, Learner, Streams, WithLandscape
from simulations.strategies.view import Landscape
from simulations.trajectory import philox

FOLDS = 5
GROWTH = 1.5
"""A lane is tuned again once its labelled set has grown by this factor since it was tuned."""


class TunedLearner:
    """A learner whose setting is the value of least cross-validated loss in each lane.

    Folds are stratified by class; an item that occurs more than once (bootstrap), or has copies of its own, lies in one
    fold with all of them; an item that is alone in its class is always trained on. While fewer than two items a fold
    can be held out, the first value serves: write the most regularised one first. Ties go to the earlier value too.

    `make` gives the learner that uses a value of the grid, which has at least two.
    """

    def __init__(self, make: Callable[[Any], Learner], grid: Sequence[Any]) -> None:
        self.learners = [make(value) for value in grid]

    @property
    def backend(self) -> str:
        """What computes the learners' models."""
        return getattr(self.learners[0], "backend", "numpy")

    def fit(self, labelled: Labelled, warm: Fitted | None, streams: Streams) -> "TunedFit":
        """Tune the lanes that are due, then train every lane with its value."""
        lanes, items = labelled.rows.shape
        before = cast(TunedFit | None, warm)
        # Indexed once: a lane's generator starts afresh each time it is made.
        draws = np.stack([streams[lane].integers(2**63, size=2 + FOLDS) for lane in range(lanes)])
        choice, tuned_at = np.zeros((2, lanes), np.int64)
        if before is not None:
            choice, tuned_at = before.choice.copy(), before.tuned_at.copy()
        due = np.flatnonzero(items >= GROWTH * tuned_at)
        seconds = np.zeros(lanes)
        began = perf_counter()
        for lane, losses in self._cross_validate(labelled, due, draws).items():
            choice[lane], tuned_at[lane] = np.argmin(losses), items
        seconds[due] = (perf_counter() - began) / max(due.size, 1)
        fits = []
        for lane in range(lanes):
            began = perf_counter()
            # One lane at a time: it starts from its own last fit whichever values its neighbours took.
            start = None if before is None else before.fits[lane]
            own = labelled.take([lane])
            fits.append(self.learners[choice[lane]].fit(own, start, [philox(draws[lane, 1])]))
            seconds[lane] += perf_counter() - began
        return TunedFit(tuple(fits), choice, tuned_at, seconds)

    def _cross_validate(self, labelled: Labelled, lanes: Ints, draws: Ints) -> dict[int, Floats]:
        """Losses (G,) of every lane that has labels enough; fold lanes of equal size are trained together."""
        by_size: dict[int, list[_Fold]] = defaultdict(list)
        for lane in map(int, lanes):
            rows, answers = labelled.rows[lane], labelled.answers[lane]
            items = rows if labelled.copy_of is None else labelled.copy_of[rows]
            for number, held in enumerate(deal_folds(items, answers, FOLDS, philox(draws[lane, 0]))):
                by_size[int(held.sum())].append(_Fold(lane, held, int(draws[lane, 2 + number])))
        losses: dict[int, Floats] = {}
        for folds in by_size.values():
            for fold, loss in zip(folds, self._fold_losses(labelled, folds), strict=True):
                losses[fold.lane] = losses.get(fold.lane, 0.0) + loss
        return losses

    def _fold_losses(self, labelled: Labelled, folds: "Sequence[_Fold]") -> Floats:
        """Summed loss of what each fold holds out under each value, (folds, G)."""
        rows = np.stack([labelled.rows[fold.lane, ~fold.held] for fold in folds])
        answers = np.stack([labelled.answers[fold.lane, ~fold.held] for fold in folds])
        training = replace(labelled, rows=rows, answers=answers)
        tests = [labelled.features[labelled.rows[fold.lane, fold.held]] for fold in folds]
        losses = np.empty((len(folds), len(self.learners)))
        fitted: Fitted | None = None
        for value, learner in enumerate(self.learners):
            # Each value meets the same chances, and starts from the fit of the value before it.
            fitted = learner.fit(training, fitted, [philox(fold.seed) for fold in folds])
            for i, fold in enumerate(folds):
                truth = labelled.answers[fold.lane, fold.held]
                losses[i, value] = log_loss(fitted.probabilities([i], tests[i])[0], truth)
        return losses


@dataclass(frozen=True)
class _Fold:
    """What a lane holds out: held (n,), and the seed of the learner's chances."""

    lane: int
    held: Bools
    seed: int


@dataclass(frozen=True)
class TunedFit:
    """The trained lanes; see `Fitted`.

    Args:
        fits: one fit of one lane each.
        choice: (L,), which value of the grid each lane uses.
        tuned_at: (L,), labels at the last tuning; 0 while there were too few.
        effort: (L,), seconds of tuning and training.
    """

    fits: tuple[Fitted, ...]
    choice: Ints
    tuned_at: Ints
    effort: Floats

    @property
    def converged(self) -> Bools:
        """Shape (L,): whether each lane's last training met its stopping rule."""
        return np.concatenate([fit.converged for fit in self.fits])

    def take(self, lanes: Sequence[int]) -> "TunedFit":
        """The models of some lanes, in the order named."""
        chosen = list(lanes)
        fits = tuple(self.fits[lane] for lane in chosen)
        return TunedFit(fits, self.choice[chosen], self.tuned_at[chosen], self.effort[chosen])

    def probabilities(self, lanes: Sequence[int], features: Features) -> Features:
        """Score items (m, d): class-major (lanes, C, m)."""
        return np.concatenate([self.fits[lane].probabilities([0], features) for lane in lanes])

    def landscape(self, lane: int) -> Landscape:
        """A lane's model as a function of the place, of a learner that serves `gradients`."""
        return cast(WithLandscape, self.fits[lane]).landscape(0)


def deal_folds(items: Ints, answers: Ints, folds: int, rng: np.random.Generator) -> list[Bools]:
    """Deal a labelled set, which items (n,), repeats allowed, and answers (n,), into folds stratified by class.

    Returns:
        For each fold which items it holds out, (n,); every class held out is also among those kept. Empty when fewer
        than two items a fold can be held out.
    """
    distinct, first, back = np.unique(items, return_index=True, return_inverse=True)
    labels = answers[first]
    order = rng.permutation(distinct.size)
    order = order[np.argsort(labels[order], kind="stable")]
    order = order[np.bincount(labels)[labels[order]] >= 2]
    if order.size < 2 * folds:
        return []
    # Dealt in turn through the sorted classes: shares as even as can be, and no class ever in one fold alone.
    fold = np.full(distinct.size, -1)
    fold[order] = np.arange(order.size) % folds
    return [fold[back] == number for number in range(folds)]


def log_loss(probabilities: Features, answers: Ints) -> float:
    """Sum -log p of the true classes, a p below 0.001 counting as 0.001; probabilities (C, m), answers (m,).

    The floor keeps one zero of a forest, which means no more than "not among these trees", from outweighing all else.
    """
    p = probabilities[answers, np.arange(answers.size)].astype(np.float64)
    return float(-np.log(np.clip(np.nan_to_num(p), 1e-3, 1.0)).sum())
