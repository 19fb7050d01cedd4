"""What the recorded library is made of: the simulated campaigns of each data set and learner.

Initial sets are drawn at random, as people's are, so that a rare class may be missing. Each data set has two schedules: a
*fine* one, which begins with one label a class on average (ten at least) and buys as many in each round, and a *coarse* one
with four times both. No campaign labels more than 40% of its pool, so that an emptying pool does not bend the curves.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulations.datasets import DATASETS, pool_size
from simulations.grid import Grid, parse_grid
from simulations.trajectory import Part

MOST_ROUNDS = 30
COARSE = 4
POOL_SHARE = 0.4
FEWEST_ROUNDS = 6
"""A schedule with fewer has no curve to speak of, and is left out."""

TUNED_LINEAR = {"name": "linear", "tune": "l2: 0.1, 1, 10, 100"}
"""The linear learner as people train it, its penalty chosen inside the labelled set; recorded as `linear`."""


@dataclass(frozen=True)
class LearnerPart:
    """The campaigns of one learner.

    Attributes:
        learner: as in a grid file.
        strategies: beside random.
        seeds: how many.
        kinds: of data; empty for all.
        most_classes: of a data set, where more would take too long.
        rounds: at most.
        schedules: `fine` and `coarse`, or one of them.
    """

    learner: str | Mapping[str, Any]
    strategies: tuple[str, ...]
    seeds: int
    kinds: frozenset[str] = frozenset()
    most_classes: int = 10_000
    rounds: int = MOST_ROUNDS
    schedules: tuple[str, ...] = ("fine", "coarse")


PARTS: Mapping[str, LearnerPart] = {
    "linear": LearnerPart(TUNED_LINEAR, ("margin", "entropy", "coreset", "stratified_random"), 10),
    "mlp": LearnerPart("mlp", ("margin", "entropy", "coreset"), 3, frozenset({"text", "image"}), rounds=20),
    "forest": LearnerPart("forest", ("margin", "entropy", "coreset"), 3, frozenset({"tabular"}), 30, 20, ("coarse",)),
    "boosting": LearnerPart("boosting", ("margin", "entropy"), 3, frozenset({"tabular"}), 5, 15, ("coarse",)),
}


def schedule(classes: int, pool: int, step: int, most_rounds: int) -> tuple[int, int] | None:
    """Give the initial size (= batch size) and the rounds of a data set's schedule; None where its pool is too small.

    Args:
        classes: of the data set.
        pool: items there are to label.
        step: 1 for the fine schedule, `COARSE` for the other.
        most_rounds: rounds at most.
    """
    size = step * max(10, classes)
    rounds = min(most_rounds, int(POOL_SHARE * pool) // size - 1)
    return None if rounds < FEWEST_ROUNDS else (size, rounds)


def blocks(part: LearnerPart, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Give the tables of a grid file for one learner on some data sets."""
    for name in names:
        entry = DATASETS[name]
        pool, classes = pool_size(Part.of(name, entry.defaults, entry.version))
        if (part.kinds and entry.kind not in part.kinds) or classes > part.most_classes:
            continue
        for kind in part.schedules:
            found = schedule(classes, pool, COARSE if kind == "coarse" else 1, part.rounds)
            if found is not None:
                yield {
                    "datasets": [name],
                    "learners": [part.learner],
                    "strategies": ["random", *part.strategies],
                    "batch_sizes": [found[0]],
                    "initial_size": found[0],
                    "initial_set": "random",
                    "rounds": found[1],
                    "seeds": part.seeds,
                }


def library_grid(names: Sequence[str], parts: Sequence[str] = tuple(PARTS)) -> Grid:
    """Give the campaigns of some data sets; an InputError where one of them is not fetched."""
    return parse_grid({"grid": [block for part in parts for block in blocks(PARTS[part], names)]}, where="library")
