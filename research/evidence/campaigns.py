"""What the recorded library is made of: the simulated campaigns of each data set and learner.

Initial sets are drawn at random, as people's are, so that a rare class may be missing. Each data set has up to three
schedules, by the labels of the initial set, which is also what each round buys: one label a class on average (ten
labels at least), four times that, and sixteen times. No campaign labels more than 40% of its pool, so that an emptying
pool does not bend the curves.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from simulations.curve_table import base_name
from simulations.datasets import DATASETS, pool_size
from simulations.errors import unknown_name
from simulations.grid import Grid, parse_grid
from simulations.trajectory import Part

GENERATED = ("synthetic-imbalanced", "synthetic-noisy", "synthetic-redundant")
LEFT_OUT = frozenset({"optdigits", "file", "synthetic", "complaints"})
"""`digits` is a part of `optdigits`, complaints take hours to encode; the other two are whatever a user says."""

DATA_SETS = tuple(
    name
    for name, entry in DATASETS.items()
    if entry.task == "classification"
    and name not in LEFT_OUT
    and (name in GENERATED or not name.startswith("synthetic"))
)

SOURCES = {
    **dict.fromkeys(("r8", "r52"), "reuters"),
    **dict.fromkeys(("wine-red", "wine-white"), "wine"),
    **dict.fromkeys(("adult", "census-income"), "us-census"),
    **dict.fromkeys(("kc1", "pc1"), "nasa-software"),
    **dict.fromkeys(("movie-snippets", "editorial-snippets", "tweets", "product-snippets"), "rated-sentiment"),
}
"""Data sets of one source: they share items, raters or makers, and are left out together."""

SEEN = frozenset(
    [
        "digits",
        "letter",
        "penbased",
        "satimage",
        "page-blocks",
        "magic",
        "kr-vs-k",
        "mnist5k",
        "bbc",
        "reuters",
        "segment",
        "texture",
        "spambase",
        "nursery",
        "wine",
    ]
)
"""Real sources on which models of savings or label errors were tuned before: none of them can be set aside any more."""

FROZEN_COUNT = 15


def source_of(dataset: str) -> str:
    """Name the source of a data set."""
    return SOURCES.get(dataset, dataset)


def frozen_sources(names: Sequence[str] = DATA_SETS) -> tuple[str, ...]:
    """Give the sources that are set aside for the test: of those never used before, the fifteen of the lowest hash."""
    able = {source_of(name) for name in names if name not in GENERATED} - SEEN
    ranked = sorted(able, key=lambda name: hashlib.sha256(f"labelplan frozen: {name}".encode()).hexdigest())
    return tuple(ranked[:FROZEN_COUNT])


MOST_ROUNDS = 30
STEPS = (1, 4, 16)
"""Sizes of the initial sets, in labels a class."""

POOL_SHARE = 0.4
MANY_CLASSES = 20
MOST_CLASSES = 48
"""Data sets of more have the first schedule alone: the tuned campaigns of larger ones take hours each."""

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
        seeds: how many; half of them where a data set has `MANY_CLASSES`, whose campaigns take many times as long.
        kinds: of data; empty for all.
        sets: data sets; empty for all.
        most_classes: of a data set, where more would take too long.
        rounds: at most.
        steps: which of `STEPS`.
    """

    learner: str | Mapping[str, Any]
    strategies: tuple[str, ...]
    seeds: int
    kinds: frozenset[str] = frozenset()
    sets: tuple[str, ...] = ()
    most_classes: int = 10_000
    rounds: int = MOST_ROUNDS
    steps: tuple[int, ...] = STEPS


PARTS: Mapping[str, LearnerPart] = {
    "linear": LearnerPart(TUNED_LINEAR, ("margin", "entropy", "coreset", "stratified_random"), 10),
    "mlp": LearnerPart(
        "mlp", ("margin", "entropy", "coreset"), 3, frozenset({"text", "image"}), rounds=20, steps=(1, 4)
    ),
    "forest": LearnerPart(
        "forest", ("margin", "entropy", "coreset"), 3, frozenset({"tabular"}), most_classes=30, rounds=20, steps=(4,)
    ),
    "boosting": LearnerPart(
        "boosting", ("margin", "entropy"), 3, frozenset({"tabular"}), most_classes=5, rounds=15, steps=(4,)
    ),
    "cnn": LearnerPart("cnn", ("margin", "entropy", "coreset"), 3, sets=("digits", "mnist5k"), rounds=12, steps=(4,)),
    "finetuned": LearnerPart(
        {"name": "finetuned", "precision": "bfloat16", "tokens": 32},
        ("margin", "entropy"),
        3,
        sets=("sms-spam", "snips", "tweets"),
        rounds=8,
        steps=(4,),
    ),
}


def schedule(classes: int, pool: int, step: int, most_rounds: int) -> tuple[int, int] | None:
    """Give the initial size (= batch size) and the rounds of a data set's schedule; None where its pool is too small.

    Args:
        classes: of the data set.
        pool: items there are to label.
        step: labels a class, one of `STEPS`.
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
        wanted = (not part.kinds or entry.kind in part.kinds) and (not part.sets or name in part.sets)
        if not wanted or classes > part.most_classes:
            continue
        for step in part.steps if classes <= MOST_CLASSES else STEPS[:1]:
            found = schedule(classes, pool, step, part.rounds)
            if found is not None:
                yield {
                    "datasets": [name],
                    "learners": [part.learner],
                    "strategies": ["random", *part.strategies],
                    "batch_sizes": [found[0]],
                    "initial_size": found[0],
                    "initial_set": "random",
                    "rounds": found[1],
                    "seeds": part.seeds if classes < MANY_CLASSES else (part.seeds + 1) // 2,
                }


def library_grid(names: Sequence[str] = DATA_SETS, parts: Sequence[str] = tuple(PARTS)) -> Grid:
    """Give the campaigns of some data sets with some learners.

    Raises:
        InputError: a data set or a learner is none of the library's, or a data set is not fetched.
    """
    for what, given, known in (("data set", names, DATA_SETS), ("learner", parts, tuple(PARTS))):
        for name in given:
            if name not in known:
                raise unknown_name(what, name, known, where="campaigns")
    return parse_grid({"grid": [block for part in parts for block in blocks(PARTS[part], names)]}, where="library")


def as_recorded(table: pd.DataFrame) -> pd.DataFrame:
    """Name data sets and learners of simulated campaigns as the library does, without the settings that all share."""
    return table.assign(dataset=table["dataset"].map(base_name), learner=table["learner"].map(base_name))


def middle_schedule(table: pd.DataFrame) -> pd.DataFrame:
    """Keep of each data set the schedule that is the middle by its initial set, the larger of two middle ones."""
    sizes = table.groupby("dataset")["initial_size"].unique()
    middle = {name: sorted(found)[len(found) // 2] for name, found in sizes.items()}
    return table[table["initial_size"] == table["dataset"].map(middle)]
