"""Generated classification tasks whose difficulty is set by knobs that move the gain of active learning.

Notation
    n, d   items, features
    K      clusters in all: classes × clusters_per_class; cluster k belongs to class k mod classes
    M      (K, d) cluster centres; two random centres lie `separation` within-cluster deviations apart on average
    X      (n, d) features
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from simulations.arrays import Bools, Floats, Ints
from simulations.datasets.dataset import MOST_CLASSES, MOST_NUMBERS, Dataset, check_extent, check_knob
from simulations.oracles.annotations import flip_uniformly

_SHARES = ("flip_noise", "boundary_noise", "outlier_share", "duplicate_share", "easy_share")
_LOWEST = {"classes": 2, "d": 1, "clusters_per_class": 1, "separation": 0, "imbalance": 0, "seed": 0}
_HIGHEST = {"classes": MOST_CLASSES, "separation": 1_000_000, "imbalance": 10}
_EASY_SPREAD = 0.25
_OUTLIER_SPREAD = 3.0
_COPY_JITTER = 0.02


@dataclass(frozen=True)
class Knobs:
    """The settings of a generated task.

    Args:
        n: items in all, held-out ones included.
        d: features.
        classes: number of classes.
        clusters_per_class: Gaussian clusters a class is made of; more bend the class boundaries.
        separation: mean distance of two cluster centres, in within-cluster deviations; larger is easier.
        imbalance: Zipf exponent of the class shares; 0 is balanced, 2 makes the last classes rare.
        flip_noise: share of observed labels flipped to any other class, anywhere.
        boundary_noise: share of observed labels flipped to the nearest other class, next to the boundary.
        outlier_share: share of items thrown far out, whatever their class.
        duplicate_share: share of items that are near-copies of others; copies and originals stay in the pool.
        easy_share: share of items close to their cluster's centre, which teach little.
        seed: of the generator; the replicates of a grid share the task.
        test_size: items held out of every pool.
    """

    n: int = 4000
    d: int = 20
    classes: int = 6
    clusters_per_class: int = 2
    separation: float = 5.0
    imbalance: float = 0.0
    flip_noise: float = 0.0
    boundary_noise: float = 0.0
    outlier_share: float = 0.0
    duplicate_share: float = 0.0
    easy_share: float = 0.0
    seed: int = 0
    test_size: int = 1500

    def __post_init__(self) -> None:
        require = partial(check_knob, "synthetic", self)
        for name, low in _LOWEST.items():
            require(name, getattr(self, name) >= low, f"at least {low}")
        for name, high in _HIGHEST.items():
            require(name, getattr(self, name) <= high, f"at most {high:,}")
        for name in _SHARES:
            require(name, 0 <= getattr(self, name) <= 0.5 or name == "easy_share", "0 to 0.5")
        require("easy_share", 0 <= self.easy_share <= 1, "0 to 1")
        require("n", self.n >= 10 * self.classes, f"at least 10 items a class: {10 * self.classes}")
        check_extent(self.n, self.d, "synthetic")
        most = min(self.n, MOST_NUMBERS // self.n) // self.classes
        require("clusters_per_class", self.clusters_per_class <= most, f"at most {most} with so many items")
        # Copies and their originals stay in the pool, so that many cannot be held out.
        room = self.n - 2 * round(self.duplicate_share * self.n) - 2 * self.classes
        require("test_size", self.classes <= self.test_size <= room, f"{self.classes} to {room}")


def generate(knobs: Knobs) -> Dataset:
    """Draw the task the knobs describe; the same knobs give the same task."""
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(knobs.seed)))
    clean = _class_labels(knobs, rng)
    clusters = knobs.classes * knobs.clusters_per_class
    centres = rng.normal(0.0, knobs.separation / np.sqrt(2 * knobs.d), (clusters, knobs.d))
    cluster = clean + knobs.classes * rng.integers(knobs.clusters_per_class, size=knobs.n)
    spread = np.where(rng.random(knobs.n) < knobs.easy_share, _EASY_SPREAD, 1.0)
    features = centres[cluster] + spread[:, None] * rng.normal(size=(knobs.n, knobs.d))
    _scatter_outliers(features, knobs, rng)
    observed = _flip_at_boundary(features, clean, centres, knobs, rng)
    observed = flip_uniformly(observed, knobs.flip_noise, knobs.classes, rng)
    pool_only = _copy_items(features, observed, clean, knobs, rng)
    return Dataset(features, observed, clean, "tabular", knobs.classes, knobs.test_size, "feature", pool_only)


def _class_labels(knobs: Knobs, rng: np.random.Generator) -> Ints:
    weights = 1.0 / np.arange(1, knobs.classes + 1) ** knobs.imbalance
    # Four items a class is the least that leaves every class in the pool and in the test set, copies or not.
    counts = np.maximum(4, np.floor(weights / weights.sum() * knobs.n)).astype(np.int64)
    counts[0] += knobs.n - counts.sum()
    return rng.permutation(np.repeat(np.arange(knobs.classes), counts))


def _scatter_outliers(features: Floats, knobs: Knobs, rng: np.random.Generator) -> None:
    rows = rng.permutation(knobs.n)[: round(knobs.outlier_share * knobs.n)]
    scale = _OUTLIER_SPREAD * features.std(axis=0)
    features[rows] = features.mean(axis=0) + scale * rng.normal(size=(rows.size, knobs.d))


def _flip_at_boundary(features: Floats, clean: Ints, centres: Floats, knobs: Knobs, rng: np.random.Generator) -> Ints:
    """Flip half of the most ambiguous items, twice `boundary_noise` of all, to the nearest other class."""
    squares = np.stack([((features - centre) ** 2).sum(axis=1) for centre in centres], axis=1)
    by_class = squares.reshape(knobs.n, knobs.clusters_per_class, knobs.classes).min(axis=1)
    own = by_class[np.arange(knobs.n), clean]
    by_class[np.arange(knobs.n), clean] = np.inf
    gap = np.abs(by_class.min(axis=1) - own)
    count = round(knobs.boundary_noise * knobs.n)
    rows = rng.permutation(np.argsort(gap, kind="stable")[: 2 * count])[:count]
    observed = clean.copy()
    observed[rows] = by_class[rows].argmin(axis=1)
    return observed


def _copy_items(features: Floats, observed: Ints, clean: Ints, knobs: Knobs, rng: np.random.Generator) -> Bools:
    """Overwrite items by near-copies of others, in place; give who may therefore not be held out."""
    # Four items of every class are neither copied nor overwritten, so that no class disappears.
    kept = np.concatenate([np.flatnonzero(clean == c)[:4] for c in range(knobs.classes)])
    rows = rng.permutation(np.setdiff1d(np.arange(knobs.n), kept))
    copies, others = np.split(rows, [round(knobs.duplicate_share * rows.size)])
    originals = rng.choice(others, size=copies.size)
    features[copies] = features[originals] + _COPY_JITTER * rng.normal(size=(copies.size, knobs.d))
    observed[copies], clean[copies] = observed[originals], clean[originals]
    pool_only = np.zeros(knobs.n, dtype=np.bool_)
    pool_only[copies] = pool_only[originals] = True
    return pool_only
