"""A grid made of choices on a page: its text, its estimate, and its curves while it runs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd
import tomlkit

from planner.app.uploads import OwnData
from simulations.datasets import DATASETS
from simulations.datasets.dataset import KINDS
from simulations.errors import InputError
from simulations.files import parse_toml
from simulations.grid import Grid, parse_grid
from simulations.learners import LEARNERS
from simulations.record import Record
from simulations.run import processors
from simulations.store import Store, dataset_label
from simulations.strategies import STRATEGIES
from simulations.tasks.task import metrics_of
from simulations.trajectory import Trajectory
from simulations.work_estimate import WorkEstimate, estimate

DATA_KINDS = KINDS
"""What features can be made from."""

_COMMENT = "Made by labelplan's dashboard; run it with: labelplan simulate GRID.toml --store DIR"


def dataset_names() -> tuple[str, ...]:
    """Name the data sets that need no file: a person's own are uploaded."""
    return tuple(name for name, entry in DATASETS.usable().items() if entry.resolve is None)


def learner_names() -> tuple[str, ...]:
    """Name the learners that are whole without a setting: any other estimator of scikit-learn must be named."""
    return tuple(name for name, entry in LEARNERS.usable().items() if entry.defaults.get("of") != "")


def strategy_names() -> tuple[str, ...]:
    """Name the strategies."""
    return tuple(STRATEGIES.usable())


@dataclass(frozen=True)
class Choices:
    """What to simulate: registered names, the user's own data, and the text typed for whole numbers.

    Several batch sizes have commas between; `seeds` are how many, or a list of them.
    """

    datasets: Sequence[str]
    own: Sequence[OwnData]
    learners: Sequence[str]
    strategies: Sequence[str]
    batch_sizes: str
    initial_size: str
    rounds: str
    seeds: str

    def toml(self) -> str:
        """Write the grid file."""
        seeds = _numbers(self.seeds)
        grid = {
            "datasets": [*self.datasets, *({"name": "file", **own.settings} for own in self.own)],
            "learners": [*self.learners],
            "strategies": [*self.strategies],
            "batch_sizes": _numbers(self.batch_sizes),
            "initial_size": _number(self.initial_size),
            "rounds": _number(self.rounds),
            "seeds": seeds if len(seeds) > 1 else _number(self.seeds),
        }
        return f"# {_COMMENT}\n\n{tomlkit.dumps({'grid': grid})}"


def grid_of(toml: str) -> Grid:
    """Expand the text of a grid file; what the simulator says against it is an InputError."""
    return parse_grid(parse_toml(toml, "The choices"), where="The choices")


def _numbers(text: str) -> list[int | str]:
    return [_number(part) for part in text.split(",") if part.strip()]


def _number(text: str) -> int | str:
    """Read a whole number; anything else is left to the simulator, which says what is allowed."""
    try:
        return int(text.strip())
    except ValueError:
        return text.strip()


def preview(toml: str, store: Path | str) -> tuple[WorkEstimate, int]:
    """Say what running the text of a grid file into a store would take, and in how many processes at once.

    Raises:
        InputError: what the simulator says against it.
    """
    found = estimate(grid_of(toml), Store(store))
    return found, max(1, min(processors(), found.to_run))


Family = list[Trajectory]
"""Trajectories whose curves belong into one picture, since they differ in strategy and seed alone."""


@lru_cache(maxsize=8)
def families_of(toml: str) -> dict[str, Family]:
    """Split a job's grid into families, by name in the order of the file; none where it cannot be read."""
    found: dict[str, Family] = defaultdict(list)
    with suppress(InputError):
        for t in grid_of(toml).trajectories:
            found[f"{dataset_label(t)}, {t.learner.name}, batches of {t.batch_size:,}"].append(t)
    return dict(found)


def metrics(family: Family) -> tuple[str, ...]:
    """Name what is measured on this kind of task."""
    return metrics_of(DATASETS[family[0].dataset.name].task)


def lacking(families: Mapping[str, Family], strategies: Iterable[str]) -> list[str]:
    """List the strategies of a plan, and random, of which a job's grid has no curves."""
    simulated = {t.strategy.name for family in families.values() for t in family}
    return [name for name in dict.fromkeys(("random", *strategies)) if name not in simulated]


def curves_so_far(family: Family, store: Path, metric: str) -> pd.DataFrame:
    """Read the curves of a family that are stored by now.

    Returns:
        Columns `strategy, seed, labels, value`; no rows before the first trajectory is stored.
    """
    rows = []
    for t in family:
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
