"""Batch sizes among which the cheapest is found: small rounds cost calendar and compute, large ones overshoot.

Savings are taken to be the same at each of them, which is why they stay near the initial set: recorded campaigns have
batches of its size. Beyond that a strategy would choose too much with too old a model.
"""

import tomllib
from functools import lru_cache

import numpy as np

from planner.plan import Plan
from planner.plan.inputs import given_paths
from planner.plan.quantity import Floats

SPREAD = 4.0  # times the initial set, up and down
PER_OCTAVE = 2
FIELD = "strategy.batch_size"


def batch_sizes(plan: Plan) -> Floats | None:
    """Give the batch sizes to try, rising; None where the plan file names one.

    Args:
        plan: a plan that names its batch size keeps it.
    """
    return None if _given(plan.to_toml()) else around(plan)


@lru_cache(maxsize=64)
def _given(plan_toml: str) -> bool:
    """Say whether a plan file names its batch size; asked for each plan and vendor, and slow to read."""
    return FIELD in given_paths(tomllib.loads(plan_toml))


def around(plan: Plan) -> Floats:
    """Give batch sizes about the initial set, and the plan's own among them, rounded to two digits."""
    first = plan.strategy.initial_labels.median
    most = max(1.0, plan.task.pool_size.median - plan.task.test_labels.median - first)
    octaves = np.log2(SPREAD)
    tried = first * 2.0 ** np.linspace(-octaves, octaves, int(2 * octaves * PER_OCTAVE) + 1)
    rounded = [float(f"{size:.2g}") for size in tried]
    own = plan.strategy.batch_size.median
    return np.unique(np.clip(np.rint([*rounded, own]), 1.0, most))
