import pytest

from simulations.datasets.spoken import PRONUNCIATIONS, WordKnobs, load_pronunciations, load_words
from simulations.errors import InputError


@pytest.fixture(scope="module")
def early():
    return load_words(words=500, first="b", last="m", test_size=100)


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
    data = load_words(words=100, test_size=20)
    assert data.disjoint.items == () and len(data.overlapping.items) == 2_000
    assert load_words(words=20_000, test_size=20).overlapping.items == ()


def test_size_is_told_without_loading():
    for stress, phonemes in ((False, 39), (True, 69)):
        settings = {**PRONUNCIATIONS.defaults, "stress": stress, "words": 60, "test_size": 20}
        assert PRONUNCIATIONS.size(settings) == (60, 20, phonemes)
        data = PRONUNCIATIONS.load(**settings)
        assert (len(data.items), data.test_size, data.outputs) == (60, 20, phonemes)


def test_like_words_lie_near_each_other():
    data = load_words(words=5_000, test_size=100)
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
def test_knobs_out_of_range_are_refused(knobs, told):
    with pytest.raises(InputError, match=told):
        WordKnobs(**knobs)
