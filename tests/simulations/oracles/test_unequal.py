"""Oracles whose errors depend on the class or on the item."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom

from simulations.errors import InputError
from simulations.oracles.answers import (
    Items,
    answers_of,
    error_rate,
    error_rates_of_items,
    flip_at_boundary,
    flip_by_class,
)
from simulations.oracles.registry import make_oracle


def _rng(seed=0):
    return np.random.default_rng(seed)


def _items(n, seed=0):
    return Items((_rng(seed).permutation(n) + 0.5) / n, (np.arange(n) + 1) % 3)


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


def test_without_correlation_items_are_alike():
    assert (error_rates_of_items(0.3, 0.0, 7, _rng()) == 0.3).all()


def test_votes_help_less_where_errors_on_an_item_go_together():
    rates = [
        error_rate(make_oracle("votes", {"votes": 5, "rate": 0.3, "item_correlation": rho}, "grid"), 2, 500, 1.0)
        for rho in (0.0, 0.2, 0.5, 0.95)
    ]
    # Five votes at 0.3: independent, 1 − 0.83692 by the binomial sum; as one, 0.3.
    assert rates[0] == pytest.approx(0.16308, abs=0.003) and rates == sorted(rates)
    assert 0.27 < rates[-1] < 0.3


def test_the_share_of_wrong_answers_is_known():
    for name, given_ in [
        ("class_flip", {"rate": 0.2, "spread": 0.1}),
        ("boundary_flip", {"rate": 0.15, "sharpness": 3.0}),
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


def test_an_oracle_that_must_know_the_items_says_so():
    with pytest.raises(ValueError, match="told of them"):
        answers_of(make_oracle("boundary_flip", {}, "grid"), np.zeros(3, np.int64), 2, _rng())


@pytest.mark.parametrize(
    ("name", "given_", "sentence"),
    [
        ("class_flip", {"spread": 0.06}, "oracle class_flip, spread: found 0.06; allowed: 0 to 0.05"),
        ("class_flip", {"twin_share": 1.5}, "twin_share: found 1.5; allowed: 0 to 1, a fraction"),
        ("boundary_flip", {"rate": 0.3}, "rate: found 0.3; allowed: 0 to 0.2 with this sharpness"),
        ("boundary_flip", {"sharpness": -1.0}, "sharpness: found -1.0; allowed: 0 to 99"),
        ("votes", {"item_correlation": 1.0}, "item_correlation: found 1.0; allowed: 0 to 0.95"),
        ("votes", {"item_correlation": 0.2, "annotators": 5}, "allowed: 0 with annotators"),
        ("votes", {"item_correlation": 0.2, "rate": 0.0}, "rate: found 0.0; allowed: above 0 and below 1"),
        ("votes", {"follows_hardness": True}, "allowed: false without item_correlation"),
    ],
)
def test_settings_out_of_range_are_told(name, given_, sentence):
    with pytest.raises(InputError) as caught:
        make_oracle(name, given_, "grid")
    assert str(caught.value).startswith("grid, oracle ") and sentence in str(caught.value)
