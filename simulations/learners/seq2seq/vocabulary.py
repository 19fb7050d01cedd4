"""Texts and answers as whole numbers, and back.

Notation
    n      items
    J, T   characters of the longest text and symbols of the longest answer, each with its end mark
    A, S   characters and symbols; the end mark of a text is A + 1, that of an answer S
"""

from collections.abc import Sequence
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
