import numpy as np
import pytest

from simulations.learners.lockstep import minimise


class Quadratics:
    """f = ½ (x - c)ᵀ A (x - c) per lane."""

    def __init__(self, A, c):
        self.A, self.c = A, c

    def evaluate(self, x):
        gradient = np.matmul(self.A, (x - self.c)[:, :, None])[:, :, 0]
        return 0.5 * ((x - self.c) * gradient).sum(axis=1), gradient

    def keep(self, rows):
        self.A, self.c = self.A[rows], self.c[rows]


class Blocked(Quadratics):
    """A quadratic whose value never falls, so that no step is ever taken."""

    def evaluate(self, x):
        value, gradient = super().evaluate(x)
        return value + 1e3 * (np.abs(x).sum(axis=1) > 0), gradient


def _problem(lanes=6, width=8):
    rng = np.random.default_rng(0)
    B = rng.normal(size=(lanes, width, width))
    # Lane i is 10^i times harder conditioned, so that lanes end at different times.
    stretch = np.stack([np.logspace(0, i, width) for i in range(lanes)])
    A = np.matmul(B.transpose(0, 2, 1) * stretch[:, None, :], B) + np.eye(width)
    return A, rng.normal(size=(lanes, width))


def _solve(A, c, tolerance=1e-16, **options):
    return minimise(
        Quadratics(A, c), np.zeros_like(c), np.ones_like(c), lambda f: np.full(f.size, tolerance), **options
    )


def test_finds_the_minimum_of_every_lane():
    A, c = _problem()
    found = _solve(A, c, most_evaluations=2000)
    assert found.converged.all()
    assert found.x == pytest.approx(c, abs=1e-5)


def test_a_lane_gives_the_same_bits_alone():
    A, c = _problem()
    packed = _solve(A, c)
    for lane in range(6):
        alone = _solve(A[[lane]], c[[lane]])
        assert (alone.x[0] == packed.x[lane]).all()
        assert alone.evaluations[0] == packed.evaluations[lane]


def test_a_lane_out_of_evaluations_is_not_called_converged():
    A, c = _problem()
    found = _solve(A, c, most_evaluations=12)
    assert not found.converged[-1]
    assert found.evaluations.max() == 12


def test_a_lane_that_cannot_move_ends_where_it_was():
    A, c = _problem(lanes=2)
    found = minimise(Blocked(A, c), np.zeros_like(c), np.ones_like(c), lambda f: np.zeros(f.size))
    assert not found.converged.any() and not found.x.any()


def test_starting_at_the_minimum_costs_one_evaluation():
    A, c = _problem()
    found = minimise(Quadratics(A, c), c.copy(), np.ones_like(c), lambda f: np.full(f.size, 1e-12))
    assert found.converged.all() and (found.evaluations == 1).all() and (found.x == c).all()
