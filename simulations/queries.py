"""Made-up queries: the learner asks about points of its own making, and a data set's rule answers any of them.

With `margin`, points are made up where two classes are equally likely, so that the margin is 0: as Wang, Hu, Yuan & Lu
2015, Active learning via query synthesis and nearest neighbour search (Neurocomputing 147:426) find theirs, by halving
the way between answered points of different classes; each is then moved a random way, so that they spread out, and put
back on the boundary. With `random`, they are drawn as the data set's items are.

Notation
    n, d    points answered so far, features
    k       points to make up
"""

from collections.abc import Callable

import numpy as np

from simulations.arrays import Floats, Ints
from simulations.datasets.dataset import AnswerRule

QUERY_STRATEGIES = ("random", "margin")

SPREAD = 0.5
"""Length of the random move, in radii of the ball that the points lie in."""

_HALVINGS = 24

Predict = Callable[[Floats], Ints]
"""Points (m, d) to the class that a model gives each, (m,)."""


def make_up(
    strategy: str, rule: AnswerRule, predict: Predict, known: Floats, answers: Ints, k: int, rng: np.random.Generator
) -> Floats:
    """Make up k points as a strategy of `QUERY_STRATEGIES` does, (k, d).

    Answered are the points known (n, d); while their answers (n,) are all of one class, there is no boundary to look
    for, and points are drawn at random.
    """
    if strategy == "random" or (answers == answers[0]).all():
        return rule.draw(k, rng)
    return synthesise(predict, known, answers, k, rng)


def synthesise(
    predict: Predict, known: Floats, answers: Ints, k: int, rng: np.random.Generator, spread: float = SPREAD
) -> Floats:
    """Make up k points on a model's boundary, away from those that are known.

    Args:
        predict: the model.
        known: shape (n, d), points answered so far, in the unit ball.
        answers: shape (n,), at least two classes.
        k: how many.
        rng: chooses the pairs and the moves.
        spread: length of the moves; 0 stays on the lines between known points.

    Returns:
        Shape (k, d), inside the unit ball.
    """
    near = rng.integers(len(known), size=k)
    far = np.array([rng.choice(np.flatnonzero(answers != answers[i])) for i in near])
    moves = rng.normal(size=(k, known.shape[1]))
    moves *= spread / np.linalg.norm(moves, axis=1, keepdims=True)
    moved = _boundary(predict, known[near], known[far]) + moves
    moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1.0)
    # Of the pair, the one that lies across the boundary from where the move led.
    across = (predict(known[near]) != predict(moved))[:, None]
    return _boundary(predict, moved, np.where(across, known[near], known[far]))


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
