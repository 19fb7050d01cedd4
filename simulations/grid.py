"""The grid file: which trajectories to run, in TOML.

One `[grid]` table, or several `[[grid]]` tables whose trajectories are put together:

    [grid]
    datasets = ["digits", {name = "synthetic", separation = 4.0}]
    learners = ["linear"]
    choosers = ["forest"]           # whose models strategies read, beside every learner; its own where this is left out
    strategies = ["random", "margin"]
    batch_sizes = [20]
    initial_size = 20
    rounds = 25
    seeds = 10                      # how many, or a list of them
    initial_set = "one_per_class"   # or another of `simulations.datasets.pool.INITIAL_SETS`
    oracle = "perfect"              # or {name = "flip", rate = 0.05}, or a list of them
    scenario = "pool"               # or "stream": items pass by once, and each is labelled at once or never
                                    # or "queries": items are made up, and the data set's rule answers them
    stream_share = 0.1              # of a stream: labels per item that may be bought
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

from simulations.compatibility import check_fits, check_served, check_strategy
from simulations.config_values import fill_settings, quote_value, read_count, read_list, read_name
from simulations.datasets import DATASETS, pool_size
from simulations.datasets.pool import INITIAL_SETS
from simulations.errors import InputError, unknown_name
from simulations.files import parse_toml, read_toml_text
from simulations.learners import LEARNERS, make_learner
from simulations.oracles.registry import make_oracle
from simulations.strategies import STRATEGIES
from simulations.tasks.task import usual_initial_set
from simulations.trajectory import SCENARIOS, Part, Scalar, Trajectory

_NEEDED = ("datasets", "strategies", "batch_sizes", "initial_size", "rounds", "seeds")
_T = TypeVar("_T")

MOST_TRAJECTORIES = 100_000
"""What one grid may ask for: about half a gigabyte of store, and a second or two to expand."""

_DEFAULTS = {
    "learners": ["linear"],
    "initial_set": "",
    "oracle": "perfect",
    "choosers": None,
    "scenario": "pool",
    "stream_share": None,
}
"""What a grid need not say.

