"""The curves of a job while it runs: each finished trajectory is read once and remembered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from planner.dashboard.jobs.choices import grid_of
from simulations.datasets import DATASETS
from simulations.errors import InputError
from simulations.record import Record
from simulations.store import Store
from simulations.table import dataset_label
from simulations.tasks.task import metrics_of
from simulations.trajectory import Trajectory


@dataclass(frozen=True)
class Family:
    """Trajectories whose curves belong into one picture: they differ in strategy and seed alone.

    Attributes:
        name: data set, learner and batch size in words.
        trajectories: what the grid asks for.
    """

    name: str
    trajectories: tuple[Trajectory, ...]

    @property
    def seeds(self) -> int:
        """Replicates asked for."""
        return len({t.seed for t in self.trajectories})

    @property
    def metrics(self) -> tuple[str, ...]:
        """What is measured on this kind of task."""
        return metrics_of(DATASETS[self.trajectories[0].dataset.name].task)


def families_of(toml: str) -> dict[str, Family]:
    """Split a job's grid into families, by name in the order of the file; none where it cannot be read."""
    try:
        return _families(toml)
    except InputError:
        return {}


@lru_cache(maxsize=8)
def _families(toml: str) -> dict[str, Family]:
    found: dict[str, list[Trajectory]] = {}
    for t in grid_of(toml).trajectories:
        found.setdefault(f"{dataset_label(t)}, {t.learner.name}, batches of {t.batch_size:,}", []).append(t)
    return {name: Family(name, tuple(members)) for name, members in found.items()}


def lacking(families: Mapping[str, Family], strategies: Iterable[str]) -> list[str]:
    """List the strategies of a plan, and random, of which a job's grid has no curves."""
    simulated = {t.strategy.name for family in families.values() for t in family.trajectories}
    return [name for name in dict.fromkeys(("random", *strategies)) if name not in simulated]


def curves_so_far(family: Family, store: Path, metric: str) -> pd.DataFrame:
    """Read the curves of a family that are stored by now.

    Args:
        family: what is asked for.
        store: the store's folder.
        metric: one of the family's.

    Returns:
        Columns `strategy, seed, labels, value`; no rows before the first trajectory is stored.
    """
    rows = []
    for t in family.trajectories:
        path = Store(store).path_of(t.key)
        try:
            facts = path.stat()
        except OSError:
            continue
        labels, values = _curve(store, t.key, facts.st_mtime_ns, metric)
        rows += [(t.strategy.name, t.seed, *point) for point in zip(labels, values, strict=True)]
    return pd.DataFrame(rows, columns=["strategy", "seed", "labels", "value"])


@lru_cache(maxsize=50_000)
def _curve(store: Path, key: str, changed: int, metric: str) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Read one trajectory; `changed` is there for the cache's key alone. A file that cannot be used gives no points."""
    record = Store(store).get(key)
    return (record.labels, record.series[metric]) if isinstance(record, Record) else ((), ())
