"""Which held-out items a linear model gets right, round by round: campaigns of several seeds, simulated in lockstep."""

import numpy as np

from simulations.arrays import Bools, Ints
from simulations.datasets import DATASETS
from simulations.datasets.pool import open_pool
from simulations.engine import run_lanes
from simulations.learners import LEARNERS
from simulations.trajectory import Part, Trajectory


def hits_by_round(name: str, strategy: str, *, seeds: int, initial_size: int, batch_size: int, rounds: int) -> Bools:
    """Simulate, and tell which items of the test set are right: (rounds + 1, seeds, test items)."""
    trajectories = [
        Trajectory(
            dataset=Part.of(name, DATASETS[name].defaults, DATASETS[name].version),
            learner=Part.of("linear", LEARNERS["linear"].defaults),
            strategy=Part.of(strategy),
            oracle=Part.of("perfect"),
            seed=seed,
            initial_size=initial_size,
            batch_size=batch_size,
            rounds=rounds,
            initial_set="one_per_class",
        )
        for seed in range(seeds)
    ]
    seen: list[Ints] = []
    run_lanes(trajectories, lambda labels, predicted: seen.append(predicted.copy()))
    axes = LEARNERS["linear"].axes
    truth = np.stack([open_pool(one.dataset, one.oracle, one.seed, axes).test_labels for one in trajectories])
    return np.stack(seen) == truth
