"""Points on either side of a plane through a ball: a task whose answers are a formula, so that items can be made up."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from simulations.arrays import Floats, Ints
from simulations.datasets.dataset import Dataset, check_extent, check_knob, check_test_size, knob_entry
from simulations.trajectory import stream

_OFF_CENTRE = 0.2
"""Largest distance of the plane from the centre, in deviations of a coordinate, about 1 ÷ √d."""


@dataclass(frozen=True)
class Halfspace:
    """The settings of the task, and its rule: a point of the unit ball is of the class of its side of the plane.

    Args:
        n: items in all, held-out ones included.
        d: features.
        seed: of plane and items; the replicates of a grid share the task.
        test_size: items held out of every pool.
    """

    n: int = 6000
    d: int = 10
    seed: int = 0
    test_size: int = 4000

    def __post_init__(self) -> None:
        require = partial(check_knob, "synthetic-halfspace", self)
        require("n", self.n >= 100, "at least 100")
        require("d", self.d >= 2, "at least 2")
        require("seed", self.seed >= 0, "at least 0")
        check_extent(self.n, self.d, "synthetic-halfspace")
        check_test_size("synthetic-halfspace", self.test_size, self.n, 2)

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw points uniformly in the ball, (n, d)."""
        X = rng.normal(size=(n, self.d))
        X *= (rng.random(n) ** (1 / self.d) / np.linalg.norm(X, axis=1))[:, None]
        return X

    def answer(self, X: Floats) -> Ints:
        """Give the class of any points (n, d), 0 or 1, (n,)."""
        rng = stream("halfspace", self.d, self.seed)
        normal = rng.normal(size=self.d)
        offset = _OFF_CENTRE / np.sqrt(self.d) * rng.uniform(-1, 1)
        return np.asarray(X @ (normal / np.linalg.norm(normal)) > offset, dtype=np.int64)


def load_halfspace(knobs: Halfspace) -> Dataset:
    """Draw the items that the settings describe; the same settings give the same items."""
    X = knobs.draw(knobs.n, stream("halfspace items", knobs.d, knobs.seed))
    labels = knobs.answer(X)
    return Dataset(X, labels, labels, "tabular", 2, knobs.test_size, "global")


HALFSPACE = knob_entry(
    Halfspace,
    load_halfspace,
    lambda knobs: (knobs.n, knobs.test_size, 2),
    name="synthetic-halfspace",
    paper="linear threshold functions, as in Angluin 1988, Queries and concept learning",
    summary="Points of a ball, a class on either side of a plane: any point has an answer, so items can be made up.",
    kind="tabular",
    features=lambda settings: int(settings["d"]),
    rule=lambda settings: Halfspace(**settings),
)