The initial set is then `one_per_class`, or random where answers are no classes, and learners choose for themselves.
"""


@dataclass(frozen=True)
class Grid:
    """The trajectories of a grid file, each once, in the order of the file."""

    trajectories: tuple[Trajectory, ...]

    def __len__(self) -> int:
        return len(self.trajectories)


def trainings(t: Trajectory) -> int:
    """Count the trainings of a trajectory: R + 1, and R of another model where it is read to choose."""
    chooses = t.chooser is not None and STRATEGIES[t.strategy.name].reads_model
    return t.rounds + 1 + t.rounds * chooses


def load_grid(path: Path | str) -> Grid:
    """Read a grid file.

    Raises:
        InputError: the file cannot be read, has unknown keys or names, or asks for more labels than a pool has.
    """
    path = Path(path)
    try:
        text = read_toml_text(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a grid file in TOML") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a text file in UTF-8, so it cannot be a grid") from error
    return parse_grid(parse_toml(text, str(path)), where=str(path), folder=path.parent)


def parse_grid(tables: Mapping[str, Any], *, where: str = "grid", folder: Path | None = None) -> Grid:
    """Expand the tables of a grid file; see `load_grid` for the errors.

    The file's name stands in messages; relative paths start in its folder, or in the working folder when it is None.
    """
    for name in tables:
        if name != "grid":
            raise unknown_name("table", name, ["grid"], where=where)
    blocks = tables.get("grid")
    blocks = blocks if isinstance(blocks, list) else [blocks]
    if not blocks or not all(isinstance(block, dict) for block in blocks):
        raise InputError(f"{where}: a [grid] table is missing; it holds {', '.join(_NEEDED)}")
    # A trajectory that two tables ask for is run once.
    unique: dict[str, Trajectory] = {}
    for block in blocks:
        unique.update({t.key: t for t in _expand_block(block, where, folder or Path())})
        _check_count(len(unique), where)
    return Grid(tuple(unique.values()))


def _expand_block(block: Mapping[str, Any], where: str, folder: Path) -> list[Trajectory]:
    for key in block:
        if key not in (*_NEEDED, *_DEFAULTS):
            raise unknown_name("key", key, (*_NEEDED, *_DEFAULTS), where=f"{where}, [grid]")
    for key in _NEEDED:
        if key not in block:
            raise InputError(f"{where}, [grid]: '{key}' is missing; needed: {', '.join(_NEEDED)}")
    block = {**_DEFAULTS, **block}

    def parts(key: str, read: Callable[[Any], _T]) -> Sequence[_T]:
        return _refuse_repeats([read(entry) for entry in read_list(block[key], key, where)], key, where)

    datasets = parts("datasets", lambda entry: _read_dataset(entry, where, folder))
    learners = parts("learners", lambda entry: _read_learner(entry, "learners", where))
    choosers: Sequence[Part | None] = [None]
    if block["choosers"] is not None:  # which TOML cannot say
        choosers = parts("choosers", lambda entry: _read_learner(entry, "choosers", where))
    strategies = parts("strategies", lambda entry: _read_strategy(entry, where))
    batch_sizes = parts("batch_sizes", lambda entry: read_count(entry, "batch_sizes", 1, where))
    seeds: Sequence[int]
    if isinstance(block["seeds"], list):
        seeds = parts("seeds", lambda entry: read_count(entry, "seeds", 0, where))
    else:
        seeds = range(read_count(block["seeds"], "seeds", 1, where))
    initial_size = read_count(block["initial_size"], "initial_size", 1, where)
    rounds = read_count(block["rounds"], "rounds", 0, where)
    initial_set = block["initial_set"]
    if initial_set and initial_set not in INITIAL_SETS:
        raise unknown_name("value", quote_value(initial_set).strip("'"), INITIAL_SETS, where=f"{where}, initial_set")
    oracles = parts("oracle", lambda entry: make_oracle(*read_name(entry, "oracle", where), where))
    share = _read_stream_share(block["scenario"], block["stream_share"], where)
    queries = True if block["scenario"] == "queries" else None
    usual = {d: usual_initial_set(DATASETS[d.name].task) for d in datasets}
    axes = (oracles, datasets, learners, choosers, batch_sizes, seeds, strategies)
    _check_count(math.prod(map(len, axes)), where)
    expanded = [
        Trajectory(d, m, s, initial_size, b, rounds, initial_set or usual[d], oracle, seed, chooser, share, queries)
        for oracle, d, m, chooser, b, seed, s in product(*axes)
    ]
    for t in {(t.dataset, t.learner, t.chooser): t for t in expanded}.values():
        check_fits(t, where)
    _check_pools(expanded, where)
    for chooser, strategy in {(t.chosen_by, t.strategy): None for t in expanded}:
        check_served(chooser, strategy, where)
    for t in {(t.dataset, t.strategy, t.oracle): t for t in expanded}.values():
        check_strategy(t, where)
    return expanded


def _check_count(trajectories: int, where: str) -> None:
    if trajectories > MOST_TRAJECTORIES:
        raise InputError(
            f"{where}: asks for {trajectories:,} trajectories; allowed: at most {MOST_TRAJECTORIES:,} in one file"
        )


def _check_pools(trajectories: Iterable[Trajectory], where: str) -> None:
    needs = {(t.dataset, t.strategy, t.batch_size): t for t in trajectories}
    for t in needs.values():
        with DATASETS.calling(t.dataset.name):
            size, classes = pool_size(t.dataset)
        called = DATASETS[t.dataset.name].titled(t.dataset.options)
        if t.final_labels > size:
            raise InputError(
                f"{where}: {called} has a pool of {size} items, and initial_size {t.initial_size} + rounds "
                f"{t.rounds} × batch size {t.batch_size} = {t.final_labels} labels; allowed: at most {size}"
            )
        if t.initial_set == "one_per_class" and t.initial_size < classes:
            raise InputError(
                f"{where}, initial_size: found {t.initial_size}; allowed: at least {classes}, "
                f"one item of each class of {called}"
            )
        most = STRATEGIES[t.strategy.name].most_items
        if most is not None and size > most:
            raise InputError(
                f"{where}: strategy {t.strategy.name} handles pools of at most {most} items; {called} has {size}"
            )


def _read_stream_share(scenario: Any, share: Any, where: str) -> float | None:
    """Read the labels per item of a stream; None in another scenario."""
    if scenario not in SCENARIOS:
        raise unknown_name("value", quote_value(scenario).strip("'"), SCENARIOS, where=f"{where}, scenario")
    if scenario != "stream":
        if share is None:
            return None
        found = f'found {quote_value(share)}; allowed: none beside scenario "{scenario}"'
        raise InputError(f"{where}, stream_share: {found}")
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        found = "none" if share is None else quote_value(share)
        raise InputError(f"{where}, stream_share: found {found}; allowed: labels per item, above 0 and at most 1")
    return float(share)


def _read_dataset(entry: Any, where: str, folder: Path) -> Part:
    name, given = read_name(entry, "datasets", where)
    dataset = DATASETS.read(name, where)
    complete: Mapping[str, Scalar] = fill_settings(name, dataset.defaults, given, where)
    if dataset.resolve is not None:
        with DATASETS.calling(name):
            complete = dataset.resolve(complete, folder)
    return Part.of(name, complete, DATASETS.version_of(name))


def _read_learner(entry: Any, key: str, where: str) -> Part:
    name, given = read_name(entry, key, where)
    learner = LEARNERS.read(name, where)
    complete = fill_settings(name, {**learner.defaults, **learner.further}, given, where)
    content = {key: value for key, value in complete.items() if learner.further.get(key) != value}
    part = Part.of(name, content, LEARNERS.version_of(name))
    with LEARNERS.calling(name):
        make_learner(part)  # raises on settings out of range, now rather than in the middle of the run
    return part


def _read_strategy(entry: Any, where: str) -> Part:
    name, given = read_name(entry, "strategies", where)
    STRATEGIES.read(name, where)
    return Part.of(name, fill_settings(name, {}, given, where), STRATEGIES.version_of(name))


def _refuse_repeats(given: Sequence[_T], key: str, where: str) -> Sequence[_T]:
    """Refuse an entry given twice, which is more likely a slip than a wish."""
    for entry, count in Counter(given).items():
        if count > 1:
            what = entry.name if isinstance(entry, Part) else entry
            raise InputError(f"{where}, {key}: found {what} {count} times; allowed: each once")
    return given


def take_shard(trajectories: Sequence[Trajectory], shard: str | None) -> list[Trajectory]:
    """Give the trajectories of one shard i/n, 1 ≤ i ≤ n (else an InputError), by rank of their keys, alike anywhere."""
    if shard is None:
        return list(trajectories)
    found = re.fullmatch(r"([0-9]{1,15})/([0-9]{1,15})", shard)
    number, count = map(int, found.groups()) if found else (0, 0)
    if not 1 <= number <= count:
        raise InputError(f"shard: found {quote_value(shard)}; allowed: i/n with i from 1 to n, such as 3/20")
    ranked = sorted(t.key for t in trajectories)
    mine = set(ranked[number - 1 :: count])
    return [t for t in trajectories if t.key in mine]
