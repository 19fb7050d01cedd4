import numpy as np
import pytest

from simulations.strategies.gradient import PENALTY, choose_by_fisher


def _case(seed, n=25, d=3, classes=3):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    X /= np.sqrt((X**2).mean())
    return X, rng.dirichlet(np.ones(classes), size=n), np.arange(n) < 4


def _trace(H, w, chosen):
    M = PENALTY * np.eye(H.shape[1]) + (H[chosen] * w[chosen, None]).T @ H[chosen]
    return np.trace(np.linalg.solve(M, (H * w[:, None]).T @ H / len(H)))


def _factors(X, P):
    return np.hstack([X, np.ones((len(X), 1))]), (P * (1 - P)).mean(axis=1)


def _by_hand(X, P, labelled, k):
    """The authors' greedy in the open: every candidate's trace is worked out anew."""
    H, w = _factors(X, P)
    chosen = list(np.flatnonzero(labelled))
    picks = []
    for _ in range(2 * k):
        left = [i for i in range(len(X)) if i not in chosen]
        picks.append(min(left, key=lambda i: _trace(H, w, [*chosen, i])))
        chosen.append(picks[-1])
    while len(picks) > k:
        worst = min(picks, key=lambda i: _trace(H, w, [j for j in chosen if j != i]))
        picks.remove(worst)
        chosen.remove(worst)
    return picks


@pytest.mark.parametrize("seed", range(5))
def test_picks_are_those_of_the_greedy_written_out(seed):
    X, P, labelled = _case(seed)
    assert choose_by_fisher(P, X, labelled, 4).tolist() == _by_hand(X, P, labelled, 4)


def test_the_scale_of_the_features_does_not_matter():
    X, P, labelled = _case(3)
    assert (choose_by_fisher(P, X, labelled, 3) == choose_by_fisher(P, 1e4 * X, labelled, 3)).all()
