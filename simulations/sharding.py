"""Work divided into shards over machines, and into lockstep tasks over processes."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from simulations.config_values import quote_value
from simulations.datasets import pool_size
from simulations.engine import lockstep_key
from simulations.errors import InputError
from simulations.trajectory import Trajectory

_MOST_LANES = 20
_MOST_SCORES = 20_000_000
_TASKS_PER_PROCESS = 3


def take_shard(trajectories: Sequence[Trajectory], shard: str | None) -> list[Trajectory]:
    """Give the trajectories of one shard, by rank of their keys, so that every machine divides alike.

    Raises:
        InputError: the shard is not of the form i/n with 1 ≤ i ≤ n.
    """
    if shard is None:
        return list(trajectories)
    found = re.fullmatch(r"([0-9]{1,15})/([0-9]{1,15})", shard)
    number, count = map(int, found.groups()) if found else (0, 0)
    if not 1 <= number <= count:
        raise InputError(f"shard: found {quote_value(shard)}; allowed: i/n with i from 1 to n, such as 3/20")
    ranked = sorted(t.key for t in trajectories)
    mine = set(ranked[number - 1 :: count])
    return [t for t in trajectories if t.key in mine]


def into_tasks(missing: Iterable[Trajectory], processes: int) -> list[list[Trajectory]]:
    """Group trajectories into lockstep tasks, replicates of one seed together since they share a pool."""
    groups: dict[object, list[Trajectory]] = defaultdict(list)
    for t in missing:
        groups[lockstep_key(t)].append(t)
    lanes = sum(map(len, groups.values()))
    fair = max(1, -(-lanes // (processes * _TASKS_PER_PROCESS)))
    tasks = []
    for group in groups.values():
        size, classes = pool_size(group[0].dataset)
        width = min(_MOST_LANES, fair, max(1, _MOST_SCORES // (size * classes)))
        ordered = sorted(group, key=lambda t: t.seed)
        tasks += [ordered[at : at + width] for at in range(0, len(ordered), width)]
    return tasks
