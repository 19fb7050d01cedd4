"""Every sum and maximum against all taggings written out, and one by hand."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import check_grad
from scipy.sparse import csr_array

from simulations.learners.crf import Likelihood, Weights, best, expected_squares, merge, pack, sums, train


def _starts(lengths):
    return np.concatenate([[0], np.cumsum(lengths)])


def _packed(lengths):
    return pack(_starts(lengths), np.arange(len(lengths)))


def _score(E, A, tags):
    return sum(E[t, k] for t, k in enumerate(tags)) + sum(A[i, j] for i, j in pairwise(tags))


def _all(E, A):
    """Scores and probabilities of all taggings of one sentence, E (T, K)."""
    scores = {tags: _score(E, A, tags) for tags in product(range(len(A)), repeat=len(E))}
    total = np.log(sum(np.exp(score) for score in scores.values()))
    return scores, total, {tags: np.exp(score - total) for tags, score in scores.items()}


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


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(2, 3), st.booleans(), st.integers(0, 100))
def test_expected_squares_are_the_mean_over_all_taggings(lengths, K, chained, seed):
    rng = np.random.default_rng(seed)
    packed, columns = _packed(lengths), 5
    N = len(packed.tokens)
    X = rng.integers(0, 3, size=(N, columns)).astype(float)
    E, A = rng.normal(size=(N, K)), rng.normal(size=(K, K)) if chained else np.zeros((K, K))
    found = expected_squares(E, A, packed, csr_array(X), chained=chained)
    for sentence in range(len(lengths)):
        own = np.flatnonzero(packed.owners == sentence)
        _, _, shares = _all(E[own], A)
        counts = []
        for tags in shares:
            described, steps = np.zeros((columns, K)), np.zeros((K, K))
            for row, tag in zip(own, tags, strict=True):
                described[:, tag] += X[row]
            np.add.at(steps, (np.array(tags[:-1], int), np.array(tags[1:], int)), 1.0 if chained else 0.0)
            counts.append(np.concatenate([described.ravel(), steps.ravel()]))
        weights = np.array([*shares.values()])
        excess = np.array(counts) - weights @ np.array(counts)
        assert found[sentence] == pytest.approx(weights @ (excess**2).sum(axis=1), abs=1e-9)


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
    # Nor do long sentences underflow.
    assert sums(np.zeros((5000, 2)), np.zeros((2, 2)), _packed([5000])).log_total == pytest.approx(5000 * np.log(2))


LENGTHS = st.lists(st.integers(1, 6), min_size=1, max_size=8)


def test_tokens_lie_position_by_position_the_longest_sentence_first():
    # Sentences a b, c d e, f: the longest first, then the others in their order.
    packed = pack(np.array([0, 2, 5, 6]), np.array([0, 1, 2]))
    assert packed.order.tolist() == [1, 0, 2]
    assert packed.tokens.tolist() == [2, 0, 5, 3, 1, 4]  # c a f, d b, e
    assert packed.bounds.tolist() == [0, 3, 5, 6]
    assert packed.owners.tolist() == [0, 1, 2, 0, 1, 0]
    assert packed.before.tolist() == [0, 1, 3]
    assert [packed.preceding(span) for span in list(packed.positions)[1:]] == [slice(0, 2), slice(3, 4)]


@given(LENGTHS, st.randoms(use_true_random=False))
def test_each_token_lies_once_and_behind_its_neighbour(lengths, random):
    starts = _starts(lengths)
    rows = np.array(random.sample(range(len(lengths)), random.randint(1, len(lengths))))
    packed = pack(starts, rows)
    expected = np.concatenate([np.arange(starts[row], starts[row + 1]) for row in rows])
    assert sorted(packed.tokens) == sorted(expected)
    first = packed.bounds[1]
    np.testing.assert_array_equal(packed.tokens[packed.before] + 1, packed.tokens[first:])
    np.testing.assert_array_equal(packed.owners[packed.before], packed.owners[first:])
    np.testing.assert_array_equal(packed.tokens[:first], starts[rows[packed.order]])


@given(LENGTHS)
def test_what_is_told_of_sentences_comes_back_in_the_order_they_were_given(lengths):
    packed = _packed(lengths)
    assert packed.totals(np.ones(sum(lengths))).tolist() == lengths
    assert packed.in_order(packed.order).tolist() == [*range(len(lengths))]


TRAINING_LENGTHS = [3, 1, 4, 2]
K = 3


def _task(seed=0, columns=12):
    """Random counts for ten tokens, of which columns 5 to 7 are copies and column 3 is empty."""
    rng = np.random.default_rng(seed)
    dense = rng.integers(0, 3, (sum(TRAINING_LENGTHS), columns)).astype(float)
    dense[:, 3] = 0
    dense[:, 6] = dense[:, 7] = dense[:, 5]
    return csr_array(dense), rng.integers(K, size=sum(TRAINING_LENGTHS)), _packed(TRAINING_LENGTHS)


@pytest.mark.parametrize("chained", [True, False])
def test_the_gradient_is_that_of_the_value(chained):
    X, tags, packed = _task()
    likelihood = Likelihood(X, tags, K, packed, l2=0.7, chained=chained)
    theta = np.random.default_rng(1).normal(size=(12 + K) * K)
    if not chained:
        theta[-K * K :] = 0.0
    free = np.arange(theta.size) < (theta.size if chained else 12 * K)

    def at(part):
        whole = theta.copy()
        whole[free] = part
        return likelihood(whole)

    error = check_grad(lambda part: at(part)[0], lambda part: at(part)[1][free], theta[free])
    assert error < 1e-4
    assert chained or (likelihood(theta)[1][-K * K :] == 0).all()


def test_the_value_by_hand():
    # One sentence of two tokens, two tags, all weights 0: four taggings alike, of which one is right.
    packed = pack(np.array([0, 2]), np.array([0]))
    likelihood = Likelihood(csr_array(np.eye(2)), np.array([0, 1]), 2, packed, l2=1.0, chained=True)
    value, gradient = likelihood(np.zeros(8))
    assert value == pytest.approx(np.log(4))
    # Each tag of each token is expected half a time; each step a quarter of a time, and 0 to 1 was taken.
    assert gradient.tolist() == pytest.approx([-0.5, 0.5, 0.5, -0.5, 0.25, -0.75, 0.25, 0.25])


def test_equal_columns_are_merged():
    X, _, _ = _task()
    found = merge(X)
    assert found.used.tolist() == [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11]
    assert sorted(found.roots.tolist()) == pytest.approx([1.0] * 8 + [np.sqrt(3)])
    W = np.random.default_rng(0).normal(size=(9, K))
    whole = found.parted(W)
    assert whole.shape == (11, K) and (whole[4] == whole[5]).all() and (whole[5] == whole[6]).all()
    np.testing.assert_allclose(X[:, found.used] @ whole, found.merged @ W)
    assert (whole**2).sum() == pytest.approx((W**2).sum())  # the penalty, too, is the same
    np.testing.assert_allclose(found.joined(whole), W)


def test_without_a_chain_it_is_softmax_regression():
    from scipy.special import softmax
    from sklearn.linear_model import LogisticRegression

    X, tags, packed = _task(columns=15)
    laid = X[packed.tokens]
    found = train(laid, tags[packed.tokens], K, packed, l2=0.5, chained=False, warm=None)
    expected = LogisticRegression(C=2.0, fit_intercept=False, tol=1e-8).fit(X, tags)
    assert (found.A == 0).all() and found.converged
    # Our training ends once a step improves the likelihood by less than 1 in 100,000.
    np.testing.assert_allclose(softmax(found.scores(X), axis=1), expected.predict_proba(X), atol=0.01)


def test_a_warm_start_ends_where_a_cold_one_does():
    X, tags, packed = _task()
    cold = train(X, tags, K, packed, l2=1.0, chained=True, warm=None)
    other = train(X, np.roll(tags, 1), K, packed, l2=1.0, chained=True, warm=None)
    warm = train(X, tags, K, packed, l2=1.0, chained=True, warm=other)
    np.testing.assert_allclose(warm.W, cold.W, atol=0.01)
    np.testing.assert_allclose(warm.A, cold.A, atol=0.01)


def test_what_has_no_weight_scores_nothing():
    weights = Weights(np.array([1, 4]), np.array([[1.0, 2.0], [3.0, 5.0]]), np.zeros((2, 2)), converged=True)
    X = csr_array(np.array([[7.0, 0, 0, 0, 2, 0], [0, 1, 9, 0, 0, 1]]))
    assert weights.scores(X).tolist() == [[6.0, 10.0], [1.0, 2.0]]
    assert weights.at(np.array([0, 1, 2, 4, 5])).tolist() == [[0, 0], [1, 2], [0, 0], [3, 5], [0, 0]]
