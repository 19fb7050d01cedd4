import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.strategies import STRATEGIES, CannotSelectError, RoundView
from simulations.strategies.uncertainty import OVERSHOOT, STEPS, adversarial_copies
from simulations.strategies.uncertainty import distances as distances_of
from simulations.strategies.view import Landscape

DFAL = STRATEGIES["dfal"]


def distances(model, X):
    return distances_of(model, X, np.arange(len(X)))


def linear(W, b, told=True):
    """A linear model, which may or may not say that it is one."""
    W, b = np.asarray(W, float), np.asarray(b, float)
    return Landscape(lambda X: X @ W.T + b, lambda X: np.broadcast_to(W, (X.shape[0], *W.shape)), linear=told)


BOTH_WAYS = pytest.mark.parametrize("told", [True, False])


@BOTH_WAYS
def test_two_classes_lie_as_far_from_the_boundary_as_geometry_has_it(told):
    # Scores differ by 3 x + 4 y − 5, whose zero is the line at |3 x + 4 y − 5| ÷ 5 from a point.
    model = linear([[3.0, 4.0], [0.0, 0.0]], [-5.0, 0.0], told)
    X = np.array([[0.0, 0.0], [3.0, 4.0], [1.0, 0.5], [-1.0, 2.0]])
    assert distances(model, X) == pytest.approx([1.0, 4.0, 0.0, 0.0], abs=1e-12)


@given(st.integers(2, 6), st.integers(1, 5), st.integers(0, 2**32), st.sampled_from([1e-6, 1.0, 1e4]))
def test_a_linear_models_distances_are_those_to_its_planes(classes, d, seed, scale):
    rng = np.random.default_rng(seed)
    W, b = rng.normal(size=(classes, d)), rng.normal(size=classes)
    X = rng.normal(size=(20, d))
    F, items = X @ W.T + b, np.arange(20)
    own = F.argmax(axis=1)
    planes = np.stack([np.linalg.norm(W - W[c], axis=1) for c in own])
    expected = np.abs(F - F[items, own][:, None])
    expected[items, own] = np.inf
    expected = (expected / np.where(planes > 0, planes, 1.0)).min(axis=1)
    # In other units of the features, distances are in those units; step by step it takes one step.
    for told in (True, False):
        found = distances(linear(W / scale, b, told), X * scale)
        assert found == pytest.approx(expected * scale, rel=1e-6, abs=1e-9 * scale)


def circle(X):
    return np.einsum("ij,ij->i", X, X) - 1.0


CIRCLE = Landscape(
    lambda X: np.stack([circle(X), np.zeros(X.shape[0])], axis=1),
    lambda X: np.stack([2.0 * X, np.zeros_like(X)], axis=1),
)


def test_a_bent_boundary_is_reached_step_by_step():
    X = np.array([[2.0, 0.0], [0.0, 1.5], [3.0, 4.0]])
    true = np.linalg.norm(X, axis=1) - 1.0
    found = distances(CIRCLE, X)
    assert found == pytest.approx(true, rel=OVERSHOOT)
    # One step would have ended at the plane by the slope where the item is, (r² − 1) ÷ 2r away.
    assert (found > (true + 1.0 - 1.0 / (true + 1.0)) / 2.0 + 0.05).all()


def seen(model, X):
    return RoundView([X], np.full((1, len(X)), -1), landscape=lambda lane: model)


@BOTH_WAYS
def test_a_copy_lies_just_beyond_the_nearest_plane(told):
    # Two scores tie at x = 1: an item at 3 goes 2 back, and by a fiftieth of that beyond.
    model = linear([[1.0, 0.0], [0.0, 0.0]], [-1.0, 0.0], told)
    X = np.array([[3.0, 5.0], [9.0, 9.0], [-1.0, 2.0]])
    copies = adversarial_copies(seen(model, X), 0, np.array([0, 2]))
    assert copies == pytest.approx(np.array([[0.96, 5.0], [1.04, 2.0]]))
    assert X.tolist() == [[3.0, 5.0], [9.0, 9.0], [-1.0, 2.0]]


def test_copies_cross_a_bent_boundary_and_stay_where_there_is_none():
    X = np.array([[2.0, 0.0], [0.0, 1.5], [0.3, 0.4]])
    copies = adversarial_copies(seen(CIRCLE, X), 0, np.arange(3))
    assert (np.sign(circle(copies)) == -np.sign(circle(X))).all()
    # From outside the way ends at the boundary; from inside, where slopes are small, it may end well beyond.
    assert np.abs(circle(copies[:2])).max() < 0.01
    nowhere = linear([[1.0], [0.0]], [0.0, -np.inf])
    assert adversarial_copies(seen(nowhere, np.array([[2.0]])), 0, np.array([0])).tolist() == [[2.0]]


@BOTH_WAYS
def test_a_class_never_seen_bounds_nothing(told):
    model = linear([[1.0], [-1.0], [0.0]], [0.0, 0.0, -np.inf], told)
    assert distances(model, np.array([[2.0], [-3.0]])).tolist() == [2.0, 3.0]


@BOTH_WAYS
def test_where_one_class_is_all_there_is_nothing_is_near(told):
    model = linear([[1.0], [0.0]], [0.0, -np.inf], told)
    assert distances(model, np.array([[2.0], [-3.0]])).tolist() == [np.inf, np.inf]
    flat = linear([[0.0], [0.0]], [1.0, 0.0], told)
    assert distances(flat, np.array([[2.0]])).tolist() == [np.inf]


def test_an_item_that_crosses_nothing_comes_after_all_that_do():
    # The score falls towards a floor that it never reaches; each step is cut short by the slope there.
    asked = []

    def slopes(X):
        asked.append(X.shape[0])
        return np.stack([np.where(X < 0, 1.0, 1e3 * (1 + X)), np.zeros_like(X)], axis=1)

    # Right of 0 the scores never meet within the steps that the slopes allow; left of 0 they meet at −5.
    model = Landscape(lambda X: np.stack([np.where(X[:, 0] < 0, X[:, 0] + 5, 1.0), np.zeros(len(X))], axis=1), slopes)
    view = RoundView([np.array([[50.0], [-1.0], [-4.0]])], np.full((1, 3), -1), landscape=lambda lane: model)
    assert distances(model, view.features[0]).tolist() == [np.inf, 4.0, 1.0]
    assert len(asked) == STEPS and asked[0] == 3 and asked[-1] == 1
    assert DFAL.select(view, 3, []).tolist() == [[2, 1, 0]]


@BOTH_WAYS
def test_pieces_change_nothing(monkeypatch, told):
    rng = np.random.default_rng(1)
    model, X = linear(rng.normal(size=(3, 4)), rng.normal(size=3), told), rng.normal(size=(50, 4))
    whole = distances(model, X)
    monkeypatch.setattr("simulations.strategies.uncertainty._PIECE", 84)
    assert distances(model, X) == pytest.approx(whole, rel=1e-12)
    assert distances_of(model, X, np.array([7, 3])) == pytest.approx(whole[[7, 3]], rel=1e-12)


def test_gradients_that_are_not_declared_are_not_had():
    with pytest.raises(CannotSelectError, match="reads gradients but does not declare"):
        RoundView([np.zeros((4, 1))], np.full((1, 4), -1)).landscape(0)
