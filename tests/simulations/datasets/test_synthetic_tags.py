from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations.datasets import DATASETS, load_dataset, pool_size
from simulations.datasets.synthetic_tags import TagKnobs, generate_tags, make_lexicon
from simulations.errors import InputError
from simulations.trajectory import Part

SMALL = TagKnobs(sentences=200, words=300, tags=5, length=8.0, test_size=50)


def test_same_knobs_give_the_same_task():
    first, again, other = generate_tags(SMALL), generate_tags(SMALL), generate_tags(replace(SMALL, seed=1))
    assert first.items == again.items and first.answers == again.answers
    assert (first.features == again.features).all()
    assert first.items != other.items


@settings(max_examples=15, deadline=None)
@given(
    st.builds(
        TagKnobs,
        sentences=st.just(60),
        words=st.integers(60, 400),
        tags=st.integers(2, 12),
        length=st.floats(2.0, 12.0),
        ambiguity=st.floats(0.0, 1.0),
        morphology=st.floats(0.0, 1.0),
        imbalance=st.floats(0.0, 3.0),
        seed=st.integers(0, 10),
        test_size=st.just(20),
    )
)
def test_every_token_has_a_tag(knobs):
    data = generate_tags(knobs)
    assert [len(words) for words in data.items] == [len(tags) for tags in data.answers] == data.lengths.tolist()
    assert min(data.lengths) >= 1 and max(data.lengths) <= 4 * knobs.length
    assert {tag for tags in data.answers for tag in tags} <= set(range(knobs.tags))
    assert all(word for words in data.items for word in words)


def _lexicon(**knobs):
    every = TagKnobs(**{"words": 500, "tags": 6, "ambiguity": 0.0, "morphology": 1.0} | knobs)
    return make_lexicon(every, np.random.default_rng(0))


def _tags_of_words(data):
    said = defaultdict(set)
    for words, tags in zip(data.items, data.answers, strict=True):
        for word, tag in zip(words, tags, strict=True):
            said[word].add(tag)
    return said


def test_ambiguity_is_the_share_of_words_of_two_tags():
    assert all(len(tags) == 1 for tags in _tags_of_words(generate_tags(replace(SMALL, ambiguity=0.0))).values())
    lexicon = _lexicon(words=2000, ambiguity=0.3, morphology=0.5)
    times = np.bincount(np.concatenate(lexicon.of_tag), minlength=2000)
    assert set(times.tolist()) == {1, 2}
    assert np.mean(times == 2) == pytest.approx(0.3, abs=0.04)


def test_where_all_words_are_regular_the_ending_is_the_tag():
    lexicon = _lexicon()
    endings = [{lexicon.forms[word][-3:] for word in words} for words in lexicon.of_tag]
    assert len(set(lexicon.forms)) == 500
    # A nucleus of one letter leaves the third last letter to the stem; two letters are the ending's in any case.
    assert all(len({ending[-2:] for ending in own}) == 1 for own in endings)
    every = _lexicon(morphology=0.0)
    assert any(len({every.forms[word][-2:] for word in words}) > 1 for words in every.of_tag)


def test_tags_that_outnumber_the_short_endings_have_different_ones():
    lexicon = _lexicon(words=600, tags=100)
    assert len(lexicon.of_tag) == 100 and min(map(len, lexicon.of_tag)) >= 2


def test_shares_of_tags_fall_as_asked():
    def shares(imbalance):
        """Mean shares of the first and the last tag over languages, whose chains pull them about."""
        found = []
        for seed in range(12):
            data = generate_tags(TagKnobs(sentences=50, words=20, tags=4, imbalance=imbalance, test_size=20, seed=seed))
            counts = np.bincount([tag for tags in data.answers for tag in tags], minlength=4)
            found.append(counts[[0, 3]] / counts.sum())
        return np.mean(found, axis=0)

    # 1 and 1/16 of 1 + 1/4 + 1/9 + 1/16 are 0.70 and 0.04; balanced, each is a quarter.
    assert shares(2.0) == pytest.approx([0.70, 0.04], abs=0.1)
    assert shares(0.0) == pytest.approx([0.25, 0.25], abs=0.1)


def test_sentences_are_as_long_as_asked():
    data = generate_tags(replace(SMALL, sentences=3000, length=20.0))
    assert data.lengths.mean() == pytest.approx(20.0, rel=0.03)
    # Lognormal of deviation 0.4: a coefficient of variation of √(e^0.16 - 1) = 0.417.
    assert data.lengths.std() / data.lengths.mean() == pytest.approx(0.417, rel=0.06)


def test_words_fall_as_one_over_their_rank():
    data = generate_tags(replace(SMALL, sentences=5000, words=50, tags=2, ambiguity=0.0, test_size=50))
    for tag in range(2):
        counts = defaultdict(int)
        for words, tags in zip(data.items, data.answers, strict=True):
            for word, said in zip(words, tags, strict=True):
                counts[word] += said == tag
        first, second, third, *_ = sorted(counts.values(), reverse=True)
        assert second / first == pytest.approx(1 / 2, rel=0.1) and third / first == pytest.approx(1 / 3, rel=0.1)


@pytest.mark.parametrize(
    ("knob", "value", "allowed"),
    [
        ("sentences", 49, "50 to 100,000"),
        ("tags", 1, "2 to 100"),
        ("tags", 61, "at least 5 a tag"),
        ("length", 1.5, "2.0 to 200.0"),
        ("ambiguity", 1.1, "0.0 to 1.0"),
        ("morphology", -0.1, "0.0 to 1.0"),
        ("imbalance", 3.5, "0.0 to 3.0"),
        ("seed", -1, "0 to"),
        ("test_size", 19, "20 to 180"),
        ("test_size", 181, "20 to 180"),
    ],
)
def test_knobs_out_of_range_are_told(knob, value, allowed):
    with pytest.raises(InputError, match=rf"synthetic-tags, {knob if value != 61 else 'words'}: .*{allowed}"):
        replace(SMALL, **{knob: value})


def test_too_many_tokens_are_told():
    with pytest.raises(InputError, match=r"sentences: found 100000; allowed: at most 10,000"):
        TagKnobs(sentences=100_000, length=200.0)


def test_it_is_registered_as_tagging():
    entry = DATASETS["synthetic-tags"]
    part = Part.of(entry.name, {**entry.defaults, "sentences": 60, "test_size": 20})
    assert entry.task == "tagging" and pool_size(part) == (40, 12)
    data = load_dataset(part)
    assert (data.task, data.kind, data.outputs, data.test_size, len(data.items)) == ("tagging", "sequence", 12, 20, 60)
