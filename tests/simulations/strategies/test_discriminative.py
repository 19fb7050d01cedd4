import numpy as np

from simulations.strategies import STRATEGIES, RoundView
from simulations.strategies.discriminative import tell_apart


def _blobs(sizes, centres, seed=0):
    rng = np.random.default_rng(seed)
    return np.concatenate([c + 0.3 * rng.normal(size=(n, 2)) for n, c in zip(sizes, np.array(centres), strict=True)])


def test_it_asks_for_what_is_unlike_everything_labelled():
    X = _blobs([40, 40], [[0.0, 0.0], [5.0, 0.0]])
    labelled = np.arange(80) < 20
    assert (tell_apart(X, labelled, 6, np.random.default_rng(0)) >= 40).all()


def test_sub_batches_turn_to_what_the_ones_before_left():
    # Labelled in the middle, more on both sides: one batch at once would buy the better told of the two alone.
    X = _blobs([30, 30, 30], [[0.0, 0.0], [5.0, 0.0], [0.0, 5.0]])
    picks = tell_apart(X, np.arange(90) < 30, 20, np.random.default_rng(0))
    assert (picks // 30 == 1).sum() >= 5 and (picks // 30 == 2).sum() >= 5 and np.unique(picks).size == 20


def test_with_nothing_labelled_the_first_are_drawn():
    X = _blobs([30], [[0.0, 0.0]])
    first, again = (tell_apart(X, np.zeros(30, bool), 12, np.random.default_rng(3)) for _ in "ab")
    assert (first == again).all() and np.unique(first).size == 12


def test_it_reads_no_model():
    view = RoundView([_blobs([20, 20], [[0.0, 0.0], [5.0, 0.0]])], np.where(np.arange(40) < 10, 0, -1)[None])
    assert STRATEGIES["dal_raw"].select(view, 5, [np.random.default_rng(0)]).min() >= 20
