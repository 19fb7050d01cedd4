"""Inputs whose values change curves and needs, not the bill alone, and what follows from them.

Another pool ends what is saved elsewhere. Where nothing tells how many labels random labelling needs, another pool,
test set or initial set is also another range of that need, in which each draw keeps its place. Another precision of the
test is another number of test labels. A sweep that left these out would differ from the edited plan file.

Notation:
    changes input path -> (1,), or (n_draws,)    one setting
    u       (n_draws,)  place of a draw's need in its assumed range, in standard deviations of its logarithm
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.decision.comparison import batch_sizes
from planner.decision.load_curves import describe
from planner.plan import Draws, Plan
from planner.plan.paths import INITIAL_LABELS, POOL_SIZE, RANDOM_LABELS, TARGET, TEST_HALF_WIDTH, TEST_LABELS
from planner.plan.quantity import POSITIVE, Quantity
from planner.plan.tables import DEFAULT_TARGET, size_test_set
from simulations.arrays import Floats

Changes = Mapping[str, Floats]

SHAPING = (TARGET, RANDOM_LABELS, POOL_SIZE, TEST_LABELS, TEST_HALF_WIDTH, INITIAL_LABELS)
"""Inputs with which needs, curves, the batch sizes tried or the test set may become others."""


@dataclass(frozen=True)
class StructuralInput:
    """What a setting of `SHAPING` makes of a plan.

    Attributes:
        plan: the plan with those numbers.
        values: draws of every input, those that follow among them.
        target: value of the metric to reach, or at which the need is told.
        times: how many times the labels it was drawn with the task needs, (n_draws,) or (1,); None where as drawn.
        pool: items there are to label, (n_draws,) or (1,); None where as planned.
        first: labels of the initial set, (n_draws,) or (1,); None where as planned.
    """

    plan: Plan
    values: Draws
    target: float
    times: Floats | None
    pool: Floats | None
    first: Floats | None

    @classmethod
    def of(cls, plan: Plan, values: Draws, changes: Changes) -> "StructuralInput":
        """Work out what follows from one setting of inputs of `SHAPING`."""
        changes = {**changes, **_test_labels(plan, changes)}
        edited = with_numbers(plan, changes)
        need = _stated_need(plan, values, changes)
        times = (
            None
            if need is None or RANDOM_LABELS not in values
            else np.maximum(need, 1.0) / np.maximum(values[RANDOM_LABELS], 1.0)  # as curves take them
        )
        pool = None
        if POOL_SIZE in changes or TEST_LABELS in changes:
            left = _number(plan, changes, POOL_SIZE) - _number(plan, changes, TEST_LABELS)
            pool = np.maximum(np.rint(left), 1.0)
            pool = None if (pool == describe(plan).pool_size).all() else pool
        needs = {} if need is None else {RANDOM_LABELS: need}
        target = edited.task.target.median if edited.task.target is not None else DEFAULT_TARGET
        first = np.maximum(np.rint(changes[INITIAL_LABELS]), 1.0) if INITIAL_LABELS in changes else None
        return cls(edited, {**values, **changes, **needs}, target, times, pool, first)


def reshapes(plan: Plan, path: str, *, ends: bool, begins: bool) -> bool:
    """Say whether another value of an input does more than to change the bill.

    It may where it is known how the curves end at the pool, or that they begin at the plan's initial set.
    """
    if path not in (POOL_SIZE, TEST_LABELS, INITIAL_LABELS):
        return path in SHAPING
    # Where a rule stops a plan, the batch it was run with stays.
    batches = batch_sizes(plan) is not None and not plan.stopping.rules
    return plan.need_assumed or batches or (begins if path == INITIAL_LABELS else ends)


def with_numbers(plan: Plan, numbers: Changes) -> Plan:
    """Give a plan with numbers of `SHAPING` in place of its own; draws stand there by their median."""
    medians = {path: float(np.median(x)) for path, x in numbers.items()}
    if plan.stopping.rules:  # which are read off the plan file, with other inputs that they are made of
        return plan.replace(medians)
    # Hundreds of times faster, as nothing is read or checked again.
    tables: dict[str, dict[str, Quantity]] = {}
    for path, value in medians.items():
        table, key = path.split(".")
        own: Quantity | None = getattr(getattr(plan, table), key)
        if own is not None or path == RANDOM_LABELS:
            tables.setdefault(table, {})[key] = Quantity(value, value, POSITIVE if own is None else own.domain)
    return plan.model_copy(
        update={table: getattr(plan, table).model_copy(update=keys) for table, keys in tables.items()}
    )


def _number(plan: Plan, changes: Changes, path: str) -> Floats:
    """Give an input as it is set, or else the median in the plan."""
    if path in changes:
        return changes[path]
    table, key = path.split(".")
    quantity: Quantity = getattr(getattr(plan, table), key)
    return np.array([quantity.median])


def _test_labels(plan: Plan, changes: Changes) -> Changes:
    """Count the test labels anew where the plan gives their precision, and that or the target is another."""
    width, target = plan.task.test_half_width, plan.task.target
    if width is None or TEST_LABELS in changes or not {TARGET, TEST_HALF_WIDTH} & changes.keys():
        return {}
    level = np.median(changes[TARGET]) if TARGET in changes else DEFAULT_TARGET if target is None else target.median
    half = np.median(changes[TEST_HALF_WIDTH]) if TEST_HALF_WIDTH in changes else width.median
    return {TEST_LABELS: np.array([float(size_test_set(float(level), float(half)))])}


def _stated_need(plan: Plan, values: Draws, changes: Changes) -> Floats | None:
    """Give the labels that random needs by the plan's estimate, (n_draws,) or (1,); None where that is as drawn."""
    if RANDOM_LABELS in changes:
        return changes[RANDOM_LABELS]
    if not plan.need_assumed or not {POOL_SIZE, TEST_LABELS, INITIAL_LABELS} & changes.keys():
        return None
    (middle, spread), (to_middle, to_spread) = _assumed_range(plan, {}), _assumed_range(plan, changes)
    u = (np.log(values[RANDOM_LABELS]) - middle) / np.where(spread > 0, spread, 1.0)
    return np.exp(to_middle + to_spread * u)


def _assumed_range(plan: Plan, changes: Changes) -> tuple[Floats, Floats]:
    """Give middle and half-width, in logarithms, of what `Plan.random_labels` assumes."""
    first = _number(plan, changes, INITIAL_LABELS)
    left = _number(plan, changes, POOL_SIZE) - _number(plan, changes, TEST_LABELS)
    low, high = np.log(np.rint(first)), np.log(np.rint(np.maximum(first, left)))
    return (low + high) / 2, (high - low) / 2
