"""Membership query synthesis: the learner makes up what it asks, of an oracle that can answer anything.

Notation
    d        features
    n        labelled queries
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulations.arrays import Floats, Ints, Reals, Singles
from simulations.errors import InputError
from simulations.learners import Fitted, Labelled, make_learner
from simulations.trajectory import LazyStreams, Part, stream

Predict = Callable[[Floats], Ints]
"""Points (m, d) to the class that a model gives each, (m,)."""

Kind = Literal["synthesis", "margin", "random"]

KINDS: tuple[Kind, ...] = ("synthesis", "margin", "random")
TESTED = 20_000
PENALTY = 0.01
_HALVINGS = 24


@dataclass(frozen=True)
class Halfspace:
    """Points of the unit ball, of one class on either side of a plane through it: a task whose answers are a formula.

    Args:
        features: d, at least 2.
        seed: draws the plane.
    """

    features: int
    seed: int = 0

    def __post_init__(self) -> None:
        if not 2 <= self.features <= 1000:
            raise InputError(f"halfspace, features: found {self.features}; allowed: 2 to 1000")

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw points uniformly in the ball, (n, d)."""
        x = rng.normal(size=(n, self.features))
        x *= (rng.random(n) ** (1 / self.features) / np.linalg.norm(x, axis=1))[:, None]
        return x

    def answer(self, x: Floats) -> Ints:
        """Give the class of any points, (n,): the oracle."""
        rng = stream("halfspace", self.features, self.seed)
        normal = rng.normal(size=self.features)
        offset = 0.2 / np.sqrt(self.features) * rng.uniform(-1, 1)
        return np.asarray(x @ (normal / np.linalg.norm(normal)) > offset, dtype=np.int64)


@dataclass(frozen=True)
class SynthesisRound:
    """Where a campaign stands after a training: labels bought, and the share of fresh points predicted right."""

    labels: int
    accuracy: float


def synthesise(
    predict: Predict, known: Floats, answers: Ints, k: int, spread: float, rng: np.random.Generator
) -> Floats:
    """Make up k points on a model's boundary, away from those that are known.

    Between two known points of different classes lies one that the model cannot place: it is found by halving, as Wang
    et al. 2015 (Neurocomputing 147:426) find theirs, then moved a random way and put back on the boundary.

    Args:
        predict: the model.
        known: shape (n, d), points answered so far, in the unit ball.
        answers: shape (n,), at least two classes.
        k: how many.
        spread: length of the move, in the features' unit; 0 stays on the lines between known points.
        rng: chooses the pairs and the moves.

    Returns:
        Shape (k, d), inside the unit ball.
    """
    near = rng.integers(len(known), size=k)
    far = np.array([rng.choice(np.flatnonzero(answers != answers[i])) for i in near])
    moved = _in_ball(_boundary(predict, known[near], known[far]) + spread * _directions(k, known.shape[1], rng))
    # Of the pair, the one that lies across the boundary from where the move led.
    across = (predict(known[near]) != predict(moved))[:, None]
    return _boundary(predict, moved, np.where(across, known[near], known[far]))


def _directions(k: int, d: int, rng: np.random.Generator) -> Floats:
    way = rng.normal(size=(k, d))
    return np.asarray(way / np.linalg.norm(way, axis=1, keepdims=True))


def _in_ball(x: Floats) -> Floats:
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1.0))


def _boundary(predict: Predict, start: Floats, end: Floats) -> Floats:
    """Halve the way from start to end to where the model's class changes; half way where it does not, (k, d)."""
    first_class = predict(start)
    low, high = np.zeros(len(start)), np.ones(len(start))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        same = predict(start + middle[:, None] * (end - start)) == first_class
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    at = np.where(first_class == predict(end), 0.5, (low + high) / 2)
    return start + at[:, None] * (end - start)


def run_synthesis(
    task: Halfspace, kind: Kind, *, initial: int, batch: int, rounds: int, pool: int, seed: int, spread: float = 0.5
) -> list[SynthesisRound]:
    """Learn a task by queries that are made up, by margin from a pool, or at random from it.

    Args:
        task: what answers.
        kind: `synthesis`, `margin` or `random`.
        initial: points drawn and answered first; more, until both classes are among them.
        batch: queries a round.
        rounds: acquisition rounds.
        pool: points drawn, from which two of the kinds choose.
        seed: replicate number; draws the points, not the plane.
        spread: see `synthesise`.

    Returns:
        One entry a training, R + 1 of them.

    Raises:
        InputError: an unknown kind, a setting out of range, or a pool of one class.
    """
    if kind not in KINDS:
        raise InputError(f"synthesis, kind: found '{kind}'; allowed: {', '.join(KINDS)}")
    if min(initial, batch) < 1 or rounds < 0:
        raise InputError("synthesis: initial and batch are at least 1, and rounds at least 0")
    rng = stream("synthesis", task.features, task.seed, seed)
    points, tested = task.draw(pool, rng), task.draw(TESTED, rng)
    others = np.flatnonzero(task.answer(points) != task.answer(points[:1]))
    first = max(initial, 1 + int(others[0])) if others.size else pool
    if first + batch * rounds > pool or not others.size:
        raise InputError(
            f"synthesis, pool: found {pool} points; allowed: at least {first + batch * rounds}, of both classes"
        )
    known, left = points[:first], points[first:]
    model, choice, curve = _Model(task.features), stream("synthesis choice", task.features, seed, kind), []
    for r in range(rounds + 1):
        answers = task.answer(known)
        model.train(known, answers)
        curve.append(SynthesisRound(len(known), float((model.predict(tested) == task.answer(tested)).mean())))
        if r < rounds and kind == "synthesis":
            known = np.concatenate([known, synthesise(model.predict, known, answers, batch, spread, choice)])
        elif r < rounds:
            rows = np.arange(batch) if kind == "random" else np.argsort(model.margins(left), kind="stable")[:batch]
            known, left = np.concatenate([known, left[rows]]), np.delete(left, rows, axis=0)
    return curve


class _Model:
    """The project's linear learner on points of the unit ball."""

    def __init__(self, features: int) -> None:
        self.scale = np.sqrt(features + 2.0)  # a coordinate of the uniform ball has variance 1 / (d + 2)
        self.learner = make_learner(Part.of("linear", {"l2": PENALTY, "tune": ""}))
        self.fitted: Fitted | None = None

    def train(self, known: Floats, answers: Ints) -> None:
        X, every = self._scale(known), np.arange(len(known))[None]
        labelled = Labelled(X, every, answers[None], X.astype(np.float64).var(axis=0), 2)
        self.fitted = self.learner.fit(labelled, self.fitted, LazyStreams([("synthesis", len(known))]))

    def _scale(self, x: Floats) -> Singles:
        return np.ascontiguousarray(x * self.scale, dtype=np.float32)

    def _scores(self, x: Floats) -> Reals:
        assert self.fitted is not None
        return np.asarray(self.fitted.probabilities([0], self._scale(x))[0])

    def predict(self, x: Floats) -> Ints:
        return np.asarray(self._scores(x).argmax(axis=0))

    def margins(self, x: Floats) -> Reals:
        scores = self._scores(x)
        return np.asarray(np.abs(scores[0] - scores[1]))
