"""Data sets whose answers are sequences of another length than the question: pronunciations and number words.

Notation
    N    items of the data set, a question (text) and an answer (symbols) each
    d    features: hashed pieces of the question
"""

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from simulations.arrays import Ints, Reals
from simulations.datasets.dataset import check_knob, knob_entry
from simulations.datasets.package_tables import FOLDER
from simulations.tasks.task import TaskData

Answer = tuple[str, ...]
LARGEST = 999_999
"""Of the numbers that are said."""

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


def draw_data(
    count: int,
    inside: Ints,
    outside: Ints,
    examples_of: Callable[[Ints], Examples],
    symbols: Sequence[str],
    knobs: "WordKnobs | NumberKnobs",
) -> GenerationData:
    """Draw a data set and further examples, none of which is an item.

    Args:
        count: N.
        inside: candidates that may be items.
        outside: the others, for pre-training on disjoint data.
        examples_of: candidates to their questions and answers.
        symbols: every symbol of an answer.
        knobs: how many items are held out, and which sample it is; the replicates of a grid share it.

    Returns:
        Items in the order of the candidates, and at most `FURTHER` others from inside and from outside.
    """
    rng = np.random.Generator(np.random.Philox(knobs.seed))
    shuffled = rng.permutation(inside)
    sample = np.sort(shuffled[:count]), shuffled[count:][:FURTHER], rng.permutation(outside)[:FURTHER]
    items, overlapping, disjoint = map(examples_of, sample)
    return GenerationData(
        task="generation",
        kind="generation",
        items=items.items,
        answers=items.answers,
        features=text_features(items.items),
        lengths=np.array([len(answer) for answer in items.answers], np.int64),
        outputs=len(symbols),
        test_size=knobs.test_size,
        expected_lengths=np.array([len(text) for text in items.items], np.int64),
        alphabet=tuple(sorted(set().union(*items.items, *overlapping.items, *disjoint.items))),
        symbols=tuple(symbols),
        overlapping=overlapping,
        disjoint=disjoint,
    )


def text_features(texts: Sequence[str]) -> Reals:
    """Hash the pieces of one to three characters of each text, with its ends, to a vector of length 1, (N, d).

    Weinberger et al. 2009, Feature hashing for large scale multitask learning.
    """
    from sklearn.feature_extraction.text import HashingVectorizer

    hashing = HashingVectorizer(analyzer="char_wb", ngram_range=(1, 3), n_features=FEATURES, dtype=np.float32)
    return np.asarray(hashing.transform(texts).toarray())


def _check_sample(dataset: str, knobs: "WordKnobs | NumberKnobs", knob: str, most: int) -> None:
    require, count = partial(check_knob, dataset, knobs), getattr(knobs, knob)
    require("seed", knobs.seed >= 0, "at least 0")
    require(knob, 10 <= count <= most, f"10 to {most:,}")
    left = count - 2
    require("test_size", 1 <= knobs.test_size <= left, f"1 to {left:,}, so that a pool is left")


@cache
def load_pronunciations(*, stress: bool = False) -> tuple[tuple[str, ...], tuple[Answer, ...]]:
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
        require = partial(check_knob, "pronunciations", self)
        for knob, letter in (("first", self.first), ("last", self.last)):
            require(knob, len(letter) == 1 and "a" <= letter <= "z", "a lower-case letter from a to z")
        require("last", self.first <= self.last, f"{self.first} (first) to z")
        fitting = sum(self.admits(word) for word in load_pronunciations(stress=self.stress)[0])
        _check_sample("pronunciations", self, "words", fitting)

    def admits(self, word: str) -> bool:
        """Tell whether a word may be an item."""
        return self.first <= word[0] <= self.last


def load_words(knobs: WordKnobs) -> GenerationData:
    """Draw the words, and others for pre-training."""
    words, spoken = load_pronunciations(stress=knobs.stress)
    admitted = np.array([knobs.admits(word) for word in words])

    def examples_of(rows: Ints) -> Examples:
        return Examples(tuple(words[row] for row in rows), tuple(spoken[row] for row in rows))

    inside, outside = np.flatnonzero(admitted), np.flatnonzero(~admitted)
    return draw_data(knobs.words, inside, outside, examples_of, _phonemes(knobs.stress), knobs)


