"""Labelled sets that break careless solvers: every one must come out finite, and converged or else flagged.

Notation
    L, C, n, d, N  lanes, classes, labelled items, features, items
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from research.quality.agreement import objectives
from research.quality.cases import Case, fresh_streams
from research.quality.reference import EXACT, ReferenceLearner
from simulations.arrays import Floats
from simulations.datasets.dataset import Dataset
from simulations.datasets.pool import lay_out_features
from simulations.learners.learner import Fitted, Labelled, Learner
from simulations.trajectory import stream

HONEST = 1e-4
"""Gap per item above which a lane that says it converged has not; ten times what "exact" stopping leaves."""

_LANES = 3


@dataclass(frozen=True)
class Outcome:
    """What came of one hard case.

    Args:
        finite: probabilities are finite, within 0 to 1 and sum to 1, and absent classes have none.
        flagged: lanes that say they did not converge.
        gap: largest gap of the objective per item among lanes that say they did.
    """

    finite: bool
    flagged: int
    gap: float

    @property
    def passed(self) -> bool:
        """Whether it is finite and no lane is kept silently far from its optimum."""
        return self.finite and self.gap <= HONEST


@dataclass(frozen=True)
class HardCases:
    """What came of all hard cases, by name."""

    outcomes: Mapping[str, Outcome]

    @property
    def passed(self) -> bool:
        """Whether every case passed and at most one lane in ten is flagged: a flag on everything is no answer."""
        flagged = sum(outcome.flagged for outcome in self.outcomes.values())
        return all(o.passed for o in self.outcomes.values()) and flagged <= 0.1 * _LANES * len(self.outcomes)

    def __str__(self) -> str:
        each = (
            f"{name}: {'finite' if o.finite else 'NOT FINITE'}, {o.flagged} flagged, gap {o.gap:.1e}"
            for name, o in self.outcomes.items()
        )
        return f"hard cases (allowed gap {HONEST}): {'; '.join(each)}"


def hard_cases(learner: Callable[[float], Learner]) -> HardCases:
    """Train on every hard case.

    Args:
        learner: a penalty to the linear learner that uses it.
    """
    return HardCases({name: _outcome(learner(l2), case, l2, best) for name, case, l2, best in _solved_cases()})


@cache
def _solved_cases() -> tuple[tuple[str, Case, float, Floats], ...]:
    """The cases with the lowest value of each lane's objective, (L,); ill-conditioned, so solved only once."""
    exact = ((ReferenceLearner(l2, EXACT).fit(case.labelled, None, ()), case, l2) for _, case, l2 in _cases())
    bests = [objectives(fitted, case, l2) for fitted, case, l2 in exact]
    return tuple((*known, best) for known, best in zip(_cases(), bests, strict=True))


def _outcome(learner: Learner, case: Case, l2: float, best: Floats) -> Outcome:
    labelled = case.labelled
    # An overflow is no fault by itself; what comes of it is looked at.
    with np.errstate(all="ignore"):
        fitted = learner.fit(labelled, None, fresh_streams(_LANES, case.name))
        proper = all(_is_proper(fitted, case, lane) for lane in range(_LANES))
        gaps = (objectives(fitted, case, l2) - best) / labelled.rows.shape[1]
    sure = np.asarray(fitted.converged)
    gap = float(np.max(np.nan_to_num(gaps[sure], nan=np.inf), initial=0.0))
    return Outcome(proper, int((~sure).sum()), gap)


def _is_proper(fitted: Fitted, case: Case, lane: int) -> bool:
    P = fitted.probabilities([lane], case.labelled.features)[0].astype(np.float64)
    absent = np.setdiff1d(np.arange(case.labelled.classes), case.labelled.answers[lane])
    within = np.isfinite(P).all() and P.min() >= 0 and abs(P.sum(axis=0) - 1).max() < 1e-4
    return bool(within and (P[absent] == 0).all())


def _cases() -> Iterator[tuple[str, Case, float]]:
    yield "12 labels", _case(n=12), 1.0
    yield "12 labels, 300 features", _case(n=12, d=300), 1.0
    yield "two of six classes seen", _case(classes=6, seen=2), 1.0
    yield "one class seen", _case(classes=4, seen=1), 1.0
    yield "two classes", _case(classes=2), 1.0
    yield "every item five times", _case(n=40, distinct=8), 1.0
    yield "constant columns", _case(change=_with_constants), 1.0
    yield "offsets of 1,000", _case(change=lambda X: X + 1000.0), 1.0
    yield "offsets of 1,000 and constant columns", _case(change=lambda X: _with_constants(X + 1000.0)), 1.0
    for scale in (1e-6, 1e-3, 1e2, 1e4):
        yield f"features × {scale:g}", _case(scale=scale), 1.0
    yield "separable, l2 = 0.001", _case(classes=2, separable=True), 1e-3
    yield "separable, l2 = 0.000001", _case(classes=2, separable=True), 1e-6


def _case(
    *,
    n: int = 60,
    d: int = 8,
    classes: int = 4,
    seen: int | None = None,
    distinct: int | None = None,
    scale: float = 1.0,
    separable: bool = False,
    change: Callable[[npt.NDArray[Any]], npt.NDArray[Any]] = lambda X: X,
) -> Case:
    """Draw a noisy linear task of 400 items and spoil it."""
    rng = stream("quality", "hard", n, d, classes)
    raw = rng.normal(size=(400, d))
    noise = 0.0 if separable else 1.0
    answers = (raw @ rng.normal(size=(d, classes)) + noise * rng.gumbel(size=(400, classes))).argmax(axis=1)
    # Offsets and constant columns are what preparing a data set must take away.
    data = Dataset(change(raw), answers, answers, "tabular", classes, 100, "feature")
    features, spectrum, _ = lay_out_features(data)
    rows = np.stack([rng.permutation(400)[: distinct or n] for _ in range(_LANES)])
    rows = np.tile(rows, (1, n // rows.shape[1]))
    if seen is not None:
        answers = answers % seen
    scaled = (features * scale).astype(np.float32)
    return Case("hard", Labelled(scaled, rows, answers[rows], spectrum * scale**2, classes), rows, answers)


def _with_constants(X: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.column_stack([X[:, :3], np.full(len(X), 7.0), X[:, 3:], np.zeros(len(X))])
