"""What a run would do and take, told before it starts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from simulations.datasets import pool_size
from simulations.division import take_shard
from simulations.grid import Grid
from simulations.record import Record
from simulations.store import Store
from simulations.trajectory import Trajectory

_PRODUCTS_PER_SECOND = 4e9
_PASSES_PER_FIT = 20
_SECONDS_PER_ROUND = 2e-4
_ASSUMED_FEATURES = 100
_SLOWNESS = {"linear": 1.0, "ridge": 0.5}
_SLOW = 50.0


@dataclass(frozen=True)
class Estimate:
    """What a run would do.

    Args:
        trajectories: asked for, in this shard.
        stored: those already in the store.
        fits: trainings still to be run, R + 1 for each trajectory that is missing.
        seconds: processor seconds these take, judged by those of the grid that are stored, of the same data set,
            learner and, where there are any, strategy.
        rough: whether some had none to be judged by, so that only the size of the task was counted.
    """

    trajectories: int
    stored: int
    fits: int
    seconds: float
    rough: bool

    @property
    def to_run(self) -> int:
        """Trajectories that are missing."""
        return self.trajectories - self.stored


def estimate(grid: Grid, store: Store, *, shard: str | None = None) -> Estimate:
    """Tell what `run_grid` would do, without doing it."""
    asked = take_shard(grid.trajectories, shard)
    missing, spent = [], defaultdict(list)
    for t in asked:
        found = store.get(t.key)
        if not isinstance(found, Record):
            missing.append(t)
            continue
        for kind in _kinds(t):
            spent[kind].append(found.seconds / (t.rounds + 1))
    rates = {kind: sum(values) / len(values) for kind, values in spent.items()}
    seconds, rough = 0.0, False
    for t in missing:
        rate = next((rates[kind] for kind in _kinds(t) if kind in rates), None)
        seconds += roughly(t) if rate is None else rate * (t.rounds + 1)
        rough = rough or rate is None
    fits = sum(t.rounds + 1 for t in missing)
    return Estimate(len(asked), len(asked) - len(missing), fits, seconds, rough)


def roughly(t: Trajectory) -> float:
    """Guess the processor seconds of a trajectory from its size alone; off by a factor of three either way, or more.

    Each round scores the pool once and goes through the labelled set some twenty times, items × features × classes
    products each time. The rate was measured for linear models on one core of a server; what a strategy adds, which
    for some is several times as much, is left out, and other learners count as fifty linear ones.
    """
    items, classes = pool_size(t.dataset)
    labels = t.initial_size + t.batch_size * t.rounds / 2
    products = (items + _PASSES_PER_FIT * labels) * _features(t) * classes
    one = _SECONDS_PER_ROUND + products / _PRODUCTS_PER_SECOND
    return (t.rounds + 1) * one * _SLOWNESS.get(t.learner.name, _SLOW)


def _features(t: Trajectory) -> int:
    """Give the number of features where the settings say it; loading the data to count them would take too long."""
    found = t.dataset.options.get("d", _ASSUMED_FEATURES)
    return found if isinstance(found, int) else _ASSUMED_FEATURES


def _kinds(t: Trajectory) -> Iterable[tuple[object, ...]]:
    """Give what makes trajectories take alike, the most alike first."""
    return (t.dataset, t.learner, t.batch_size, t.strategy), (t.dataset, t.learner, t.strategy), (t.dataset, t.learner)
