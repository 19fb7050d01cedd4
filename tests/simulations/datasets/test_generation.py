import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.datasets.generation import (
    LARGEST,
    NUMBER_WORDS,
    PRONUNCIATIONS,
    NumberKnobs,
    WordKnobs,
    load_numbers,
    load_pronunciations,
    load_words,
    number_words,
)
from simulations.datasets.package_tables import FOLDER
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


@pytest.mark.parametrize("say_and", [False, True])
def test_items_are_of_the_range_and_examples_are_no_items(say_and):
    data = load_numbers(NumberKnobs(numbers=300, low=500, high=2_000, say_and=say_and, seed=3, test_size=50))
    own, like, other = (set(map(int, texts)) for texts in (data.items, data.overlapping.items, data.disjoint.items))
    assert len(own) == 300 and own | like <= set(range(500, 2_001)) and not own & like
    assert len(like) == 1_201 and len(other) == 2_000 and not other & set(range(500, 2_001))
    assert data.answers[0] == number_words(int(data.items[0]), say_and=say_and)
    assert data.outputs == len(data.symbols) == 30 + say_and
    assert set().union(*data.answers) <= set(data.symbols) and data.alphabet == tuple("0123456789")
    assert data.lengths[0] == len(data.answers[0]) and data.expected_lengths[0] == len(data.items[0])


def test_a_seed_is_another_sample_and_the_same_seed_the_same():
    one, again, other = (load_numbers(NumberKnobs(numbers=50, test_size=10, seed=seed)).items for seed in (1, 1, 2))
    assert one == again != other


@pytest.mark.parametrize(
    ("entry", "changed", "size"),
    [
        (NUMBER_WORDS, {}, (6000, 2000, 30)),
        (PRONUNCIATIONS, {"stress": False, "words": 60, "test_size": 20}, (60, 20, 39)),
        (PRONUNCIATIONS, {"stress": True, "words": 60, "test_size": 20}, (60, 20, 69)),
    ],
)
def test_size_is_told_without_loading(entry, changed, size):
    data = entry.load(**{**entry.defaults, **changed})
    assert entry.size({**entry.defaults, **changed}) == (len(data.items), data.test_size, data.outputs) == size
    assert np.isfinite(data.features).all() and data.features.shape == (size[0], 256)


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


# The symbols of the dictionary, less stress marks.
VOWELS = {"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"}
CONSONANTS = {*"BDFGKLMNPRSTVWYZ", "CH", "DH", "HH", "JH", "NG", "SH", "TH", "ZH"}


def test_words_are_distinct_sorted_and_lower_case_and_phonemes_arpabet():
    words, plain = load_pronunciations()
    marked_words, marked = load_pronunciations(stress=True)
    assert len(words) == len(set(words)) == 20_000 and list(words) == sorted(words) and words == marked_words
    assert all(word.isascii() and word.isalpha() and word.islower() and len(word) > 1 for word in words)
    assert {symbol for spoken in plain for symbol in spoken} == VOWELS | CONSONANTS
    for bare, spoken in zip(plain, marked, strict=True):
        assert spoken and bare == tuple(symbol.rstrip("012") for symbol in spoken)
        assert all((symbol[-1] in "012") == (symbol.rstrip("012") in VOWELS) for symbol in spoken)


def test_the_licence_lies_beside():
    text = (FOLDER / "CMUDICT-LICENSE.txt").read_text("utf-8")
    assert "Carnegie Mellon University" in text and "Redistributions in binary form" in text


@pytest.fixture(scope="module")
def early():
    return load_words(WordKnobs(words=500, first="b", last="m", test_size=100))


def test_words_keep_their_own_phonemes(early):
    spoken = dict(zip(*load_pronunciations(), strict=True))
    assert len(set(early.items)) == 500
    assert all(spoken[word] == answer for word, answer in zip(early.items, early.answers, strict=True))
    assert early.alphabet == tuple("abcdefghijklmnopqrstuvwxyz") and early.outputs == len(early.symbols) == 39


def test_further_words_are_no_items_and_begin_as_they_should(early):
    own, like, other = (set(one) for one in (early.items, early.overlapping.items, early.disjoint.items))
    assert not own & like and len(like) == len(other) == 2_000
    assert {word[0] for word in own | like} == set("bcdefghijklm")
    assert {word[0] for word in other} == set("anopqrstuvwxyz")


def test_all_words_leave_none_for_disjoint_pre_training():
    data = load_words(WordKnobs(words=100, test_size=20))
    assert data.disjoint.items == () and len(data.overlapping.items) == 2_000
    assert load_words(WordKnobs(words=20_000, test_size=20)).overlapping.items == ()


def test_like_words_lie_near_each_other():
    data = load_words(WordKnobs(words=5_000, test_size=100))
    at = {word: row for row, word in enumerate(data.items)}
    pairs = [(at[word], at[f"{word}s"]) for word in data.items if f"{word}s" in at]
    features = data.features
    assert len(pairs) > 20
    near = sum(float(features[a] @ features[b]) for a, b in pairs) / len(pairs)
    far = sum(float(features[a] @ features[b - 2_500]) for a, b in pairs) / len(pairs)
    assert near > 0.6 > far + 0.3


@pytest.mark.parametrize(
    ("knobs", "told"),
    [
        ({"first": "m", "last": "a"}, r"pronunciations, last: found 'a'; allowed: m \(first\) to z"),
        ({"first": "A"}, "pronunciations, first: found 'A'; allowed: a lower-case letter from a to z"),
        ({"last": "zz"}, "pronunciations, last: found 'zz'"),
        ({"words": 93, "first": "y", "last": "y"}, "pronunciations, words: found 93; allowed: 10 to 92"),
        ({"words": 20, "test_size": 0}, "pronunciations, test_size: found 0; allowed: 1 to 18"),
    ],
)
def test_knobs_of_words_out_of_range_are_refused(knobs, told):
    with pytest.raises(InputError, match=told):
        WordKnobs(**knobs)
