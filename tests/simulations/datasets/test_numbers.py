import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.datasets.number_words import LARGEST, NUMBER_WORDS, NumberKnobs, load_numbers, number_words
from simulations.errors import InputError

ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
STEMS = ("thir", "four", "fif", "six", "seven", "eigh", "nine")
VALUES = {
    **{word: n for n, word in enumerate(ONES)},
    **{f"{stem}teen": n for n, stem in enumerate(STEMS, start=13)},
    **{f"{stem}ty": 10 * n for n, stem in enumerate(("twen", "thir", "for", *STEMS[2:]), start=2)},
}


def read_back(words):
    """Add up what is said: hundreds multiply what stands before them, thousands all that does."""
    total = part = 0
    for word in words:
        if word == "thousand":
            total, part = 1000 * part, 0
        elif word == "hundred":
            part *= 100
        elif word != "and":
            part += VALUES[word]
    return total + part


@pytest.mark.parametrize(
    ("number", "said", "british"),
    [
        (0, "zero", "zero"),
        (13, "thirteen", "thirteen"),
        (40, "forty", "forty"),
        (100, "one hundred", "one hundred"),
        (101, "one hundred one", "one hundred and one"),
        (1_000, "one thousand", "one thousand"),
        (1_100, "one thousand one hundred", "one thousand one hundred"),
        (2_005, "two thousand five", "two thousand and five"),
        (110_000, "one hundred ten thousand", "one hundred and ten thousand"),
        (347_112, "three hundred forty seven thousand one hundred twelve",
         "three hundred and forty seven thousand one hundred and twelve"),
    ],
)  # fmt: skip
def test_numbers_are_said_as_the_rule_has_it(number, said, british):
    assert number_words(number) == tuple(said.split())
    assert number_words(number, say_and=True) == tuple(british.split())


@given(number=st.integers(0, LARGEST), say_and=st.booleans())
def test_what_is_said_is_the_number(number, say_and):
    said = number_words(number, say_and=say_and)
    assert read_back(said) == number
    assert say_and or "and" not in said


@pytest.mark.parametrize("number", [-1, LARGEST + 1])
def test_other_numbers_are_refused(number):
    with pytest.raises(InputError, match=f"number-words, number: found {number}; allowed: 0 to 999,999"):
        number_words(number)


@pytest.mark.parametrize("say_and", [False, True])
def test_items_are_of_the_range_and_examples_are_no_items(say_and):
    data = load_numbers(numbers=300, low=500, high=2_000, say_and=say_and, seed=3, test_size=50)
    own, like, other = (set(map(int, texts)) for texts in (data.items, data.overlapping.items, data.disjoint.items))
    assert len(own) == 300 and own | like <= set(range(500, 2_001)) and not own & like
    assert len(like) == 1_201 and len(other) == 2_000 and not other & set(range(500, 2_001))
    assert data.answers[0] == number_words(int(data.items[0]), say_and=say_and)
    assert data.outputs == len(data.symbols) == 30 + say_and
    assert set().union(*data.answers) <= set(data.symbols) and data.alphabet == tuple("0123456789")
    assert data.lengths[0] == len(data.answers[0]) and data.expected_lengths[0] == len(data.items[0])


def test_a_seed_is_another_sample_and_the_same_seed_the_same():
    one, again, other = (load_numbers(numbers=50, test_size=10, seed=seed).items for seed in (1, 1, 2))
    assert one == again != other


def test_size_is_told_without_loading():
    assert NUMBER_WORDS.size(NUMBER_WORDS.defaults) == (6000, 2000, 30)
    data = NUMBER_WORDS.load(**NUMBER_WORDS.defaults)
    assert (len(data.items), data.test_size, data.outputs) == (6000, 2000, 30)
    assert np.isfinite(data.features).all() and data.features.shape == (6000, 256)


@pytest.mark.parametrize(
    ("knobs", "told"),
    [
        ({"low": 5, "high": 4}, r"number-words, high: found 4; allowed: 5 \(low\) to 999,999"),
        ({"low": -1}, "number-words, low: found -1; allowed: 0 to 999,999"),
        ({"high": 10**6}, "number-words, high: found 1000000"),
        ({"numbers": 200, "low": 1, "high": 100}, "number-words, numbers: found 200; allowed: 10 to 100"),
        ({"numbers": 20, "test_size": 19}, "test_size: found 19; allowed: 1 to 18, so that a pool is left"),
        ({"seed": -1}, "number-words, seed: found -1; allowed: at least 0"),
    ],
)
def test_knobs_out_of_range_are_refused(knobs, told):
    with pytest.raises(InputError, match=told):
        NumberKnobs(**knobs)
