"""What a grid asks for that often disappoints, told before it runs and with its results."""

from collections.abc import Iterable
from dataclasses import dataclass

from simulations.datasets import DATASETS, pool_size
from simulations.strategies import STRATEGIES
from simulations.tasks.task import CLASSIFICATION
from simulations.trajectory import Trajectory

FEW_PER_CLASS = 10.0
"""Labels a class below which entropy lay below random on every recorded data set (benchmarks/low_budget.py)."""

FIRST_BATCHES = 3

_UNSURE = ("uncertainty", "cost-aware")


@dataclass(frozen=True)
class LowBudget:
    """A schedule that starts on few labels, with strategies that ask where the model is least sure.

    Attributes:
        dataset: the data set, as messages call it.
        classes: number of its classes.
        per_class: labels a class after the first batches, fewer than `FEW_PER_CLASS`.
        strategies: of the grid, those that ask so.
    """

    dataset: str
    classes: int
    per_class: float
    strategies: tuple[str, ...]


def low_budgets(trajectories: Iterable[Trajectory]) -> tuple[LowBudget, ...]:
    """Find the data sets of which models must tell where they are least sure before they know much.

    That is, with fewer than `FEW_PER_CLASS` labels a class after the first `FIRST_BATCHES` batches, or all of them
    where there are fewer; of schedules the one with fewest labels is told.

    Args:
        trajectories: of a grid.
    """
    found: dict[str, LowBudget] = {}
    schedules = {(t.dataset, t.strategy, t.initial_size, t.batch_size, t.rounds): t for t in trajectories if t.rounds}
    for t in schedules.values():
        strategy = STRATEGIES.get(t.strategy.name)  # an unknown one fails when it runs, and what it did is told then
        if strategy is None or strategy.family not in _UNSURE or DATASETS[t.dataset.name].task != CLASSIFICATION:
            continue
        called, classes = DATASETS[t.dataset.name].titled(t.dataset.options), pool_size(t.dataset)[1]
        labels = t.initial_size + min(t.rounds, FIRST_BATCHES) * t.batch_size
        per_class = labels / classes
        if per_class >= FEW_PER_CLASS:
            continue
        before = found.get(called, LowBudget(called, classes, per_class, ()))
        names = tuple(dict.fromkeys((*before.strategies, t.strategy.name)))
        found[called] = LowBudget(called, classes, min(before.per_class, per_class), names)
    return tuple(found.values())
