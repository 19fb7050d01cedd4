import numpy as np

from simulations.strategies import STRATEGIES, RoundView


def _view(n=60, labelled=4, seed=0):
    rng = np.random.default_rng(seed)
    answers = np.full((1, n), -1)
    answers[0, :labelled] = 0
    return RoundView([rng.normal(size=(n, 2))], answers, rng.dirichlet(np.ones(3), size=(1, n)))


def test_it_takes_the_farthest_apart_of_the_least_sure():
    view, k = _view(), 3
    ordered = np.sort(view.probabilities[0], axis=1)
    margins = np.where(view.labelled[0], np.inf, ordered[:, -1] - ordered[:, -2])
    candidates = np.argsort(margins)[:30]
    X, centres = view.features[0], [0, 1, 2, 3]
    by_hand = []
    for _ in range(k):
        reach = np.linalg.norm(X[candidates][:, None] - X[centres], axis=2).min(axis=1)
        by_hand.append(int(candidates[reach.argmax()]))
        centres.append(by_hand[-1])
    assert STRATEGIES["combined"].select(view, k, [None])[0].tolist() == by_hand


def test_sure_items_are_not_candidates():
    view = _view(seed=5)
    P = view.probabilities.copy()
    far = view.features[0].copy()
    far[59], P[0, 59] = 100.0, [1.0, 0.0, 0.0]
    chosen = STRATEGIES["combined"].select(RoundView([far], view.answers, P), 3, [None])
    assert 59 not in chosen
