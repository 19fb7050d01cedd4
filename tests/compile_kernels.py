"""Compiles the kernels of the engine by a campaign of milliseconds for each that has its own."""

from simulations.engine import run_lanes
from simulations.grid import parse_grid

TINY = {
    "datasets": [{"name": "synthetic", "n": 90, "d": 8, "classes": 3, "test_size": 30}],
    "learners": ["linear"],
    "strategies": ["margin", "coreset", "badge"],
    "batch_sizes": [3],
    "initial_size": 6,
    "rounds": 1,
    "seeds": 1,
}

if __name__ == "__main__":
    run_lanes(parse_grid({"grid": TINY}).trajectories)
