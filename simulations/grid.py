"""The grid file: which trajectories to run, in TOML.

One `[grid]` table, or several `[[grid]]` tables whose trajectories are put together:

    [grid]
    datasets = ["digits", {name = "synthetic", separation = 4.0}]
    learners = ["linear"]
    strategies = ["random", "margin"]
    batch_sizes = [20]
    initial_size = 20
    rounds = 25
    seeds = 10                      # how many, or a list of them
    initial_set = "one_per_class"   # or "random"
    oracle = "perfect"              # or {name = "flip", rate = 0.05}
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from simulations.datasets import DATASETS, pool_size
from simulations.datasets.pool import INITIAL_SETS
from simulations.errors import SimulationInputError
from simulations.learners import LEARNERS, make_learner
from simulations.names import unknown_name
from simulations.oracle import ORACLES
from simulations.strategies import STRATEGIES
from simulations.trajectory import Part, Scalar, Trajectory

_NEEDED = ("datasets", "strategies", "batch_sizes", "initial_size", "rounds", "seeds")
_DEFAULTS = {"learners": ["linear"], "initial_set": "one_per_class", "oracle": "perfect"}


@dataclass(frozen=True)
class Grid:
    """The trajectories of a grid file, each once, in the order of the file.

    Args:
        trajectories: what is to be run.
        where: the file's name, for messages.
    """

    trajectories: tuple[Trajectory, ...]
    where: str = "grid"

    def __len__(self) -> int:
        return len(self.trajectories)

    @property
    def fits(self) -> int:
        """Trainings in all: R + 1 for each trajectory."""
        return sum(t.rounds + 1 for t in self.trajectories)


def load_grid(path: Path | str) -> Grid:
    """Read a grid file.

    Raises:
        SimulationInputError: the file is missing, is not TOML, has unknown keys or names (the nearest known one is
            offered), or asks for more labels than a pool has.
    """
    path = Path(path)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SimulationInputError(f"{path}: cannot be read ({error.strerror}); give a grid file in TOML") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SimulationInputError(f"{path}: is not valid TOML ({error})") from error
    return parse_grid(tables, where=str(path))


def parse_grid(tables: Mapping[str, Any], *, where: str = "grid") -> Grid:
    """Expand the tables of a grid file; see `load_grid` for the errors."""
    for name in tables:
        if name != "grid":
            raise unknown_name("table", name, ["grid"], where=where)
    blocks = tables.get("grid")
    blocks = blocks if isinstance(blocks, list) else [blocks]
    if not blocks or not all(isinstance(block, dict) for block in blocks):
        raise SimulationInputError(f"{where}: a [grid] table is missing; it holds {', '.join(_NEEDED)}")
    # A trajectory that two tables ask for is run once.
    unique = {t.key: t for block in blocks for t in _expand(block, where)}
    return Grid(tuple(unique.values()), where)


def _expand(block: Mapping[str, Any], where: str) -> list[Trajectory]:
    for key in block:
        if key not in (*_NEEDED, *_DEFAULTS):
            raise unknown_name("key", key, (*_NEEDED, *_DEFAULTS), where=f"{where}, [grid]")
    for key in _NEEDED:
        if key not in block:
            raise SimulationInputError(f"{where}, [grid]: '{key}' is missing; needed: {', '.join(_NEEDED)}")
    block = {**_DEFAULTS, **block}
    datasets = [_dataset(e, where) for e in _entries(block["datasets"], "datasets", where)]
    learners = [_learner(e, where) for e in _entries(block["learners"], "learners", where)]
    strategies = [_strategy(e, where) for e in _entries(block["strategies"], "strategies", where)]
    batch_sizes = [_whole(b, "batch_sizes", 1, where) for b in _entries(block["batch_sizes"], "batch_sizes", where)]
    initial_size = _whole(block["initial_size"], "initial_size", 1, where)
    rounds = _whole(block["rounds"], "rounds", 0, where)
    initial_set = block["initial_set"]
    if initial_set not in INITIAL_SETS:
        raise unknown_name("value", str(initial_set), INITIAL_SETS, where=f"{where}, initial_set")
    oracle = _oracle(block["oracle"], where)
    axes = product(datasets, learners, batch_sizes, _seeds(block["seeds"], where), strategies)
    expanded = [Trajectory(d, m, s, initial_size, b, rounds, initial_set, oracle, seed) for d, m, b, seed, s in axes]
    _check_pools(expanded, where)
    return expanded


def _check_pools(trajectories: Iterable[Trajectory], where: str) -> None:
    needs = {(t.dataset, t.initial_size, t.batch_size, t.rounds, t.initial_set): t for t in trajectories}
    for t in needs.values():
        size, classes = pool_size(t.dataset)
        if t.final_labels > size:
            raise SimulationInputError(
                f"{where}: {t.dataset.name} has a pool of {size} items, and initial_size {t.initial_size} + rounds "
                f"{t.rounds} × batch size {t.batch_size} = {t.final_labels} labels; allowed: at most {size}"
            )
        if t.initial_set == "one_per_class" and t.initial_size < classes:
            raise SimulationInputError(
                f"{where}, initial_size: found {t.initial_size}; allowed: at least {classes}, "
                f"one item of each class of {t.dataset.name}"
            )


def _entries(value: Any, key: str, where: str) -> list[Any]:
    entries = value if isinstance(value, list) else [value]
    if not entries:
        raise SimulationInputError(f"{where}, {key}: the list is empty; at least one entry is needed")
    return entries


def _whole(value: Any, key: str, lowest: int, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
        raise SimulationInputError(f"{where}, {key}: found {value!r}; allowed: a whole number of at least {lowest}")
    return value


def _seeds(value: Any, where: str) -> list[int]:
    if isinstance(value, list):
        return [_whole(seed, "seeds", 0, where) for seed in _entries(value, "seeds", where)]
    return list(range(_whole(value, "seeds", 1, where)))


def _dataset(entry: Any, where: str) -> Part:
    name, given = _named(entry, "datasets", where)
    if name not in DATASETS:
        raise unknown_name("data set", name, DATASETS, where=where)
    return Part.of(name, _settings(name, DATASETS[name].defaults, given, where), DATASETS[name].version)


def _learner(entry: Any, where: str) -> Part:
    name, given = _named(entry, "learners", where)
    if name not in LEARNERS:
        raise unknown_name("learner", name, LEARNERS, where=where)
    part = Part.of(name, _settings(name, LEARNERS[name].defaults, given, where))
    make_learner(part)  # raises on settings out of range, now rather than in the middle of the run
    return part


def _strategy(entry: Any, where: str) -> Part:
    name, given = _named(entry, "strategies", where)
    if name not in STRATEGIES:
        raise unknown_name("strategy", name, STRATEGIES, where=where)
    return Part.of(name, _settings(name, {}, given, where))


def _oracle(entry: Any, where: str) -> Part:
    name, given = _named(entry, "oracle", where)
    if name not in ORACLES:
        raise unknown_name("oracle", name, ORACLES, where=where)
    settings = _settings(name, ORACLES[name], given, where)
    if not 0 <= float(settings.get("rate", 0)) <= 1:
        raise SimulationInputError(f"{where}, oracle {name}, rate: found {settings['rate']}; allowed: 0 to 1")
    return Part.of(name, settings)


def _named(entry: Any, key: str, where: str) -> tuple[str, dict[str, Any]]:
    """Read `"name"` or `{name = "…", setting = …}`."""
    if isinstance(entry, str):
        return entry, {}
    if isinstance(entry, dict) and isinstance(entry.get("name"), str):
        return entry["name"], {k: v for k, v in entry.items() if k != "name"}
    raise SimulationInputError(f'{where}, {key}: found {entry!r}; allowed: a name or {{name = "…", setting = …}}')


def _settings(name: str, defaults: Mapping[str, Scalar], given: Mapping[str, Any], where: str) -> Mapping[str, Scalar]:
    """Lay the settings given over the defaults, each of its default's type."""
    complete = dict(defaults)
    for key, value in given.items():
        if key not in defaults:
            raise unknown_name("setting", key, defaults or ["none"], where=f"{where}, {name}")
        complete[key] = _typed(value, defaults[key], f"{where}, {name}, {key}")
    return complete


def _typed(value: Any, default: Scalar, where: str) -> Scalar:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(default, float) and (whole or isinstance(value, float)) and abs(value) < float("inf"):
        return float(value)
    if isinstance(default, int) and whole:
        return int(value)
    allowed = "a number" if isinstance(default, float) else "a whole number"
    raise SimulationInputError(f"{where}: found {value!r}; allowed: {allowed}")
