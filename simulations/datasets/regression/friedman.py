"""Friedman's three test functions as generated tasks, with knobs for what moves the gain of active learning.

Notation
    n, d     items, features
    U        (n, d) where items lie, each feature from 0 to 1
    f        (n,) the function's values, free of noise
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from simulations.arrays import FloatArray
from simulations.datasets.dataset import DatasetEntry, check_extent, check_knob
from simulations.datasets.regression.tables import TASK, checked_held_out, numeric_data
from simulations.tasks.task import TaskData

CROWD_WIDTH = 0.2
"""Width of the corner that items crowd into, where the whole is 1 wide."""


def first(U: FloatArray) -> FloatArray:
    """Ten times the sine of π u1 u2, with a parabola in u3 and lines in u4 and u5 (Friedman 1991)."""
    wave = 10.0 * np.sin(np.pi * U[:, 0] * U[:, 1])
    values: FloatArray = wave + 20.0 * (U[:, 2] - 0.5) ** 2 + 10.0 * U[:, 3] + 5.0 * U[:, 4]
    return values


def second(U: FloatArray) -> FloatArray:
    """Impedance of an alternating-current circuit (Friedman 1991)."""
    resistance, reactance = _circuit(U)
    return np.hypot(resistance, reactance)


def third(U: FloatArray) -> FloatArray:
    """Phase shift of an alternating-current circuit (Friedman 1991)."""
    resistance, reactance = _circuit(U)
    return np.arctan2(reactance, resistance)


def _circuit(U: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Resistance up to 100 Ω, and ωL − 1/ωC with ω from 40π to 560π, L up to 1 and C from 1 to 11."""
    frequency, inductance, capacity = np.pi * (40.0 + 520.0 * U[:, 1]), U[:, 2], 1.0 + 10.0 * U[:, 3]
    return 100.0 * U[:, 0], frequency * inductance - 1.0 / (frequency * capacity)


_FUNCTIONS: tuple[tuple[Callable[[FloatArray], FloatArray], int], ...] = ((first, 5), (second, 4), (third, 4))
"""Each function, and how many features it reads."""


@dataclass(frozen=True)
class FriedmanKnobs:
    """The settings of a generated task.

    Args:
        function: 1, 2 or 3.
        n: items in all, held-out ones included.
        d: features; those beyond the 5 (function 1) or 4 that the function reads say nothing.
        noise_share: share of the variance of the answers that is noise, so that no model explains more than 1 less it.
        crowding: share of items that lie in one corner, a fifth as wide as the whole; 0 is even.
        seed: of the generator; the replicates of a grid share the task.
        test_size: items held out of every pool.
    """

    function: int = 1
    n: int = 3000
    d: int = 10
    noise_share: float = 0.05
    crowding: float = 0.0
    seed: int = 0
    test_size: int = 1000

    def __post_init__(self) -> None:
        self._require("function", self.function in (1, 2, 3), "1, 2 or 3")
        fewest = _FUNCTIONS[self.function - 1][1]
        self._require("d", self.d >= fewest, f"at least {fewest}, which function {self.function} reads")
        self._require("n", self.n >= 1, "at least 20")
        self._require("noise_share", 0 <= self.noise_share <= 0.9, "0 to 0.9")
        self._require("crowding", 0 <= self.crowding <= 0.99, "0 to 0.99")
        self._require("seed", self.seed >= 0, "at least 0")
        check_extent(self.n, self.d, "friedman")
        checked_held_out("friedman", self.test_size, self.n)

    def _require(self, name: str, fulfilled: bool, allowed: str) -> None:
        check_knob("friedman", name, getattr(self, name), fulfilled, allowed)


def generate_friedman(knobs: FriedmanKnobs) -> TaskData:
    """Draw the task the knobs describe; the same knobs give the same task."""
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(knobs.seed)))
    U = rng.random((knobs.n, knobs.d))
    # Drawn after the items, so that with more crowding the others stay where they were.
    U[rng.permutation(knobs.n)[: round(knobs.crowding * knobs.n)]] *= CROWD_WIDTH
    f = _FUNCTIONS[knobs.function - 1][0](U)
    # The noise that makes this share of what signal and noise vary together.
    deviation = f.std() * np.sqrt(knobs.noise_share / (1.0 - knobs.noise_share))
    return numeric_data("friedman", U, f + deviation * rng.normal(size=knobs.n), knobs.test_size)


def _size(settings: Mapping[str, Any]) -> tuple[int, int, int]:
    knobs = FriedmanKnobs(**settings)
    return knobs.n, knobs.test_size, 1


FRIEDMAN = DatasetEntry(
    name="friedman",
    family="generator",
    paper="Friedman 1991, Multivariate adaptive regression splines",
    needs="nothing",
    summary="Friedman's three functions, with knobs for noise, features that say nothing and a crowded corner.",
    kind="tabular",
    defaults=asdict(FriedmanKnobs()),
    size=_size,
    load=lambda **settings: generate_friedman(FriedmanKnobs(**settings)),
    features=lambda settings: int(settings["d"]),
    licence="generated, none needed",
    task=TASK,
)
