"""Batch sizes among which the cheapest is found: small rounds cost calendar and compute, large ones overshoot.

Savings are taken to be the same at each of them, which holds from a quarter to about twice the initial set and not
beyond, where a strategy chooses too much with too old a model (measured by benchmarks/batch_size.py).
"""

import tomllib
from functools import lru_cache

import numpy as np

from planner.arrays import Floats
from planner.plan import Plan, paths
from planner.plan.inputs import given_paths

DOWN, UP = 4.0, 2.0  # times the initial set
PER_OCTAVE = 2


def batch_sizes(plan: Plan) -> Floats | None:
    """Give the batch sizes to try, rising; None where the plan file names one.

    Args:
        plan: a plan that names its batch size keeps it.
    """
    return None if _given(plan.to_toml()) else around(plan, own=False)


@lru_cache(maxsize=64)
def _given(plan_toml: str) -> bool:
    """Say whether a plan file names its batch size; asked for each plan and vendor, and slow to read."""
    return paths.BATCH_SIZE in given_paths(tomllib.loads(plan_toml))


def around(plan: Plan, *, own: bool = True) -> Floats:
    """Give batch sizes about the initial set, rounded to two digits, with the plan's own among them or not."""
    first = plan.strategy.initial_labels.median
    most = max(1.0, plan.task.items_to_label - first)
    low, high = -np.log2(DOWN), np.log2(UP)
    tried = first * 2.0 ** np.linspace(low, high, int((high - low) * PER_OCTAVE) + 1)
    rounded = [float(f"{size:.2g}") for size in tried]
    planned = [plan.strategy.batch_size.median] if own else []
    return np.unique(np.clip(np.rint([*rounded, *planned]), 1.0, most))
