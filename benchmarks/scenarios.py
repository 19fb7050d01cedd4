"""Pool, stream and made-up queries side by side: the tables of docs/method/scenarios.md.

Prints, for streams, what labels are worth beside as many of a pool, and for queries that are made up the
error against the number of labels; means over seeds with 80% intervals of the mean (Student's t).
Run: python benchmarks/scenarios.py [--seeds 10]
"""

import argparse
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.stats import t as student

from simulations.datasets import DATASETS, pool_size
from simulations.engine import run_lanes
from simulations.grid import parse_grid
from simulations.queries import QUERY_STRATEGIES
from simulations.record import Record
from simulations.stream import STREAM_STRATEGIES
from simulations.trajectory import Part

SETS = {"digits": (0.05, 0.1, 0.2), "satimage": (0.02, 0.05, 0.1)}
INITIAL, BATCH = 20, 20


def interval(values: Iterable[float]) -> str:
    """Give the mean in percent and the half width of its 80% interval."""
    found = 100 * np.array(list(values))
    half = student.ppf(0.9, found.size - 1) * found.std(ddof=1) / np.sqrt(found.size)
    return f"{found.mean():.2f} ± {half:.2f}"


def play(
    dataset: str | Mapping[str, object], rounds: int, seeds: int, strategies: Sequence[str], **more: object
) -> dict[str, list[Record]]:
    """Simulate strategies on a data set; give the records of each, one a seed."""
    grid = {"datasets": [dataset], "strategies": list(strategies), "batch_sizes": [BATCH], "initial_size": INITIAL}
    lanes = parse_grid({"grid": {**grid, "rounds": rounds, "seeds": seeds, **more}}).trajectories
    records = run_lanes(lanes)
    return {strategy: [r for r in records if r.trajectory.strategy.name == strategy] for strategy in strategies}


def streams(name: str, share: float, seeds: int) -> None:
    """Compare a stream with a pool at the last label count that every stream gets to."""
    size, _ = pool_size(Part.of(name, DATASETS[name].defaults))
    most = (size - INITIAL) // BATCH
    found = play(name, most, seeds, STREAM_STRATEGIES, scenario="stream", stream_share=share)
    rounds = min(len(record.labels) for records in found.values() for record in records) - 1
    rows = [("stream", found), ("pool", play(name, rounds, seeds, ("random", "margin")))]
    for scenario, by_strategy in rows:
        for strategy, records in by_strategy.items():
            cells = "|"
            if scenario == "stream":
                cells = f"{share:.0%} | {np.mean([record.spent['items_seen'][rounds] for record in records]):,.0f}"
            accuracy = interval(record.series["accuracy"][rounds] for record in records)
            labels = INITIAL + rounds * BATCH
            print(f"| {name} | {labels} | {scenario}, {strategy} | {cells} | {accuracy} |", flush=True)


def queries(features: int, seeds: int) -> None:
    """Compare queries that are made up with a pool of 1,000 items, at 50 to 300 labels."""
    dataset = {"name": "synthetic-halfspace", "d": features, "n": 21_000, "test_size": 20_000}
    more = {"learners": [{"name": "linear", "l2": 0.01}], "batch_sizes": [10], "initial_size": 10}
    for scenario in ("pool", "queries"):
        for strategy, records in play(dataset, 29, seeds, QUERY_STRATEGIES, scenario=scenario, **more).items():
            cells = [interval(1 - record.series["accuracy"][r] for record in records) for r in (4, 9, 19, 29)]
            print(f"| {features} | {scenario}, {strategy} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    seeds = parser.parse_args().seeds
    print("| data set | labels | who chooses | share | items passed | accuracy, % |\n|---|---:|---|---:|---:|---:|")
    for name, shares in SETS.items():
        for share in shares:
            streams(name, share, seeds)
    print("\n| features | who chooses | error at 50, % | 100 | 200 | 300 |\n|---:|---|---:|---:|---:|---:|")
    for features in (5, 20):
        queries(features, seeds)


if __name__ == "__main__":
    main()
