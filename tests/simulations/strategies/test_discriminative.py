import numpy as np
import pytest

from simulations.strategies import STRATEGIES, RoundView, discriminative
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


def test_the_learnt_representation_takes_the_place_of_features():
    # Features tell nothing; what the model's last layer reads tells the second half from the labelled first.
    told = _blobs([40, 40], [[0.0, 0.0], [5.0, 0.0]])
    answers = np.where(np.arange(80) < 20, 0, -1)[None]
    view = RoundView([np.zeros((80, 3))], answers, embeddings=lambda lane: told)
    assert STRATEGIES["dal"].select(view, 6, [np.random.default_rng(0)]).min() >= 40
    raw = STRATEGIES["dal_raw"].select(RoundView([told], answers), 6, [np.random.default_rng(0)])
    assert (STRATEGIES["dal"].select(view, 6, [np.random.default_rng(0)]) == raw).all()


def test_a_model_that_reads_the_features_themselves_has_no_other_representation():
    view = RoundView([_blobs([20, 20], [[0.0, 0.0], [5.0, 0.0]])], np.where(np.arange(40) < 10, 0, -1)[None])
    one, other = (STRATEGIES[name].select(view, 12, [np.random.default_rng(4)]) for name in ("dal", "dal_raw"))
    assert (one == other).all()


@pytest.mark.parametrize(("k", "fits"), [(1, 1), (7, 7), (10, 10), (25, 10)])
def test_a_batch_is_chosen_in_ten_parts_at_most(k, fits, monkeypatch):
    asked = []
    plain = discriminative._unlike

    def counted(X, known, left, rng):
        asked.append(known.size)
        return plain(X, known, left, rng)

    monkeypatch.setattr(discriminative, "_unlike", counted)
    tell_apart(_blobs([60], [[0.0, 0.0]]), np.arange(60) < 6, k, np.random.default_rng(0))
    # Each part counts those before it as labelled, and no part is larger than another by more than one.
    assert len(asked) == fits and asked[0] == 6
    sizes = np.diff([*asked, 6 + k])
    assert sizes.min() >= 1 and np.ptp(sizes) <= 1


def test_either_solver_tells_the_same_apart(monkeypatch):
    X = _blobs([40, 40, 40], [[0.0, 0.0], [5.0, 0.0], [2.0, 3.0]])
    found = []
    for narrow in (256, 1):
        monkeypatch.setattr(discriminative, "_NARROW", narrow)
        found.append(discriminative._unlike(X, np.arange(30), np.arange(30, 120), np.random.default_rng(0)))
    assert np.corrcoef(*found)[0, 1] > 0.9999 and found[0] == pytest.approx(found[1], rel=0.02, abs=0.02)
