import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.costs.label_noise import plurality_accuracy
from simulations.errors import InputError
from simulations.oracles.answers import answers_of, error_rate, flip_uniformly, plurality
from simulations.oracles.registry import FURTHER, ORACLES, check_oracle, make_oracle
from simulations.trajectory import Part, content_hash


@given(st.integers(2, 9), st.integers(0, 99))
def test_rate_one_never_gives_the_true_class(classes, seed):
    labels = np.arange(50) % classes
    flipped = flip_uniformly(labels, 1.0, classes, np.random.default_rng(seed))
    assert (flipped != labels).all() and flipped.min() >= 0 and flipped.max() < classes


def test_wrong_answers_spread_over_the_other_classes():
    flipped = flip_uniformly(np.zeros(30_000, dtype=np.int64), 0.3, 4, np.random.default_rng(0))
    assert np.bincount(flipped) / 30_000 == pytest.approx([0.7, 0.1, 0.1, 0.1], abs=0.01)


def test_a_higher_rate_adds_wrong_answers_and_removes_none():
    labels = np.arange(1000) % 3
    few, many = (flip_uniformly(labels, rate, 3, np.random.default_rng(0)) != labels for rate in (0.1, 0.4))
    assert (many[few]).all() and many.sum() > few.sum()


def test_perfect_repeats_the_observed_labels():
    labels = np.arange(10) % 3
    assert (answers_of(Part.of("perfect"), labels, 3, np.random.default_rng(0)) == labels).all()


def _votes(votes, rate):
    return Part.of("votes", {"votes": votes, "rate": rate})


def test_one_vote_is_a_flip():
    labels = np.arange(2000) % 4
    one, flip = (
        answers_of(oracle, labels, 4, np.random.default_rng(1))
        for oracle in (_votes(1, 0.3), Part.of("flip", {"rate": 0.3}))
    )
    assert (one == flip).all()


def test_votes_that_agree_are_believed():
    labels = np.arange(50) % 2
    assert (answers_of(_votes(5, 0.0), labels, 2, np.random.default_rng(0)) == labels).all()
    assert (answers_of(_votes(5, 1.0), labels, 2, np.random.default_rng(0)) == 1 - labels).all()


def test_plurality_by_hand():
    counts = np.array([[3, 1, 0], [0, 1, 2], [2, 2, 1], [1, 1, 1]], dtype=np.int8)
    chosen = np.array([plurality(counts, np.random.default_rng(seed)) for seed in range(3000)])
    assert (chosen[:, 0] == 0).all() and (chosen[:, 1] == 2).all()
    assert np.bincount(chosen[:, 2], minlength=3) / 3000 == pytest.approx([0.5, 0.5, 0], abs=0.03)
    assert np.bincount(chosen[:, 3], minlength=3) / 3000 == pytest.approx([1 / 3] * 3, abs=0.03)


def test_plurality_does_not_depend_on_its_blocks(monkeypatch):
    counts = np.random.default_rng(0).integers(0, 3, size=(1000, 5))
    whole = plurality(counts, np.random.default_rng(7))
    monkeypatch.setattr("simulations.oracles.answers._BLOCK", 64)
    assert (plurality(counts, np.random.default_rng(7)) == whole).all()


@pytest.mark.parametrize(
    ("votes", "rate", "classes", "right"),
    [
        # By hand: all three right, two right, or one right and the others apart, which wins a third of the ties.
        (3, 0.2, 2, 0.8**3 + 3 * 0.8**2 * 0.2),
        (3, 0.2, 5, 0.8**3 + 3 * 0.8**2 * 0.2 + 3 * 0.8 * 0.2**2 * (3 / 4) / 3),
        (2, 0.3, 3, 0.7**2 + 2 * 0.7 * 0.3 / 2),
        (5, 0.4, 4, plurality_accuracy(0.6, 5, 4)),
        (7, 0.5, 10, plurality_accuracy(0.5, 7, 10)),
    ],
)
def test_plurality_is_right_as_often_as_the_multinomial_says(votes, rate, classes, right):
    labels = np.arange(40_000) % classes
    answers = answers_of(_votes(votes, rate), labels, classes, np.random.default_rng(3))
    assert plurality_accuracy(1 - rate, votes, classes) == pytest.approx(right)
    assert (answers == labels).mean() == pytest.approx(right, abs=4 * (0.25 / 40_000) ** 0.5)


@pytest.mark.parametrize(
    ("oracle", "sentence"),
    [
        (Part.of("flip", {"rate": -0.1}), "oracle flip, rate: found -0.1; allowed: 0 to 1, a fraction"),
        (_votes(0, 0.2), "oracle votes, votes: found 0; allowed: 1 to 99, answers to each item"),
        (_votes(100, 0.2), "oracle votes, votes: found 100; allowed: 1 to 99"),
        (_votes(3, 20.0), "oracle votes, rate: found 20.0; allowed: 0 to 1"),
    ],
)
def test_settings_out_of_range_are_told(oracle, sentence):
    with pytest.raises(InputError) as caught:
        check_oracle(oracle)
    assert sentence in str(caught.value)


def test_defaults_are_in_range():
    for name, defaults in ORACLES.items():
        check_oracle(Part.of(name, defaults))


def test_votes_of_strangers_keep_the_content_they_had_before_there_were_crowds():
    as_before = Part.of("votes", {"rate": 0.2, "votes": 3})
    assert make_oracle("votes", {}, "grid") == as_before
    assert make_oracle("votes", dict(FURTHER), "grid") == as_before
    assert make_oracle("votes", {"annotators": 9}, "grid").options == {"annotators": 9, "rate": 0.2, "votes": 3}
    # What it hashed to then.
    assert content_hash(as_before.as_json()) == "787f545d036bd775b3432ad34b2238dab66767a6ef6de1c18391939d9843ebd6"


def test_an_unknown_oracle_and_an_unknown_setting_are_told():
    with pytest.raises(InputError, match=r"grid: unknown oracle 'flop'.*flip"):
        make_oracle("flop", {}, "grid")
    with pytest.raises(InputError, match="annotators"):
        make_oracle("votes", {"annotator": 3}, "grid")
    with pytest.raises(InputError, match="annotators"):
        make_oracle("flip", {"annotators": 3}, "grid")


def test_the_share_of_wrong_answers_is_known():
    assert error_rate(Part.of("perfect"), 3, 500, 2.0) == 0.0
    assert error_rate(Part.of("flip", {"rate": 0.07}), 3, 500, 2.0) == 0.07 == error_rate(_votes(1, 0.07), 3, 500, 2.0)
    for votes, rate, classes in [(3, 0.2, 2), (4, 0.3, 5), (5, 0.5, 10)]:
        exact = 1 - plurality_accuracy(1 - rate, votes, classes)
        found = error_rate(_votes(votes, rate), classes, 500, 2.0)
        assert found == pytest.approx(exact, abs=0.003)
        error_rate.cache_clear()
        assert error_rate(_votes(votes, rate), classes, 500, 2.0) == found
