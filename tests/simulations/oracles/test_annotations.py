"""Oracles: single answers, errors that depend on the class or the item, annotators, and the time answers take."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom

from planner.costs.label_noise import error_after_votes
from simulations.datasets.pool import hardness_of, open_pool
from simulations.errors import InputError
from simulations.oracles.annotations import (
    Items,
    answers_of,
    ask_annotators,
    dawid_skene,
    draw_times,
    error_rate,
    error_rates,
    error_rates_of_items,
    flip_at_boundary,
    flip_by_class,
    flip_regions,
    flip_uniformly,
    plurality,
)
from simulations.oracles.registry import FURTHER, ORACLES, TIMING, make_oracle, tells_seconds
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
    monkeypatch.setattr("simulations.oracles.annotations._BLOCK", 64)
    assert (plurality(counts, np.random.default_rng(7)) == whole).all()


@pytest.mark.parametrize(
    ("votes", "rate", "classes", "right"),
    [
        # By hand: all three right, two right, or one right and the others apart, which wins a third of the ties.
        (3, 0.2, 2, 0.8**3 + 3 * 0.8**2 * 0.2),
        (3, 0.2, 5, 0.8**3 + 3 * 0.8**2 * 0.2 + 3 * 0.8 * 0.2**2 * (3 / 4) / 3),
        (2, 0.3, 3, 0.7**2 + 2 * 0.7 * 0.3 / 2),
        (5, 0.4, 4, 1 - error_after_votes("fixed", 5, 0.4, 4)),
        (7, 0.5, 10, 1 - error_after_votes("fixed", 7, 0.5, 10)),
    ],
)
def test_plurality_is_right_as_often_as_the_multinomial_says(votes, rate, classes, right):
    labels = np.arange(40_000) % classes
    answers = answers_of(_votes(votes, rate), labels, classes, np.random.default_rng(3))
    assert 1 - error_after_votes("fixed", votes, rate, classes) == pytest.approx(right)
    assert (answers == labels).mean() == pytest.approx(right, abs=4 * (0.25 / 40_000) ** 0.5)


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
        exact = error_after_votes("fixed", votes, rate, classes)
        found = error_rate(_votes(votes, rate), classes, 500, 2.0)
        assert found == pytest.approx(exact, abs=0.003)
        error_rate.cache_clear()
        assert error_rate(_votes(votes, rate), classes, 500, 2.0) == found


def _rng(seed=0):
    return np.random.default_rng(seed)


def _items(n, seed=0):
    features = _rng(seed).normal(size=(n, 2))
    return Items((_rng(seed).permutation(n) + 0.5) / n, (np.arange(n) + 1) % 3, features)


@given(st.integers(2, 12), st.integers(0, 50), st.floats(0, 1))
def test_a_class_that_is_always_wrong_is_never_named(classes, seed, twin_share):
    labels = np.arange(60) % classes
    flipped = flip_by_class(labels, 1.0, 0.0, twin_share, classes, _rng(seed))
    assert (flipped != labels).all() and flipped.min() >= 0 and flipped.max() < classes


def test_error_rates_of_classes_lie_evenly_about_their_mean():
    labels = np.repeat(np.arange(4), 50_000)
    wrong = flip_by_class(labels, 0.2, 0.15, 0.5, 4, _rng()) != labels
    assert sorted(wrong.reshape(4, -1).mean(axis=1)) == pytest.approx([0.05, 0.15, 0.25, 0.35], abs=0.008)


def test_most_wrong_answers_of_a_class_name_its_twin():
    labels = np.repeat(np.arange(4), 50_000)
    flipped = flip_by_class(labels, 0.3, 0.0, 0.7, 4, _rng(3)).reshape(4, -1)
    shares = [np.bincount(said[said != own], minlength=4) / (said != own).sum() for own, said in enumerate(flipped)]
    assert np.sort(shares, axis=1) == pytest.approx(np.tile([0, 0.15, 0.15, 0.7], (4, 1)), abs=0.015)
    # Nobody is the twin of two.
    assert sorted(np.argmax(shares, axis=1)) == [0, 1, 2, 3]


def test_errors_gather_where_classes_meet_and_their_mean_is_as_said():
    n = 200_000
    items, labels = _items(n), np.arange(n) % 3
    for rate, sharpness in [(0.1, 4.0), (0.2, 0.0), (0.05, 19.0)]:
        wrong = flip_at_boundary(labels, rate, sharpness, items, _rng(1)) != labels
        assert wrong.mean() == pytest.approx(rate, abs=0.003)
        # The share of errors among the plainer half is the integral of (s + 1) h^s to a half.
        assert wrong[items.hardness < 0.5].mean() / 2 == pytest.approx(rate * 0.5 ** (sharpness + 1), abs=0.003)


def test_a_wrong_answer_at_the_boundary_is_the_class_that_is_near():
    items, labels = _items(5000), np.arange(5000) % 3
    said = flip_at_boundary(labels, 0.2, 4.0, items, _rng(2))
    assert (said[said != labels] == items.mistaken_for[said != labels]).all()


@pytest.mark.parametrize(("rate", "correlation"), [(0.2, 0.3), (0.4, 0.05), (0.1, 0.9)])
def test_wrong_votes_of_an_item_are_beta_binomial(rate, correlation):
    n, votes = 60_000, 5
    rates = error_rates_of_items(rate, correlation, n, _rng())
    wrong = (_rng(1).random((votes, n)) < rates).sum(axis=0)
    size = 1 / correlation - 1
    exact = betabinom(votes, rate * size, (1 - rate) * size).pmf(np.arange(votes + 1))
    assert np.bincount(wrong, minlength=votes + 1) / n == pytest.approx(exact, abs=0.01)


def test_the_share_of_wrong_answers_is_known_where_items_differ():
    for name, given_ in [
        ("class_flip", {"rate": 0.2, "spread": 0.1}),
        ("boundary_flip", {"rate": 0.15, "sharpness": 3.0}),
        ("region_flip", {"rate": 0.25}),
        ("votes", {"rate": 0.3, "votes": 3, "item_correlation": 0.3, "follows_hardness": True}),
    ]:
        oracle, n = make_oracle(name, given_, "grid"), 30_000
        labels, items = np.arange(n) % 3, _items(n, 5)
        wrong = np.mean([answers_of(oracle, labels, 3, _rng(seed), lambda: items) != labels for seed in range(3)])  # noqa: B023
        assert wrong == pytest.approx(error_rate(oracle, 3, n, 1.0), abs=0.008)


def test_harder_items_get_more_wrong_answers_where_errors_follow_hardness():
    items, labels = _items(20_000), np.arange(20_000) % 3
    oracle = make_oracle("votes", {"item_correlation": 0.3, "follows_hardness": True}, "grid")
    wrong = answers_of(oracle, labels, 3, _rng(), lambda: items) != labels
    assert wrong[items.hardness > 0.8].mean() > 5 * wrong[items.hardness < 0.5].mean()


def test_whole_regions_get_the_same_wrong_answer():
    # Class 0 at 0 and at 10, class 1 at 20 and at 30; each of the four places is a region, and looks like class 2.
    labels, place = np.repeat([0, 0, 1, 1], 5), np.repeat([0.0, 10.0, 20.0, 30.0], 5)
    items = Items(np.full(20, 0.5), np.full(20, 2), place[:, None])
    answers = flip_regions(labels, 0.25, 5, 3, items, _rng())
    assert set(answers[answers != labels]) == {2}
    assert (answers != labels).sum() == 5
    again = [flip_regions(labels, 0.5, 5, 3, items, _rng(seed)) != labels for seed in range(20)]
    assert all(wrong.sum() == 10 for wrong in again)
    # A region errs as a whole, but for the one at which the share is reached.
    partly = [sum(0 < wrong[at : at + 5].sum() < 5 for at in range(0, 20, 5)) for wrong in again]
    assert max(partly) <= 2


def test_an_oracle_that_must_know_the_items_says_so():
    with pytest.raises(ValueError, match="told of them"):
        answers_of(make_oracle("boundary_flip", {}, "grid"), np.zeros(3, np.int64), 2, _rng())


DIFFERING = {"annotators": 12, "skill_spread": 0.28, "rate": 0.3, "votes": 3}


@pytest.mark.parametrize(
    ("name", "given_", "sentence"),
    [
        ("flip", {"rate": -0.1}, "oracle flip, rate: found -0.1; allowed: 0 to 1, a fraction"),
        ("votes", {"votes": 0}, "oracle votes, votes: found 0; allowed: 1 to 99, answers to each item"),
        ("votes", {"votes": 100}, "oracle votes, votes: found 100; allowed: 1 to 99"),
        ("votes", {"rate": 20.0}, "oracle votes, rate: found 20.0; allowed: 0 to 1"),
        ("class_flip", {"spread": 0.06}, "oracle class_flip, spread: found 0.06; allowed: 0 to 0.05"),
        ("class_flip", {"twin_share": 1.5}, "twin_share: found 1.5; allowed: 0 to 1, a fraction"),
        ("boundary_flip", {"rate": 0.3}, "rate: found 0.3; allowed: 0 to 0.2 with this sharpness"),
        ("boundary_flip", {"sharpness": -1.0}, "sharpness: found -1.0; allowed: 0 to 99"),
        ("region_flip", {"regions": 0}, "regions: found 0; allowed: 1 to 1000, regions of a class"),
        ("votes", {"item_correlation": 1.0}, "item_correlation: found 1.0; allowed: 0 to 0.95"),
        ("votes", {"item_correlation": 0.2, "annotators": 5}, "allowed: 0 with annotators"),
        ("votes", {"item_correlation": 0.2, "rate": 0.0}, "rate: found 0.0; allowed: above 0 and below 1"),
        ("votes", {"follows_hardness": True}, "allowed: false without item_correlation"),
        ("votes", {"annotators": -1}, "annotators: found -1; allowed: 0 (nobody votes twice) to 1000"),
        ("votes", {"annotators": 2}, "votes: found 3; allowed: at most the 2 annotators"),
        ("votes", {**DIFFERING, "skill_spread": 0.4}, "allowed: 0 to 0.3, so that error rates of 0.3 ± spread are"),
        ("votes", {**DIFFERING, "skill_spread": -0.1}, "skill_spread: found -0.1"),
        ("votes", {"skill_spread": 0.28}, "skill_spread: found 0.28; allowed: 0 without annotators"),
        ("votes", {"aggregation": "mean"}, "aggregation: found 'mean'; allowed: plurality, dawid_skene"),
        ("votes", {"aggregation": "dawid_skene"}, "annotators: found 0; allowed: at least 2"),
        ("votes", {"annotators": 2.5}, "annotators: found 2.5; allowed: a whole number"),
        ("perfect", {"seconds": -1}, "seconds: found -1.0; allowed: 0 to 86400, the median time"),
        ("perfect", {"seconds": 1, "seconds_spread": 3.5}, "seconds_spread: found 3.5; allowed: 0 to 3"),
        ("perfect", {"seconds": 1, "hardness_slowdown": 0.5}, "hardness_slowdown: found 0.5; allowed: 1 to 100"),
        ("perfect", {"seconds": 1, "estimate_spread": -0.1}, "estimate_spread: found -0.1; allowed: 0 to 3"),
        ("perfect", {"estimate_spread": 0.5}, "estimate_spread: found 0.5; allowed: none without seconds above 0"),
        ("perfect", {"seconds": "12"}, "seconds: found '12'; allowed: a number"),
        ("perfect", {"second": 12}, "unknown setting 'second'; did you mean 'seconds'"),
    ],
)
def test_settings_that_do_not_go_together_are_told(name, given_, sentence):
    with pytest.raises(InputError) as caught:
        make_oracle(name, given_, "grid")
    assert str(caught.value).startswith("grid, ") and sentence in str(caught.value)


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
    monkeypatch.setattr("simulations.oracles.annotations._NUMBERS_AT_ONCE", 70)
    assert (ask_annotators(labels, 3, 10, 3, 0.2, 0.1, np.random.default_rng(4))[0] == whole).all()


def test_where_annotators_differ_dawid_skene_errs_less_than_the_plurality():
    pytest.importorskip("crowdkit")
    for classes, seed in [(2, 0), (5, 2)]:
        labels = np.random.default_rng(seed).integers(0, classes, 3000)
        plurality, learned = (
            _error(_oracle(aggregation=name), labels, classes, seed) for name in ("plurality", "dawid_skene")
        )
        assert learned < 0.9 * plurality


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
    monkeypatch.setattr("simulations.oracles.registry.find_spec", lambda _: None)
    with pytest.raises(InputError, match="grid, oracle votes, aggregation: dawid_skene needs crowd-kit"):
        _oracle(aggregation="dawid_skene")


def test_the_error_rate_of_a_crowd_is_what_it_errs(monkeypatch):
    pytest.importorskip("crowdkit")
    monkeypatch.setattr("simulations.oracles.annotations._MEASURED_TOGETHER", 3000)
    labels = np.repeat(np.arange(3), [900, 450, 150])
    for name in ("plurality", "dawid_skene"):
        oracle = _oracle(aggregation=name)
        assert error_rate(oracle, 3, 1500, 6.0) == pytest.approx(_error(oracle, labels, 3, 0), abs=0.02)


DIGITS = Part.of("digits", {"test_size": 500})
TIMED = make_oracle("perfect", {"seconds": 12}, "grid")


def even(n):
    return (np.arange(n) + 0.5) / n


def drawn(n=20_000, votes=1, seed=0, **given):
    oracle = make_oracle("perfect", {"seconds": 12.0, **given}, "grid")
    return draw_times(oracle, votes, even(n), np.random.default_rng(seed))


def test_without_spread_an_item_takes_its_median():
    times = drawn(3, seconds_spread=0.0, estimate_spread=0.0, hardness_slowdown=4.0)
    # Hardness 1/6, 1/2 and 5/6: 4 to the power of −1/3, 0 and 1/3.
    assert times.seconds == pytest.approx([12 * 4 ** (-1 / 3), 12, 12 * 4 ** (1 / 3)])
    assert times.expected == pytest.approx(times.seconds)


def test_votes_add_up_and_their_noise_averages_out():
    alone, five = drawn(hardness_slowdown=1.0), drawn(votes=5, hardness_slowdown=1.0)
    mean = 12 * np.exp(0.5**2 / 2)
    assert alone.seconds.mean() == pytest.approx(mean, rel=0.02)
    assert five.seconds.mean() == pytest.approx(5 * mean, rel=0.02)
    spread = [times.seconds.std() / times.seconds.mean() for times in (alone, five)]
    assert spread[1] == pytest.approx(spread[0] / np.sqrt(5), rel=0.05)
    assert np.median(five.expected) == pytest.approx(60, rel=0.02)


def test_times_are_lognormal_about_their_median():
    logs = np.log(drawn(hardness_slowdown=1.0, seconds_spread=0.7).seconds / 12)
    assert np.median(logs) == pytest.approx(0, abs=0.02) and logs.std() == pytest.approx(0.7, rel=0.02)


def test_what_is_foreseen_is_not_what_it_takes():
    times = drawn()
    assert np.corrcoef(np.log(times.seconds), np.log(times.expected))[0, 1] < 0.5
    again = drawn(seconds_spread=1.5)
    assert (times.expected == again.expected).all() and (times.seconds != again.seconds).any()


def test_a_pool_has_the_same_times_whatever_else_is_asked_and_harder_ones_are_slower():
    pool, again = open_pool(DIGITS, TIMED, 3), open_pool(DIGITS, TIMED, 3, "columns")
    assert (pool.times.seconds == again.times.seconds).all() and pool.times.seconds.shape == (pool.size,)
    assert (pool.times.seconds != open_pool(DIGITS, TIMED, 4).times.seconds).any()
    hardness = hardness_of(DIGITS).hardness[pool.rows]
    assert np.corrcoef(hardness, np.log(pool.times.seconds))[0, 1] > 0.2
    assert open_pool(DIGITS, Part.of("perfect"), 3).times is None


@pytest.mark.parametrize("name", ORACLES)
def test_answers_and_error_rates_are_those_of_an_oracle_that_tells_no_time(name):
    plain, timed = make_oracle(name, {}, "grid"), make_oracle(name, {"seconds": 5.0}, "grid")
    one, other = open_pool(DIGITS, plain, 0), open_pool(DIGITS, timed, 0)
    assert (one.answers == other.answers).all()
    assert error_rate(plain, 10, 1_297, 1.05) == error_rate(timed, 10, 1_297, 1.05)
    assert not tells_seconds(plain) and tells_seconds(timed)


@pytest.mark.parametrize("name", ORACLES)
def test_settings_of_time_are_part_of_the_content_only_where_they_say_something(name):
    plain = make_oracle(name, {}, "grid")
    assert make_oracle(name, dict(TIMING), "grid") == plain and not plain.options.keys() & TIMING.keys()
    assert make_oracle(name, {"seconds": 12}, "grid").options == {**plain.options, "seconds": 12.0}
