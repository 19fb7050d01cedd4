"""Labelled sets that learners are compared on: real digits and generated tasks, from a few labels to many.

Notation
    N, d, C  items of a data set, features, classes
    L, n, m  lanes, labelled items, held-out items
"""

from dataclasses import dataclass

import numpy as np

from simulations.arrays import Ints
from simulations.datasets.pool import open_space
from simulations.datasets.registry import DATASETS
from simulations.learners.learner import Labelled
from simulations.trajectory import Part, stream

_TASKS: dict[str, tuple[str, dict[str, int | float]]] = {
    "digits": ("digits", {}),
    "two classes": ("synthetic", {"n": 3000, "classes": 2, "separation": 4.0, "seed": 1}),
    "imbalanced": ("synthetic", {"n": 3000, "classes": 8, "imbalance": 1.0, "separation": 6.0, "seed": 2}),
    "hard": ("synthetic", {"n": 3000, "clusters_per_class": 4, "separation": 7.0, "seed": 3}),
}
SIZES = (20, 150, 500)
_HELD_OUT = 500


@dataclass(frozen=True)
class Case:
    """Lanes that differ in which items are labelled and which are held out.

    Args:
        name: for messages.
        labelled: the labelled sets.
        test_rows: shape (L, m), the held-out items.
        answers: shape (N,), the class of every item.
    """

    name: str
    labelled: Labelled
    test_rows: Ints
    answers: Ints


def standard_cases(lanes: int = 10) -> list[Case]:
    """Digits and generated tasks at 20, 150 and 500 random labels each.

    At 20 labels classes are missing from most lanes.
    """
    return [case(task, size, lanes) for task in _TASKS for size in SIZES]


def case(task: str, size: int, lanes: int) -> Case:
    """Draw labelled and held-out items of one task, the same in every call.

    Args:
        task: `digits`, `two classes`, `imbalanced` or `hard`.
        size: n.
        lanes: L.
    """
    name, knobs = _TASKS[task]
    space = open_space(Part.of(name, {**DATASETS[name].defaults, **knobs}), "principal")
    truth = space.data.clean
    order = np.stack([stream("quality", task, lane).permutation(truth.size) for lane in range(lanes)])
    held, rows = order[:, :_HELD_OUT], order[:, _HELD_OUT : _HELD_OUT + size]
    labelled = Labelled(space.features, rows, truth[rows], space.spectrum, space.data.classes)
    return Case(f"{task}, {size} labels", labelled, held, truth)


def fresh_streams(lanes: int, *path: object) -> list[np.random.Generator]:
    """One generator a lane, for learners that need chance."""
    return [stream("quality", *path, lane) for lane in range(lanes)]
