import numpy as np
import pytest

from simulations.strategies import STRATEGIES, RoundView
from simulations.strategies.neighbours import contrast


def _kl(p, q):
    return float((p * np.log(p / q)).sum())


def test_contrast_is_the_mean_divergence_from_the_nearest_labelled_ones():
    rng = np.random.default_rng(0)
    X, P = rng.normal(size=(40, 3)), rng.dirichlet(np.ones(3), size=40)
    labelled = np.arange(40) < 15
    scores = contrast(P, X, labelled)
    for i in range(15, 40):
        near = np.argsort(np.linalg.norm(X[:15] - X[i], axis=1))[:10]
        assert scores[i] == pytest.approx(np.mean([_kl(P[j], P[i]) for j in near]))
    assert (scores[:15] == 0).all()


def test_it_asks_where_the_model_turns_away_from_its_labelled_neighbour():
    X = np.array([[0.0], [0.1], [5.0], [5.1]])
    P = np.array([[[0.9, 0.1], [0.1, 0.9], [0.2, 0.8], [0.2, 0.8]]])
    answers = np.array([[0, -1, 1, -1]])
    # Among two labelled items both are neighbours: one agrees with each, but only item 1 lies against its own side.
    assert STRATEGIES["cal"].select(RoundView([X], answers, P), 1, [None])[0, 0] == 1


def test_with_nothing_labelled_all_are_alike():
    X, P = np.zeros((3, 1)), np.full((3, 2), 0.5)
    assert (contrast(P, X, np.zeros(3, bool)) == 0).all()
