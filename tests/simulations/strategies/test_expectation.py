import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.strategies import STRATEGIES, RoundView
from simulations.strategies.gradient import expected_lengths


@given(st.integers(2, 6), st.integers(0, 99))
def test_the_expected_length_is_the_mean_over_answers_of_the_gradient_written_out(classes, seed):
    rng = np.random.default_rng(seed)
    p, h = rng.dirichlet(np.ones(classes)), np.append(rng.normal(size=3), 1.0)
    written_out = sum(p[y] * np.linalg.norm(np.outer(p - np.eye(classes)[y], h)) for y in range(classes))
    assert expected_lengths(p[None])[0] * np.linalg.norm(h) == pytest.approx(written_out)


def test_a_sure_answer_moves_nothing_and_long_features_move_more():
    P = np.array([[[1.0, 0.0], [0.6, 0.4], [0.6, 0.4]]])
    X = np.array([[9.0, 9.0], [1.0, 0.0], [2.0, 0.0]])
    assert STRATEGIES["egl"].select(RoundView([X], np.full((1, 3), -1), P), 3, [None]).tolist() == [[2, 1, 0]]
