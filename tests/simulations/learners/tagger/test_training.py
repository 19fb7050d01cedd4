import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.sparse import csr_array

from simulations.learners.crf import Likelihood, Weights, merge, pack, train

LENGTHS = [3, 1, 4, 2]
K = 3


def _task(seed=0, columns=12):
    """Random counts for ten tokens, of which columns 5 to 7 are copies and column 3 is empty."""
    rng = np.random.default_rng(seed)
    dense = rng.integers(0, 3, (sum(LENGTHS), columns)).astype(float)
    dense[:, 3] = 0
    dense[:, 6] = dense[:, 7] = dense[:, 5]
    packed = pack(np.concatenate([[0], np.cumsum(LENGTHS)]), np.arange(len(LENGTHS)))
    return csr_array(dense), rng.integers(K, size=sum(LENGTHS)), packed


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


def test_merging_leaves_the_best_weights_as_they_were():
    from scipy.optimize import minimize

    X, tags, packed = _task()
    likelihood = Likelihood(X, tags, K, packed, l2=1.0, chained=True)
    plain = minimize(likelihood, np.zeros((12 + K) * K), jac=True, method="L-BFGS-B", options={"ftol": 1e-14})
    merged = merge(X)
    other = Likelihood(merged.merged, tags, K, packed, l2=1.0, chained=True)
    found = minimize(other, np.zeros((9 + K) * K), jac=True, method="L-BFGS-B", options={"ftol": 1e-14})
    assert found.fun == pytest.approx(plain.fun)
    expected = likelihood.split(plain.x)[0][merged.used]
    np.testing.assert_allclose(merged.parted(other.split(found.x)[0]), expected, atol=1e-4)


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


def test_a_larger_penalty_holds_weights_closer_to_nothing():
    X, tags, packed = _task()
    sizes = [np.abs(train(X, tags, K, packed, l2=l2, chained=True, warm=None).W).sum() for l2 in (0.01, 0.1, 1.0, 10.0)]
    assert sizes == sorted(sizes, reverse=True)


def test_what_has_no_weight_scores_nothing():
    weights = Weights(np.array([1, 4]), np.array([[1.0, 2.0], [3.0, 5.0]]), np.zeros((2, 2)), converged=True)
    X = csr_array(np.array([[7.0, 0, 0, 0, 2, 0], [0, 1, 9, 0, 0, 1]]))
    assert weights.scores(X).tolist() == [[6.0, 10.0], [1.0, 2.0]]
    assert weights.at(np.array([0, 1, 2, 4, 5])).tolist() == [[0, 0], [1, 2], [0, 0], [3, 5], [0, 0]]
