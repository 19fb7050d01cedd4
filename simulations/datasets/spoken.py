"""`pronunciations`: from the letters of an English word to its phonemes (CMU pronouncing dictionary, BSD-2-Clause)."""

import gzip
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np

from simulations.datasets.dataset import DatasetEntry, check_knob
from simulations.datasets.generation import Examples, GenerationData, check_sizes, draw_sample, generation_data
from simulations.datasets.tables import FOLDER

_NAME = "pronunciations"
Phonemes = tuple[str, ...]


@cache
def load_pronunciations(*, stress: bool = False) -> tuple[tuple[str, ...], tuple[Phonemes, ...]]:
    """Read the words, in alphabetic order, and the ARPAbet phonemes of each.

    With `stress`, vowels keep their mark: 0 unstressed, 1 primary, 2 secondary; without it 39 phonemes are left. Words
    have at least two lower-case letters.

    >>> words, phonemes = load_pronunciations()
    >>> len(words), words[0], phonemes[0]
    (20000, 'aachen', ('AA', 'K', 'AH', 'N'))
    """
    text = gzip.decompress((FOLDER / "pronunciations.tsv.gz").read_bytes()).decode("ascii")
    if not stress:
        # Words have no digits, so every digit is a stress mark.
        text = text.translate(dict.fromkeys(map(ord, "012")))
    pairs = [line.split("\t") for line in text.splitlines()]
    return tuple(word for word, _ in pairs), tuple(tuple(spoken.split(" ")) for _, spoken in pairs)


@dataclass(frozen=True)
class WordKnobs:
    """The settings of `pronunciations`.

    Args:
        words: items in all, held-out ones included, drawn from the 20,000.
        first: words begin with this letter or a later one.
        last: words begin with this letter or an earlier one; what begins otherwise is for pre-training on disjoint
            data, of which there is none from a to z.
        stress: whether vowels keep their mark, which makes 69 symbols of 39.
        seed: which words; the replicates of a grid share them.
        test_size: words held out of every pool.

    Raises:
        InputError: a knob is out of range, or there are not so many words.
    """

    words: int = 6000
    first: str = "a"
    last: str = "z"
    stress: bool = False
    seed: int = 0
    test_size: int = 2000

    def __post_init__(self) -> None:
        for knob in ("first", "last"):
            letter = getattr(self, knob)
            good = len(letter) == 1 and "a" <= letter <= "z"
            check_knob(_NAME, knob, letter, good, "a lower-case letter from a to z")
        check_knob(_NAME, "last", self.last, self.first <= self.last, f"{self.first} (first) to z")
        check_knob(_NAME, "seed", self.seed, self.seed >= 0, "at least 0")
        fitting = sum(self.admits(word) for word in load_pronunciations(stress=self.stress)[0])
        check_sizes(_NAME, self.words, self.test_size, fitting, "words")

    def admits(self, word: str) -> bool:
        """Tell whether a word may be an item."""
        return self.first <= word[0] <= self.last


def load_words(**settings: Any) -> GenerationData:
    """Draw the words, and others for pre-training; takes the fields of `WordKnobs`, and raises what that raises."""
    knobs = WordKnobs(**settings)
    words, spoken = load_pronunciations(stress=knobs.stress)
    admitted = np.array([knobs.admits(word) for word in words])
    sample = draw_sample(np.flatnonzero(admitted), np.flatnonzero(~admitted), knobs.words, knobs.seed)
    own, overlapping, disjoint = (
        Examples(tuple(words[row] for row in rows), tuple(spoken[row] for row in rows)) for rows in sample
    )
    return generation_data(own, _phonemes(knobs.stress), overlapping, disjoint, knobs.test_size)


@cache
def _phonemes(stress: bool) -> tuple[str, ...]:
    return tuple(sorted({phoneme for spoken in load_pronunciations(stress=stress)[1] for phoneme in spoken}))


def _size(settings: Mapping[str, Any]) -> tuple[int, int, int]:
    knobs = WordKnobs(**settings)
    return knobs.words, knobs.test_size, len(_phonemes(knobs.stress))


PRONUNCIATIONS = DatasetEntry(
    name=_NAME,
    family="dictionary",
    paper="CMU pronouncing dictionary, Carnegie Mellon University 1993-2014",
    needs="nothing",
    summary="English words to be answered with their phonemes: letters that are written in many ways and said in few.",
    kind="generation",
    defaults=asdict(WordKnobs()),
    size=_size,
    load=load_words,
    licence="BSD-2-Clause (CMU pronouncing dictionary)",
    task="generation",
)
