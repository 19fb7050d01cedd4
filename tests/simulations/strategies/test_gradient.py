import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.strategies import STRATEGIES, CannotSelectError, RoundView
from simulations.strategies.gradient import expected_lengths, expected_squares, spread
from simulations.strategies.kernels import gradients
from simulations.strategies.view import Landscape
from simulations.testing import example_streams


def _view(P, X, labelled=()):
    answers = np.full((1, len(X)), -1)
    answers[0, list(labelled)] = 0
    return RoundView([np.asarray(X, dtype=float)], answers, np.asarray(P, dtype=float)[None])


def _chosen(view, k, seed=1):
    return STRATEGIES["badge"].select(view, k, example_streams(1, seed))[0]


def _spread(P, X, k, seed):
    return spread(P.T, X, np.ones(len(X), np.bool_), k, np.random.default_rng(seed))


def _softmax(rng, items, classes):
    P = np.exp(rng.normal(size=(items, classes)))
    return P / P.sum(axis=1, keepdims=True)


def _embedded(P, X):
    g = P - np.eye(P.shape[1])[P.argmax(axis=1)]
    return np.einsum("ic,id->icd", g, X).reshape(len(X), -1)


def _frozen(*arrays):
    for array in arrays:
        array.flags.writeable = False
    return arrays


def test_badge_starts_at_the_largest_gradient():
    # |g|² = 0.5, 0.125, 0.5 and |h|² = 1, 16, 4: the products are 0.5, 2 and 2, and the tie goes to the lower row.
    P, X = [[0.5, 0.5], [0.75, 0.25], [0.5, 0.5]], [[1.0, 0], [4, 0], [2, 0]]
    np.testing.assert_allclose(gradients.lengths(np.array(P).T) ** 2, [0.5, 0.125, 0.5])
    assert _chosen(_view(P, X), 1) == [1]
    # A labelled item is out of it.
    assert _chosen(_view(P, X, labelled=[1]), 1) == [2]


def test_distances_are_those_of_materialised_gradients():
    rng = np.random.default_rng(0)
    P, X = _softmax(rng, 30, 4), rng.normal(size=(30, 5))
    E, G = _embedded(P, X), np.empty((30, 4))
    for i in range(30):
        gradients._gradient(np.ascontiguousarray(P.T), i, G[i])
    found = [[gradients._distance(G[i], X[i], G[j], X[j]) for j in range(30)] for i in range(30)]
    np.testing.assert_allclose(found, ((E[:, None] - E) ** 2).sum(axis=2), atol=1e-12)
    assert not np.diagonal(found).any()


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_badge_draws_exactly_in_proportion_to_squared_distance(kind):
    rng = np.random.default_rng(3)
    P, X = _frozen(_softmax(rng, 6, 3).astype(kind), rng.normal(size=(6, 2)).astype(kind))
    E = _embedded(P, X)
    D = ((E[:, None] - E) ** 2).sum(axis=2)
    first = int((E**2).sum(axis=1).argmax())
    expected = {}
    for b in range(6):
        for c in set(range(6)) - {first, b}:
            left = np.minimum(D[first], D[b])
            expected[b, c] = D[first, b] / D[first].sum() * left[c] / left.sum()
    draws = 4000
    counts = dict.fromkeys(expected, 0)
    for seed in range(draws):
        chosen = _spread(P, X, 3, seed)
        assert chosen[0] == first
        if chosen[1] != first:
            counts[int(chosen[1]), int(chosen[2])] += 1
    wanted = {pair: share * draws for pair, share in expected.items() if share > 0}
    assert sum(wanted.values()) == pytest.approx(draws)
    surprise = sum((counts[pair] - w) ** 2 / w for pair, w in wanted.items())
    # 19 degrees of freedom: beyond 43.8 with probability 0.001.
    assert len(wanted) == 20 and surprise < 43.8


