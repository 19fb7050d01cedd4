"""Pool, stream and made-up queries side by side: the tables of docs/method/scenarios.md.

Prints, for streams, what labels are worth beside as many of a pool, and for membership query synthesis
the error against the number of queries; means over seeds with 80% intervals of the mean (Student's t).
Run: python benchmarks/scenarios.py [--seeds 10]
"""

import argparse
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.stats import t as student

from research.scenarios import Halfspace, run_synthesis
from simulations.datasets import DATASETS, pool_size
from simulations.engine import run_lanes
from simulations.grid import parse_grid
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


def play(name: str, rounds: int, seeds: int, strategies: Sequence[str], **more: object) -> dict[str, list[Record]]:
    """Simulate strategies on a data set; give the records of each, one a seed."""
    grid = {"datasets": [name], "strategies": list(strategies), "batch_sizes": [BATCH], "initial_size": INITIAL}
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


def synthesis(features: int, seeds: Sequence[int]) -> None:
    for kind in ("random", "margin", "synthesis"):
        runs = [
            run_synthesis(Halfspace(features), kind, initial=10, batch=10, rounds=29, pool=1000, seed=s) for s in seeds
        ]
        cells = [interval(1 - run[r].accuracy for run in runs) for r in (4, 9, 19, 29)]
        print(f"| {features} | {kind} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    seeds = parser.parse_args().seeds
    print("| data set | labels | who chooses | share | items passed | accuracy, % |\n|---|---:|---|---:|---:|---:|")
    for name, shares in SETS.items():
        for share in shares:
            streams(name, share, seeds)
    print("\n| features | queries | error at 50, % | 100 | 200 | 300 |\n|---:|---|---:|---:|---:|---:|")
    for features in (5, 20):
        synthesis(features, range(seeds))


if __name__ == "__main__":
    main()
