"""Data sets whose answers are sequences of another length than the question, and what a model may have read before.

Notation
    N    items of the data set, a question (text) and an answer (symbols) each
    d    features: hashed pieces of the question
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulations.arrays import IntArray, RealArray
from simulations.datasets.dataset import check_knob
from simulations.tasks.task import TaskData

Answer = tuple[str, ...]

FEATURES = 256
"""Columns that pieces of one to three characters are hashed to."""

FURTHER = 2000
"""Examples a model may be pre-trained on, at most."""


@dataclass(frozen=True)
class Examples:
    """Questions, and as many answers."""

    items: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class GenerationData(TaskData):
    """A data set of generation, with examples that are none of its items, for models that are pre-trained.

    Args:
        alphabet: every character of a question.
        symbols: every symbol of an answer; which there are is known before the first label.
        overlapping: further examples from where the items are from.
        disjoint: further examples from elsewhere; none where the items are from everywhere.
    """

    alphabet: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    overlapping: Examples = Examples()
    disjoint: Examples = Examples()


def draw_sample(inside: IntArray, outside: IntArray, count: int, seed: int) -> tuple[IntArray, IntArray, IntArray]:
    """Draw a data set and further examples, none of which is an item.

    Args:
        inside: candidates that may be items.
        outside: the others.
        count: N.
        seed: which sample; the replicates of a grid share it.

    Returns:
        Items (N,), others from inside and from outside, at most `FURTHER` each.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    shuffled = rng.permutation(inside)
    return np.sort(shuffled[:count]), shuffled[count:][:FURTHER], rng.permutation(outside)[:FURTHER]


def generation_data(
    items: Examples, symbols: Sequence[str], overlapping: Examples, disjoint: Examples, test_size: int
) -> GenerationData:
    """Put a data set together from its items and what `GenerationData` has beside them."""
    texts = (*items.items, *overlapping.items, *disjoint.items)
    return GenerationData(
        task="generation",
        kind="generation",
        items=items.items,
        answers=items.answers,
        features=text_features(items.items),
        lengths=np.array([len(answer) for answer in items.answers], np.int64),
        outputs=len(symbols),
        test_size=test_size,
        expected_lengths=np.array([len(text) for text in items.items], np.int64),
        alphabet=tuple(sorted(set().union(*texts))),
        symbols=tuple(symbols),
        overlapping=overlapping,
        disjoint=disjoint,
    )


def text_features(texts: Sequence[str]) -> RealArray:
    """Hash the pieces of one to three characters of each text, with its ends, to a vector of length 1, (N, d).

    Weinberger et al. 2009, Feature hashing for large scale multitask learning.
    """
    from sklearn.feature_extraction.text import HashingVectorizer

    hashing = HashingVectorizer(analyzer="char_wb", ngram_range=(1, 3), n_features=FEATURES, dtype=np.float32)
    return np.asarray(hashing.transform(texts).toarray())


def check_sizes(dataset: str, items: int, test_size: int, most: int, knob: str) -> None:
    """Refuse sizes that leave no pool, or ask for more items than there are.

    Raises:
        InputError: they do.
    """
    check_knob(dataset, knob, items, 10 <= items <= most, f"10 to {most:,}")
    check_knob(
        dataset, "test_size", test_size, 1 <= test_size <= items - 2, f"1 to {items - 2:,}, so that a pool is left"
    )