@cache
def _phonemes(stress: bool) -> Answer:
    return tuple(sorted({phoneme for spoken in load_pronunciations(stress=stress)[1] for phoneme in spoken}))


PRONUNCIATIONS = knob_entry(
    WordKnobs,
    load_words,
    lambda knobs: (knobs.words, knobs.test_size, len(_phonemes(knobs.stress))),
    name="pronunciations",
    family="dictionary",
    paper="CMU pronouncing dictionary, Carnegie Mellon University 1993-2014",
    summary="English words to be answered with their phonemes: letters that are written in many ways and said in few.",
    kind="generation",
    licence="BSD-2-Clause (CMU pronouncing dictionary)",
    task="generation",
)


_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_AND, _HUNDRED, _THOUSAND = "and", "hundred", "thousand"


def number_words(number: int, *, say_and: bool = False) -> Answer:
    """Say a whole number from 0 to 999,999 in English, in British use with `and` before what is below a hundred.

    The range is not checked.

    Examples:
        >>> number_words(20_115)
        ('twenty', 'thousand', 'one', 'hundred', 'fifteen')
        >>> number_words(7_042, say_and=True)
        ('seven', 'thousand', 'and', 'forty', 'two')
    """
    thousands, rest = divmod(number, 1000)
    if not thousands:
        return _below_thousand(rest, say_and) if rest else (_ONES[0],)
    joint = (_AND,) if say_and and 0 < rest < 100 else ()
    return (*_below_thousand(thousands, say_and), _THOUSAND, *joint, *_below_thousand(rest, say_and))


def _below_thousand(number: int, say_and: bool) -> Answer:
    """Say 1 to 999; nothing for 0."""
    hundreds, rest = divmod(number, 100)
    words: Answer = (_ONES[hundreds], _HUNDRED) if hundreds else ()
    if hundreds and rest and say_and:
        words = (*words, _AND)
    if rest >= 20:
        tens, rest = divmod(rest, 10)
        words = (*words, _TENS[tens - 2])
    return (*words, _ONES[rest]) if rest else words


@dataclass(frozen=True)
class NumberKnobs:
    """The settings of `number-words`.

    Args:
        numbers: items in all, held-out ones included, all different.
        low: the smallest number that may be an item.
        high: the largest; what lies outside of low to high is for pre-training on disjoint data.
        say_and: whether `and` is said, as in British use.
        seed: which numbers; the replicates of a grid share them.
        test_size: numbers held out of every pool.

    Raises:
        InputError: a knob is out of range, or there are not so many numbers.
    """

    numbers: int = 6000
    low: int = 0
    high: int = 499_999
    say_and: bool = False
    seed: int = 0
    test_size: int = 2000

    def __post_init__(self) -> None:
        require = partial(check_knob, "number-words", self)
        require("low", 0 <= self.low <= LARGEST, f"0 to {LARGEST:,}")
        require("high", self.low <= self.high <= LARGEST, f"{self.low:,} (low) to {LARGEST:,}")
        _check_sample("number-words", self, "numbers", self.high - self.low + 1)


def load_numbers(knobs: NumberKnobs) -> GenerationData:
    """Draw the numbers, and others for pre-training."""
    every = np.arange(LARGEST + 1)
    inside = (every >= knobs.low) & (every <= knobs.high)

    def examples_of(numbers: Ints) -> Examples:
        plain = numbers.tolist()
        return Examples(tuple(map(str, plain)), tuple(number_words(number, say_and=knobs.say_and) for number in plain))

    return draw_data(knobs.numbers, every[inside], every[~inside], examples_of, _words_said(knobs), knobs)


def _words_said(knobs: NumberKnobs) -> Answer:
    return tuple(sorted((*_ONES, *_TENS, _HUNDRED, _THOUSAND, *((_AND,) if knobs.say_and else ()))))


NUMBER_WORDS = knob_entry(
    NumberKnobs,
    load_numbers,
    lambda knobs: (knobs.numbers, knobs.test_size, len(_words_said(knobs))),
    name="number-words",
    paper="after Sproat & Jaitly 2017, An RNN model of text normalization; the rule is the textbook's",
    summary="Whole numbers to be answered with the English words that say them: a rule without exception.",
    kind="generation",
    task="generation",
)
