import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.costs.label_noise import plurality_accuracy
from simulations.errors import InputError
from simulations.oracles.answers import answers_of, error_rate
from simulations.oracles.crowd import ask_annotators, dawid_skene, error_rates
from simulations.oracles.registry import make_oracle

DIFFERING = {"annotators": 12, "skill_spread": 0.28, "rate": 0.3, "votes": 3}


def _oracle(**given_):
    return make_oracle("votes", {**DIFFERING, **given_}, "grid")


def _error(oracle, labels, classes, seed=0):
    return (answers_of(oracle, labels, classes, np.random.default_rng(seed)) != labels).mean()


@given(st.integers(2, 60), st.integers(1, 5), st.integers(0, 99))
def test_nobody_answers_an_item_twice(annotators, votes, seed):
    votes = min(votes, annotators)
    who, said = ask_annotators(np.arange(30) % 3, 3, annotators, votes, 0.3, 0.1, np.random.default_rng(seed))
    assert who.shape == said.shape == (30, votes)
    assert all(len(set(row)) == votes for row in who.tolist())
    assert said.min() >= 0 and said.max() < 3 and who.max() < annotators


def test_everybody_is_asked_as_often_and_errs_as_said():
    labels = np.arange(60_000) % 4
    who, said = ask_annotators(labels, 4, 5, 2, 0.3, 0.2, np.random.default_rng(0))
    assert np.bincount(who.ravel()) / who.size == pytest.approx([0.2] * 5, abs=0.01)
    wrong = said != labels[:, None]
    assert [wrong[who == j].mean() for j in range(5)] == pytest.approx(error_rates(5, 0.3, 0.2).tolist(), abs=0.015)
    assert np.bincount((said - labels[:, None])[wrong] % 4)[1:] / wrong.sum() == pytest.approx([1 / 3] * 3, abs=0.02)


def test_who_is_asked_does_not_depend_on_the_blocks(monkeypatch):
    labels = np.arange(500) % 3
    whole, _ = ask_annotators(labels, 3, 10, 3, 0.2, 0.1, np.random.default_rng(4))
    monkeypatch.setattr("simulations.oracles.crowd._NUMBERS_AT_ONCE", 70)
    assert (ask_annotators(labels, 3, 10, 3, 0.2, 0.1, np.random.default_rng(4))[0] == whole).all()


def test_annotators_alike_err_as_strangers_do():
    labels = np.arange(40_000) % 4
    alike = _oracle(skill_spread=0.0)
    assert _error(alike, labels, 4) == pytest.approx(1 - plurality_accuracy(0.7, 3, 4), abs=0.01)


def test_where_annotators_differ_dawid_skene_errs_less_than_the_plurality():
    pytest.importorskip("crowdkit")
    for classes, seed in [(2, 0), (2, 1), (5, 2)]:
        labels = np.random.default_rng(seed).integers(0, classes, 3000)
        plurality, learned = (
            _error(_oracle(aggregation=name), labels, classes, seed) for name in ("plurality", "dawid_skene")
        )
        assert learned < 0.9 * plurality


def test_dawid_skene_answers_the_same_again():
    pytest.importorskip("crowdkit")
    labels = np.arange(400) % 3
    first, second = (answers_of(_oracle(aggregation="dawid_skene"), labels, 3, np.random.default_rng(5)) for _ in "ab")
    assert (first == second).all()


def test_a_class_that_nobody_said_is_nobodys_answer_and_ties_are_broken_at_random():
    pytest.importorskip("crowdkit")
    who = np.tile([0, 1], (400, 1))
    # Both say class 1 or both say class 3, or they differ; with two annotators alike, nothing tells who is right.
    said = np.array([[1, 1], [3, 3], [1, 3], [3, 1]] * 100)
    answers = dawid_skene(who, said, 5, np.random.default_rng(0)).reshape(-1, 4)
    assert set(answers.ravel().tolist()) == {1, 3}
    assert (answers[:, 0] == 1).all() and (answers[:, 1] == 3).all()
    assert 60 < (answers[:, 2] == 1).sum() + (answers[:, 3] == 1).sum() < 140
    assert dawid_skene(np.array([[0]]), np.array([[2]]), 4, np.random.default_rng(0)).tolist() == [2]


def test_without_crowd_kit_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "crowdkit.aggregation", None)
    with pytest.raises(InputError, match=r"needs crowd-kit, which is not installed; .* extra 'votes'"):
        dawid_skene(np.zeros((1, 1), int), np.zeros((1, 1), int), 2, np.random.default_rng(0))
    monkeypatch.setattr("simulations.oracles.crowd.find_spec", lambda _: None)
    with pytest.raises(InputError, match="grid, oracle votes, aggregation: dawid_skene needs crowd-kit"):
        _oracle(aggregation="dawid_skene")


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"annotators": -1}, r"annotators: found -1; allowed: 0 \(nobody votes twice\) to 1000"),
        ({"annotators": 2, "votes": 3}, "votes: found 3; allowed: at most the 2 annotators"),
        ({"skill_spread": 0.4}, "skill_spread: found 0.4; allowed: 0 to 0.3, so that error rates of 0.3 ± spread are"),
        ({"skill_spread": -0.1}, "skill_spread: found -0.1"),
        ({"annotators": 0}, "skill_spread: found 0.28; allowed: 0 without annotators"),
        ({"aggregation": "mean"}, "aggregation: found 'mean'; allowed: plurality, dawid_skene"),
        (
            {"aggregation": "dawid_skene", "annotators": 0, "skill_spread": 0.0},
            "annotators: found 0; allowed: at least 2",
        ),
        ({"annotators": 2.5}, "annotators: found 2.5; allowed: a whole number"),
    ],
)
def test_a_crowd_that_cannot_answer_is_told(given_, said):
    with pytest.raises(InputError, match=f"grid, .*{said}"):
        _oracle(**given_)


def test_the_error_rate_of_a_crowd_is_what_it_errs():
    pytest.importorskip("crowdkit")
    labels = np.repeat(np.arange(3), [1200, 600, 200])
    for name in ("plurality", "dawid_skene"):
        oracle = _oracle(aggregation=name)
        measured = np.mean([_error(oracle, labels, 3, seed) for seed in range(3)])
        assert error_rate(oracle, 3, 2000, 6.0) == pytest.approx(measured, abs=0.02)
