"""Whole learning curves compared by the area under them, since single picks differ between any two solvers.

Notation
    L, n, m  lanes (one a seed), labelled items, held-out items
    R        rounds
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from research.quality.cases import Case, case, fresh_streams
from research.quality.reference import ReferenceLearner
from simulations.arrays import Floats, Ints
from simulations.learners.learner import Fitted, Learner

NEGLIGIBLE = 0.0005
"""Difference of areas that is let pass whatever its error: a quarter of what accuracies may differ by."""

_Pick = Callable[[Fitted, Case, int, Ints], Ints]


@dataclass(frozen=True)
class CurveArea:
    """Area under the learning curve (mean accuracy over rounds) of a learner less that of scikit-learn.

    Args:
        differences: mean over seeds, by strategy.
        errors: standard errors of the means, seeds taken as pairs.
    """

    differences: Mapping[str, float]
    errors: Mapping[str, float]

    @property
    def passed(self) -> bool:
        """Whether every difference lies within 2 standard errors, or is below 0.0005."""
        return all(abs(d) <= max(2 * self.errors[name], NEGLIGIBLE) for name, d in self.differences.items())

    def __str__(self) -> str:
        each = (f"{name} {d:+.5f} ± {self.errors[name]:.5f}" for name, d in self.differences.items())
        return (
            f"area under the curve less scikit-learn's, with its standard error: {', '.join(each)}; allowed: 2 of them"
        )


def curve_area(
    learner: Learner, *, l2: float = 1.0, seeds: int = 10, batch_size: int = 20, rounds: int = 12
) -> CurveArea:
    """Run random and margin sampling on digits with a learner and with scikit-learn.

    The loop and both strategies are written out here, apart from the engine, so that a fault there cannot hide.

    Args:
        learner: with the penalty `l2`; warm-started from round to round.
        l2: the penalty of the reference.
        seeds: pairs of curves, at least two.
        batch_size: labels a round; as many are there at the start.
        rounds: R.
    """
    start = case("digits", batch_size * (rounds + 1), seeds)
    differences, errors = {}, {}
    strategies: dict[str, _Pick] = {"random": _random, "margin": _margin}
    for name, pick in strategies.items():
        own, reference = (
            _curves(one, start, pick, batch_size, rounds).mean(axis=1) for one in (learner, ReferenceLearner(l2))
        )
        gap = own - reference
        differences[name] = float(gap.mean())
        errors[name] = float(gap.std(ddof=1) / np.sqrt(seeds))
    return CurveArea(differences, errors)


def _curves(learner: Learner, start: Case, pick: _Pick, batch_size: int, rounds: int) -> Floats:
    """Held-out accuracy of every lane in every round, (L, R + 1)."""
    rows = start.labelled.rows[:, :batch_size]
    fitted: Fitted | None = None
    curves = np.empty((rows.shape[0], rounds + 1))
    for r in range(rounds + 1):
        labelled = replace(start.labelled, rows=rows, answers=start.answers[rows])
        fitted = learner.fit(labelled, fitted, fresh_streams(rows.shape[0], "area", r))
        for lane, held in enumerate(start.test_rows):
            said = fitted.probabilities([lane], labelled.features[held])[0].argmax(axis=0)
            curves[lane, r] = np.mean(said == start.answers[held])
        if r < rounds:
            chosen = [pick(fitted, start, lane, rows[lane])[:batch_size] for lane in range(rows.shape[0])]
            rows = np.concatenate([rows, np.stack(chosen)], axis=1)
    return curves


def _random(fitted: Fitted, start: Case, lane: int, rows: Ints) -> Ints:
    return start.labelled.rows[lane, rows.size :]


def _margin(fitted: Fitted, start: Case, lane: int, rows: Ints) -> Ints:
    """Unlabelled items by the distance of their two likeliest classes (Scheffer, Decomain & Wrobel 2001)."""
    features = start.labelled.features
    left = np.setdiff1d(np.arange(len(features)), np.concatenate([rows, start.test_rows[lane]]))
    top = np.sort(fitted.probabilities([lane], features[left])[0], axis=0)
    order: Ints = left[np.argsort(top[-1] - top[-2], kind="stable")]
    return order
