"""What a campaign measures at each look, in every draw: all that does not depend on prices, targets or rules.

Notation:
    D   draws            n0, b    initial labels, batch size, (D,) or (1,)
    k   looks; the rule looks after the initial set and after every batch, or every few where there are many
    n   (D, k)  labels in hand at each look            truth, seen   (D, k)  value in hand, and as measured
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from planner.arrays import Bools, Floats
from planner.curves import TaskCurves
from planner.plan import Draws, items_to_label, paths
from planner.randomness import keyed_rng

MOST_LOOKS = 300
SHARED = 0.5  # of the test set's error variance, common to all looks, as forecasts take it (planner.curves.anchors)
PERSISTENCE = 0.75  # of the rest, from one batch to the next: neighbouring models err on the same items
"""Together looks one, two, five and ten batches apart correlate by 0.88, 0.78, 0.62 and 0.53; simulated ones by
0.77-0.95, 0.70-0.93, 0.58-0.90 and 0.43-0.86 (benchmarks/bench_looks.py)."""

DESIGN = (paths.POOL_SIZE, paths.TEST_LABELS, paths.INITIAL_LABELS, paths.BATCH_SIZE)
"""Inputs that say when a campaign looks, and at how many items."""

_KEPT = 2  # errors of test sets kept: settings of one plan mostly share them, and they are large


@dataclass(frozen=True, eq=False)
class Looks:
    """One plan's campaign in all draws at once.

    Attributes:
        curves: joint draws of every plan's curve.
        values: draws of every numeric input, of which those of `DESIGN` are read.
        strategy: `random` or a strategy.
        worth: clean labels that a delivered one counts for, (D,) or (1,).
        shared: share of the test set's error that all looks have in common.
        seed: of the test set's error.
    """

    curves: TaskCurves
    values: Draws
    strategy: str
    worth: Floats
    shared: float = SHARED
    seed: int = 0

    @cached_property
    def cap(self) -> Floats:
        """The most labels there are to buy, (D,) or (1,)."""
        return np.maximum(items_to_label(self.values), self._first)

    @property
    def _first(self) -> Floats:
        return self.values[paths.INITIAL_LABELS]

    @property
    def items(self) -> Floats:
        """Test items, (D,) or (1,)."""
        return self.values[paths.TEST_LABELS]

    @cached_property
    def every(self) -> int:
        """Batches between two looks."""
        rounds = np.max(np.ceil((self.cap - self._first) / self.values[paths.BATCH_SIZE]))
        return max(1, int(np.ceil(rounds / (MOST_LOOKS - 1))))

    @cached_property
    def n(self) -> Floats:
        """Labels at each look, (D, k); the last is all there are."""
        step = self.every * self.values[paths.BATCH_SIZE]
        looks = int(np.max(np.ceil((self.cap - self._first) / step))) + 1
        n = self._first[:, None] + step[:, None] * np.arange(looks)
        full = np.minimum(n, self.cap[:, None])
        return np.array(np.broadcast_to(full, (self.curves.n_draws, looks)))

    @cached_property
    def truth(self) -> Floats:
        """Value in hand at each look, (D, k)."""
        x, y = self.curves.log_labels, self.curves.best
        at = self.curves.strategies.index(self.strategy)
        looked = np.log(np.maximum(self.n * np.atleast_1d(self.worth)[:, None], 1.0))
        # A draw at a time: looks are many, and each draw has its own axis.
        return np.stack([np.interp(n, *path) for n, *path in zip(looked, x[at], y[at], strict=True)])

    @cached_property
    def seen(self) -> Floats:
        """Value as measured at each look, (D, k)."""
        noise = _test_errors(self.seed, self.strategy, *self.n.shape, self.every, self.shared)
        return np.clip(self.truth + noise * self._test_sd, 0.0, 1.0)

    @cached_property
    def _test_sd(self) -> Floats:
        """Sd of the test set's error at each look, (D, k); 0 where nothing is measured."""
        items = self.items[:, None]
        return np.sqrt(self.truth * (1.0 - self.truth) / np.maximum(items, 1.0)) * (items > 0)

    @cached_property
    def next_gain(self) -> Floats:
        """What each look but the last lets expect of the next, (D, k − 1)."""
        gains, seen = np.diff(self.truth, axis=1), self.seen
        found = [expected(gains[:, k], seen[:, : k + 1]) for k in range(gains.shape[1])]
        return np.stack(found, axis=1) if found else gains

    def p_reached(self, target: float) -> Floats:
        """Give the chance, at each look but the last, that the target is reached already, (D, k − 1)."""
        if target not in self._chances:
            there, seen = self.truth >= target, self.seen
            found = [chance(there[:, k], seen[:, k]) for k in range(there.shape[1] - 1)]
            self._chances[target] = np.stack(found, axis=1) if found else np.zeros((len(there), 0))
        return self._chances[target]

    @cached_property
    def _chances(self) -> dict[float, Floats]:
        """What `p_reached` found, so that settings of prices share it."""
        return {}

    def value_at(self, n: Floats) -> Floats:
        """Read each draw's curve at its own label count, (D,)."""
        return self.curves.value_of(self.strategy, np.maximum(n * self.worth, 1.0))


@lru_cache(maxsize=_KEPT)
def _test_errors(seed: int, name: str, draws: int, looks: int, every: int, shared: float) -> Floats:
    """Draw the test set's error at each look, in units of its sd, (D, k)."""
    rng = keyed_rng(seed, "stopping", name)
    common, own = rng.standard_normal(draws), persistent(rng.standard_normal((draws, looks)), PERSISTENCE**every)
    noise = np.sqrt(shared) * common[:, None] + np.sqrt(1.0 - shared) * own
    noise.setflags(write=False)
    return np.asarray(noise)


def persistent(fresh: Floats, persistence: float) -> Floats:
    """Turn standard normals (D, k) into series that keep a share of themselves from look to look, variance 1."""
    series = np.ascontiguousarray(fresh.T)  # look by look in memory
    for k in range(1, len(series)):
        series[k] = persistence * series[k - 1] + np.sqrt(1.0 - persistence**2) * series[k]
    return np.ascontiguousarray(series.T)


def expected(outcome: Floats, seen: Floats) -> Floats:
    """Give the mean of an outcome (D,) given what was measured (D, k): least squares on the last value and its rise."""
    last = seen[:, -1]
    rises = [last - seen[:, -1 - back] for back in (1, 3) if seen.shape[1] > back]
    terms = [last, *rises]
    design = np.stack([np.ones_like(last), *terms, *(term**2 for term in terms)], axis=1)
    found: Floats = design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    return np.maximum(found, 0.0)


def chance(event: Bools, seen: Floats) -> Floats:
    """Give the chance of an event (D,) given the last measured value (D,), which it can only rise with (isotonic)."""
    from scipy.optimize import isotonic_regression

    _, place, counts = np.unique(seen, return_inverse=True, return_counts=True)
    share = np.bincount(place, weights=event.astype(float)) / counts
    return np.asarray(isotonic_regression(share, weights=counts.astype(float)).x[place])
