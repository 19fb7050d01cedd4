"""How near `labelplan simulate --dry-run` comes to the processor time that a grid then takes.

Each grid is estimated with an empty store, which knows nothing of this machine, and again once a tenth of it is stored;
then it runs to its end. Prints the time taken ÷ the time told, and whether each lies within a factor of two.
Run: make bench, or python benchmarks/bench_estimates.py
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from simulations.engine import run_lanes
from simulations.grid import Grid, parse_grid
from simulations.run import into_tasks
from simulations.store import Store
from simulations.work_estimate import estimate

ROOT = Path(__file__).resolve().parent.parent
FACTOR = 2.0
OWN = {
    "name": "file",
    "path": str(ROOT / "examples" / "own-data.csv"),
    "label": "state",
    "drop": "machine",
    "one_hot": True,
}

GRIDS = {
    "digits, linear": {"datasets": ["digits"], "strategies": ["random", "margin", "coreset"], "rounds": 25},
    "own table, linear": {"datasets": [OWN], "strategies": ["random", "entropy"], "rounds": 20},
    "letter, linear": {"datasets": ["letter"], "strategies": ["random", "margin"], "rounds": 20, "size": 60},
    "digits, forest": {"datasets": ["digits"], "learners": ["forest"], "strategies": ["random", "margin"], "rounds": 8},
    "digits, mlp": {"datasets": ["digits"], "learners": ["mlp"], "strategies": ["random", "badge"], "rounds": 8},
    "synthetic, boosting": {"datasets": ["synthetic"], "learners": ["boosting"], "strategies": ["random"], "rounds": 6},
}


def grid_of(block: dict[str, object], seeds: int) -> Grid:
    size = block.get("size", 20)
    rest = {key: value for key, value in block.items() if key != "size"}
    return parse_grid({"grid": {**rest, "batch_sizes": [size], "initial_size": size, "seeds": seeds}}, where="bench")


def processor_seconds(grid: Grid, store: Store) -> float:
    began = time.process_time()
    for task in into_tasks(store.missing(grid.trajectories), 1):
        for record in run_lanes(task):
            store.put(record)
    return time.process_time() - began


def main() -> int:
    results = {}
    with tempfile.TemporaryDirectory() as folder:  # compiles and loads what every first run does
        for block in GRIDS.values():
            processor_seconds(grid_of({**block, "rounds": 1}, 1), Store(Path(folder)))
    for name, block in GRIDS.items():
        with tempfile.TemporaryDirectory() as folder:
            store = Store(Path(folder))
            few, whole = grid_of(block, 1), grid_of(block, 10)
            empty = estimate(whole, store)
            processor_seconds(few, store)
            informed = estimate(whole, store)
            taken = processor_seconds(whole, store)
            told = empty.seconds * informed.to_run / empty.to_run
            ratios = {"empty store": taken / told, "some stored": taken / informed.seconds}
        results[name] = ratios
        told = ", ".join(f"{how}: {ratio:.2f} times the estimate{_far(ratio)}" for how, ratio in ratios.items())
        print(f"{name:22s} took {taken:6.1f} s of a processor; {told}", flush=True)
    print(json.dumps(results))
    # Networks of a few stored campaigns were not trained side by side, as those of a whole grid are.
    return int(any(_far(ratios["empty store"]) for ratios in results.values()))


def _far(ratio: float) -> str:
    return "" if 1 / FACTOR <= ratio <= FACTOR else " (not within a factor of 2)"


if __name__ == "__main__":
    sys.exit(main())
