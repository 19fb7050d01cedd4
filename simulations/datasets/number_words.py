"""`number-words`: from the digits of a number to the words that say it; the oracle is a rule, so answers are exact."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from simulations.arrays import IntArray
from simulations.datasets.dataset import DatasetEntry, check_knob
from simulations.datasets.generation import Answer, Examples, GenerationData, check_sizes, draw_sample, generation_data

_NAME = "number-words"
LARGEST = 999_999

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_AND, _HUNDRED, _THOUSAND = "and", "hundred", "thousand"


def number_words(number: int, *, say_and: bool = False) -> Answer:
    """Say a whole number in English.

    Args:
        number: 0 to 999,999.
        say_and: whether `and` stands before what is below a hundred, as in British use.

    Raises:
        InputError: it is out of range.

    Examples:
        >>> number_words(20_115)
        ('twenty', 'thousand', 'one', 'hundred', 'fifteen')
        >>> number_words(7_042, say_and=True)
        ('seven', 'thousand', 'and', 'forty', 'two')
    """
    check_knob(_NAME, "number", number, 0 <= number <= LARGEST, f"0 to {LARGEST:,}")
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
        check_knob(_NAME, "low", self.low, 0 <= self.low <= LARGEST, f"0 to {LARGEST:,}")
        check_knob(_NAME, "high", self.high, self.low <= self.high <= LARGEST, f"{self.low:,} (low) to {LARGEST:,}")
        check_knob(_NAME, "seed", self.seed, self.seed >= 0, "at least 0")
        check_sizes(_NAME, self.numbers, self.test_size, self.high - self.low + 1, "numbers")


def load_numbers(**settings: Any) -> GenerationData:
    """Draw the numbers, and others for pre-training; takes the fields of `NumberKnobs`, and raises what that raises."""
    knobs = NumberKnobs(**settings)
    every = np.arange(LARGEST + 1)
    inside = (every >= knobs.low) & (every <= knobs.high)
    sample = draw_sample(every[inside], every[~inside], knobs.numbers, knobs.seed)
    own, overlapping, disjoint = (_examples(numbers, knobs.say_and) for numbers in sample)
    return generation_data(own, _symbols(knobs.say_and), overlapping, disjoint, knobs.test_size)


def _examples(numbers: IntArray, say_and: bool) -> Examples:
    plain = [int(number) for number in numbers]
    return Examples(tuple(map(str, plain)), tuple(number_words(number, say_and=say_and) for number in plain))


def _symbols(say_and: bool) -> Answer:
    return tuple(sorted((*_ONES, *_TENS, _HUNDRED, _THOUSAND, *((_AND,) if say_and else ()))))


def _size(settings: Mapping[str, Any]) -> tuple[int, int, int]:
    knobs = NumberKnobs(**settings)
    return knobs.numbers, knobs.test_size, len(_symbols(knobs.say_and))


NUMBER_WORDS = DatasetEntry(
    name=_NAME,
    family="generator",
    paper="after Sproat & Jaitly 2017, An RNN model of text normalization; the rule is the textbook's",
    needs="nothing",
    summary="Whole numbers to be answered with the English words that say them: a rule without exception.",
    kind="generation",
    defaults=asdict(NumberKnobs()),
    size=_size,
    load=load_numbers,
    licence="generated, none needed",
    task="generation",
)