def test_badge_spreads_over_tight_clumps_though_most_draws_are_rejected():
    # Ten clumps of 200 whose members all but coincide: after one of each, what is left weighs next to nothing.
    rng = np.random.default_rng(0)
    P = np.repeat(_softmax(rng, 10, 3), 200, axis=0)
    X = np.repeat(rng.normal(size=(10, 4)), 200, axis=0) + rng.normal(size=(2000, 4)) * 1e-5
    chosen = _spread(*_frozen(P, X), 40, 0)
    assert sorted(chosen[:10] // 200) == list(range(10))
    assert np.unique(chosen).size == 40


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_badge_takes_no_twin_before_it_must_and_then_the_lowest(kind):
    rng = np.random.default_rng(0)
    P, X = np.repeat(_softmax(rng, 6, 3), 3, axis=0), np.repeat(rng.normal(size=(6, 2)), 3, axis=0)
    chosen = _spread(*_frozen(P.astype(kind), X.astype(kind)), 9, 0)
    assert sorted(chosen[:6] // 3) == list(range(6))
    assert chosen[6:].tolist() == sorted(set(range(18)) - set(chosen[:6].tolist()))[:3]


def test_a_nearly_certain_model_still_has_a_gradient():
    # One less 0.99999999 is 0 in float32, one less what the others add up to is not.
    P = np.array([[1.0], [6e-9], [8e-9]], dtype=np.float32)
    np.testing.assert_allclose(gradients.lengths(P), np.sqrt(14e-9**2 + 6e-9**2 + 8e-9**2), rtol=1e-5)


@given(st.integers(2, 6), st.integers(0, 99))
def test_the_expected_length_is_the_mean_over_answers_of_the_gradient_written_out(classes, seed):
    rng = np.random.default_rng(seed)
    p, h = rng.dirichlet(np.ones(classes)), np.append(rng.normal(size=3), 1.0)
    written_out = sum(p[y] * np.linalg.norm(np.outer(p - np.eye(classes)[y], h)) for y in range(classes))
    assert expected_lengths(p[None])[0] * np.linalg.norm(h) == pytest.approx(written_out)


def test_a_sure_answer_moves_nothing_and_long_features_move_more():
    P = np.array([[[1.0, 0.0], [0.6, 0.4], [0.6, 0.4]]])
    X = np.array([[9.0, 9.0], [1.0, 0.0], [2.0, 0.0]])
    view = RoundView([X], np.full((1, 3), -1), P)
    assert STRATEGIES["egl_last_layer"].select(view, 3, [None]).tolist() == [[2, 1, 0]]


def test_squares_may_order_items_otherwise_than_lengths():
    # (x, 1) is of length 2 and 1; probabilities are 0.9 and 0.5. Expected lengths: 2 · 0.2546 below 0.7071; expected
    # squares: 4 · 0.18 above 0.5.
    X, P = np.array([[np.sqrt(3.0)], [0.0]]), np.array([[0.9, 0.1], [0.5, 0.5]])
    W = np.array([[np.log(9.0) / np.sqrt(3.0)], [0.0]])
    model = Landscape(lambda X: X @ W.T, lambda X: np.broadcast_to(W, (len(X), 2, 1)), linear=True)
    assert expected_squares(model, X) == pytest.approx([0.72, 0.5])
    view = RoundView([X], np.full((1, 2), -1), P[None], landscape=lambda lane: model)
    assert STRATEGIES["egl"].select(view, 2, [None]).tolist() == [[0, 1]]
    assert STRATEGIES["egl_last_layer"].select(view, 2, [None]).tolist() == [[1, 0]]


def test_a_network_that_hides_its_weights_is_refused_in_a_sentence():
    model = Landscape(lambda X: X, lambda X: np.zeros((len(X), 2, 2)))
    with pytest.raises(
        CannotSelectError, match=r"strategy egl: the learner does not give .* or strategy egl_last_layer"
    ):
        expected_squares(model, np.zeros((3, 2)))
