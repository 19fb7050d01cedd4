"""Data sets whose answers are numbers: shipped tables, Friedman's functions, and a file of the user's own.

Notation
    N, d     items, features
    X, y     (N, d) features as they are given, (N,) answers
    U, f     (N, d) where generated items lie, each feature from 0 to 1; (N,) the function's values, free of noise
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from simulations.arrays import Floats, Reals, Singles
from simulations.datasets.cells import Wanted
from simulations.datasets.dataset import Scaling, check_extent, check_knob, knob_entry
from simulations.datasets.generation import number_words
from simulations.datasets.own_files import DEFAULTS, FURTHER, MOST_HELD_OUT, file_entry, read_own
from simulations.datasets.package_tables import fixed_entry, read_table
from simulations.errors import InputError
from simulations.tasks.task import TaskData

TASK = "regression"

FEWEST_HELD_OUT = 10
"""The variance of fewer answers is chance, and so would be the share of it that is explained."""

FEWEST_IN_POOL = 10


def numeric_data(
    called: str, X: Reals, y: Reals, test_size: int, *, kind: str = "tabular", scaling: Scaling = "feature"
) -> TaskData:
    """Lay out a data set of regression from X (N, d) and y (N,), in any unit; `called` is its name in messages.

    Raises:
        InputError: an answer is not finite, all are alike, or the test set leaves no pool.
    """
    check_extent(X.shape[0], X.shape[1], called)
    check_held_out(called, test_size, len(y))
    answers = np.asarray(y, dtype=np.float64)
    bad = ~np.isfinite(answers)
    if bad.any():
        row = int(bad.argmax())
        raise InputError(f"{called}, answers, row {row + 1}: found {answers[row]}; allowed: a finite number")
    if np.ptp(answers) == 0:
        raise InputError(f"{called}, answers: all are {answers[0]:g}; at least two different are needed")
    features = scale_columns(X, scaling)
    ones = np.ones(len(answers), np.int64)
    return TaskData(TASK, kind, tuple(features), tuple(answers.tolist()), features, ones, 1, test_size)


def scale_columns(X: Reals, scaling: Scaling) -> Singles:
    """Centre columns and divide each by its own deviation, or all by one; a constant column becomes zeros."""
    spread = np.ptp(X, axis=0)
    # In units of each column's range, so that no square of a large number is ever taken.
    centred = (X - X.mean(axis=0, dtype=np.float64)) / np.where(spread > 0, spread, 1.0)
    centred[:, spread == 0] = 0.0
    deviation = centred.std(axis=0)
    if scaling == "global":
        own = deviation * spread
        deviation = np.sqrt((own[spread > 0] ** 2).mean()) / np.where(spread > 0, spread, 1.0)
    laid_out: Singles = (centred / np.where(spread > 0, deviation, 1.0)).astype(np.float32)
    return laid_out


def check_held_out(called: str, test_size: int, items: int) -> None:
    """Refuse a number of held-out items that leaves no pool or is too small to measure by, by an InputError."""
    if items < FEWEST_HELD_OUT + FEWEST_IN_POOL:
        raise InputError(
            f"{called}: has {items} items; allowed: at least {FEWEST_HELD_OUT + FEWEST_IN_POOL}, half of them held out"
        )
    if not FEWEST_HELD_OUT <= test_size <= items - FEWEST_IN_POOL:
        raise InputError(
            f"{called}, test_size: found {test_size}; allowed: {FEWEST_HELD_OUT} to {items - FEWEST_IN_POOL}"
        )


def load_diabetes(*, test_size: int) -> TaskData:
    """Load the diabetes data, which come with scikit-learn; see `numeric_data` for the errors."""
    from sklearn import datasets

    # As measured: scikit-learn's own scaling makes columns of length 1, and would only be undone.
    data = datasets.load_diabetes(scaled=False)
    return numeric_data("diabetes", data.data, data.target, test_size)


DIABETES = fixed_entry(
    load_diabetes,
    items=442,
    classes=1,
    features=10,
    test_size=142,
    name="diabetes",
    family="scikit-learn",
    paper="Efron, Hastie, Johnstone & Tibshirani 2004, Least angle regression",
    summary="442 patients by 10 measurements; a number for the progress of their diabetes a year on, very noisy.",
    kind="tabular",
    licence="as given with scikit-learn (BSD 3-clause), from Efron et al. 2004",
    task=TASK,
)


def load_endings(*, test_size: int) -> TaskData:
    """Load the endings that are won, with the number of moves white needs; see `numeric_data` for the errors."""
    features, labels, names = read_table("kr-vs-k")
    numbers = {number_words(number)[0]: float(number) for number in range(17)}  # each is one word
    moves = np.array([-1.0 if name == "draw" else numbers[name] for name in names])
    won = moves[labels] >= 0  # a draw has no number of moves
    return numeric_data("endings", features[won], moves[labels[won]], test_size, scaling="global")


ENDINGS = fixed_entry(
    load_endings,
    items=25_260,
    classes=1,
    features=40,
    test_size=5000,
    name="endings",
    family="UCI",
    paper="Bain 1994, Learning logical exceptions in chess (thesis, University of Strathclyde)",
    summary="25,260 won chess endings as 40 indicators of where the pieces stand; moves until mate, free of noise.",
    kind="tabular",
    licence="CC BY 4.0 (UCI, Chess (King-Rook vs. King), M. Bain & A. van Hoff 1994)",
    task=TASK,
)


CROWD_WIDTH = 0.2
"""Width of the corner that items crowd into, where the whole is 1 wide."""


def first(U: Floats) -> Floats:
    """Ten times the sine of π u1 u2, with a parabola in u3 and lines in u4 and u5 (Friedman 1991)."""
    wave = 10.0 * np.sin(np.pi * U[:, 0] * U[:, 1])
    values: Floats = wave + 20.0 * (U[:, 2] - 0.5) ** 2 + 10.0 * U[:, 3] + 5.0 * U[:, 4]
    return values


def second(U: Floats) -> Floats:
    """Impedance of an alternating-current circuit (Friedman 1991)."""
    resistance, reactance = _circuit_values(U)
    return np.hypot(resistance, reactance)


def third(U: Floats) -> Floats:
    """Phase shift of an alternating-current circuit (Friedman 1991)."""
    resistance, reactance = _circuit_values(U)
    return np.arctan2(reactance, resistance)


def _circuit_values(U: Floats) -> tuple[Floats, Floats]:
    """Resistance up to 100 Ω, and ωL − 1/ωC with ω from 40π to 560π, L up to 1 and C from 1 to 11."""
    frequency, inductance, capacity = np.pi * (40.0 + 520.0 * U[:, 1]), U[:, 2], 1.0 + 10.0 * U[:, 3]
    return 100.0 * U[:, 0], frequency * inductance - 1.0 / (frequency * capacity)


_FUNCTIONS: tuple[tuple[Callable[[Floats], Floats], int], ...] = ((first, 5), (second, 4), (third, 4))
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
        require = partial(check_knob, "friedman", self)
        require("function", self.function in (1, 2, 3), "1, 2 or 3")
        fewest = _FUNCTIONS[self.function - 1][1]
        require("d", self.d >= fewest, f"at least {fewest}, which function {self.function} reads")
        require("n", self.n >= 1, "at least 20")
        require("noise_share", 0 <= self.noise_share <= 0.9, "0 to 0.9")
        require("crowding", 0 <= self.crowding <= 0.99, "0 to 0.99")
        require("seed", self.seed >= 0, "at least 0")
        check_extent(self.n, self.d, "friedman")
        check_held_out("friedman", self.test_size, self.n)


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


FRIEDMAN = knob_entry(
    FriedmanKnobs,
    generate_friedman,
    lambda knobs: (knobs.n, knobs.test_size, 1),
    name="friedman",
    paper="Friedman 1991, Multivariate adaptive regression splines",
    summary="Friedman's three functions, with knobs for noise, features that say nothing and a crowded corner.",
    kind="tabular",
    features=lambda settings: int(settings["d"]),
    task=TASK,
)


def load_numbers(
    *, content: str, called: str, kind: str, test_size: int, scaling: Scaling, path: str = "", **settings: Any
) -> TaskData:
    """Load a file of the user's own for regression; settings and errors as in `own_files.load_file` beside this."""
    # With an empty file nothing was read, and so no number either.
    raw = read_own(path, called, content, Wanted(**settings, number=True))
    if raw.answers is None or not raw.answers.size:
        raise InputError(f"{called}, {raw.column}: there are no rows; numbers to be predicted are needed")
    held_out = test_size or max(FEWEST_HELD_OUT, min(MOST_HELD_OUT, raw.answers.size // 5))
    return numeric_data(f"{called}, {raw.column}", raw.features, raw.answers, held_out, kind=kind, scaling=scaling)


FILE_REGRESSION = file_entry(
    load_numbers,
    name="file_regression",
    summary="Your own features and numbers to be predicted; settings as of `file`, see docs/method/datasets.md.",
    kind="tabular",
    defaults={key: value for key, value in {**DEFAULTS, **FURTHER}.items() if key not in ("rare_classes", "group")},
    task=TASK,
)
