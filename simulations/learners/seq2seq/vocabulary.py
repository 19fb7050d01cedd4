"""Texts and answers as whole numbers, and the distance of an answer from the true one.

Notation
    n      items
    J, T   characters of the longest text and symbols of the longest answer, each with its end mark
    A, S   characters and symbols; the end mark of a text is A + 1, that of an answer S
    G, Y   (n, T) given and true symbols, `NOTHING` behind the end
    E      (n, T + 1) edit distance of a part of a given answer from each beginning of the true one
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simulations.arrays import IntArray
from simulations.datasets.generation import Answer, GenerationData
from simulations.errors import InputError
from simulations.tasks.task import TaskData

NOTHING = -1
"""What stands behind the end mark of an answer shorter than others."""


@dataclass(frozen=True)
class Vocabulary:
    """Which characters and symbols there are.

    Args:
        alphabet: every character of a text.
        symbols: every symbol of an answer.
    """

    alphabet: tuple[str, ...]
    symbols: tuple[str, ...]

    @classmethod
    def of(cls, data: TaskData) -> "Vocabulary":
        """Take those of a data set: which symbols there are is known before the first label.

        Raises:
            InputError: its items are no texts.
        """
        if isinstance(data, GenerationData):
            return cls(data.alphabet, data.symbols)
        odd = next((item for item in data.items if not isinstance(item, str)), None)
        if odd is not None:
            raise InputError(f"learner seq2seq: found an item that is {type(odd).__name__}; allowed: texts")
        return cls(tuple(sorted(set().union(*data.items))), tuple(sorted(set().union(*data.answers))))

    def read(self, texts: Sequence[str]) -> IntArray:
        """Number the characters from 1, (n, J), with an end mark and 0 behind a text shorter than others.

        Raises:
            InputError: a text is empty, or a character is not in the alphabet.
        """
        number = {character: place for place, character in enumerate(self.alphabet, start=1)}
        if not all(texts):
            raise InputError("learner seq2seq: found a text without a character; allowed: at least one")
        X = np.zeros((len(texts), max(map(len, texts), default=0) + 1), np.int64)
        for row, text in zip(X, texts, strict=True):
            try:
                row[: len(text)] = [number[character] for character in text]
            except KeyError as unknown:
                raise InputError(
                    f"learner seq2seq: found the character {unknown} in '{text}'; allowed: {' '.join(self.alphabet)}"
                ) from None
            row[len(text)] = len(self.alphabet) + 1
        return X

    def write(self, answers: Sequence[Answer], *, end: bool = True) -> IntArray:
        """Number the symbols from 0, (n, T), each answer with its end mark unless without, and `NOTHING` behind it."""
        number = {symbol: place for place, symbol in enumerate(self.symbols)}
        Y = np.full((len(answers), max(map(len, answers), default=0) + 1), NOTHING, np.int64)
        for row, answer in zip(Y, answers, strict=True):
            row[: len(answer)] = [number[symbol] for symbol in answer]
            row[len(answer)] = len(self.symbols) if end else NOTHING
        return Y


def edit_distances(G: IntArray, Y: IntArray) -> IntArray:
    """Count the symbols to be put in, taken out or replaced, (n,), all answers at once.

    Wagner & Fischer 1974, The string-to-string correction problem.
    """
    places = np.arange(Y.shape[1] + 1)
    given, true = ((answers != NOTHING).sum(axis=1) for answers in (G, Y))
    E = np.tile(places, (len(Y), 1))
    for t in range(G.shape[1]):
        replaced = E[:, :-1] + (G[:, t, None] != Y)
        nearer = np.minimum(E[:, 1:] + 1, replaced)
        # What is put in adds one a place: the running minimum of what is left when that is taken off.
        begun = np.concatenate([E[:, :1] + 1, nearer], axis=1)
        E = np.where((t < given)[:, None], np.minimum.accumulate(begun - places, axis=1) + places, E)
    distances: IntArray = np.take_along_axis(E, true[:, None], axis=1)[:, 0]
    return distances


def answer_scores(G: IntArray, Y: IntArray) -> Mapping[str, float]:
    """Score answers: the share without a fault, and 1 less the edit distance per symbol, at least 0, on average."""
    distances = edit_distances(G, Y)
    shares = np.maximum(1.0 - distances / (Y != NOTHING).sum(axis=1), 0.0)
    return {"exact_match": float((distances == 0).mean()), "symbol_accuracy": float(shares.mean())}
