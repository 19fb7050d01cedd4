"""Every sum and maximum against all taggings written out, and one by hand."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations.learners.crf import best, pack, sums


def _packed(lengths):
    return pack(np.concatenate([[0], np.cumsum(lengths)]), np.arange(len(lengths)))


def _score(E, A, tags):
    return sum(E[t, k] for t, k in enumerate(tags)) + sum(A[i, j] for i, j in pairwise(tags))


def _all(E, A):
    """Scores and probabilities of all taggings of one sentence, E (T, K)."""
    scores = {tags: _score(E, A, tags) for tags in product(range(len(A)), repeat=len(E))}
    total = np.log(sum(np.exp(score) for score in scores.values()))
    return scores, total, {tags: np.exp(score - total) for tags, score in scores.items()}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(1, 3), st.integers(0, 10**6))
def test_sums_are_those_over_all_taggings(lengths, K, seed):
    rng = np.random.default_rng(seed)
    E, A = rng.normal(0, 2, (sum(lengths), K)), rng.normal(0, 2, (K, K))
    packed = _packed(lengths)
    found = sums(E[packed.tokens], A, packed)
    marginals, steps, totals = np.zeros((sum(lengths), K)), np.zeros((K, K)), []
    for start, length in zip(np.cumsum([0, *lengths]), lengths, strict=False):
        _, total, shares = _all(E[start : start + length], A)
        totals.append(total)
        for tags, share in shares.items():
            marginals[start + np.arange(length), tags] += share
            for i, j in pairwise(tags):
                steps[i, j] += share
    assert found.log_total == pytest.approx(sum(totals))
    np.testing.assert_allclose(packed.in_order(found.log_totals), totals)
    np.testing.assert_allclose(found.marginals, marginals[packed.tokens], atol=1e-12)
    np.testing.assert_allclose(found.steps, steps, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(1, 3), st.integers(0, 10**6))
def test_the_best_tagging_is_the_best_of_all(lengths, K, seed):
    rng = np.random.default_rng(seed)
    E, A = rng.normal(0, 2, (sum(lengths), K)), rng.normal(0, 2, (K, K))
    packed = _packed(lengths)
    tags, scores = best(E[packed.tokens], A, packed)
    laid = np.empty(sum(lengths), np.int64)
    laid[packed.tokens] = tags
    for row, (start, length) in enumerate(zip(np.cumsum([0, *lengths]), lengths, strict=False)):
        every, _, _ = _all(E[start : start + length], A)
        expected = max(every, key=lambda own: every[own])
        assert tuple(laid[start : start + length]) == expected
        assert packed.in_order(scores)[row] == pytest.approx(every[expected])


def test_by_hand():
    # Two tags, two tokens: staying scores ln 3, changing 0; the first token's tag 0 scores ln 2.
    E, A = np.log([[2.0, 1.0], [1.0, 1.0]]), np.log([[3.0, 1.0], [1.0, 3.0]])
    packed = _packed([2])
    found = sums(E, A, packed)
    # Taggings 00: 6, 01: 2, 10: 1, 11: 3; 12 in all.
    assert found.log_total == pytest.approx(np.log(12))
    np.testing.assert_allclose(found.marginals, [[8 / 12, 4 / 12], [7 / 12, 5 / 12]])
    np.testing.assert_allclose(found.steps, [[6 / 12, 2 / 12], [1 / 12, 3 / 12]])
    tags, scores = best(E, A, packed)
    assert tags.tolist() == [0, 0] and scores[0] == pytest.approx(np.log(6))


def test_of_equally_good_taggings_that_of_the_lowest_tags():
    packed = _packed([3, 1])
    assert best(np.zeros((4, 3)), np.zeros((3, 3)), packed)[0].tolist() == [0, 0, 0, 0]


def test_scores_beyond_any_reason_stay_finite():
    # What a line search may try: whole sentences whose every step is all but forbidden.
    rng = np.random.default_rng(0)
    packed = _packed([40, 25, 1])
    E, A = rng.normal(0, 1e4, (66, 4)), rng.normal(0, 1e4, (4, 4))
    found = sums(E, A, packed)
    for values in (found.log_totals, found.marginals, found.steps):
        assert np.isfinite(values).all()
    np.testing.assert_allclose(found.marginals.sum(axis=1), 1.0)


def test_long_sentences_do_not_underflow():
    packed = _packed([5000])
    found = sums(np.zeros((5000, 2)), np.zeros((2, 2)), packed)
    assert found.log_total == pytest.approx(5000 * np.log(2))
