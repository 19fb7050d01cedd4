from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.learners.estimators import EstimatorLearner
from simulations.learners.learner import Labelled
from simulations.learners.linear import LinearLearner
from simulations.learners.tuning import TunedLearner, deal_folds, log_loss
from simulations.trainer import with_copies
from simulations.trajectory import LazyStreams, stream

GRID = (100.0, 1.0, 0.01)


def _labelled(lanes=3, n=60, d=6, noise=1.0, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(400, d)).astype(np.float32)
    scores = features @ rng.normal(size=(d, classes)) + noise * rng.gumbel(size=(400, classes))
    answers = scores.argmax(axis=1)
    rows = np.stack([rng.permutation(400)[:n] for _ in range(lanes)])
    return Labelled(features, rows, answers[rows], np.ones(d), classes)


def _streams(lanes, seed=0):
    return LazyStreams([(seed, lane) for lane in lanes])


def _fit(labelled, warm=None, **options):
    return TunedLearner(LinearLearner, GRID, **options).fit(labelled, warm, _streams(range(labelled.rows.shape[0])))


@dataclass
class _Constant:
    """Says the true class of the one before last with probability `value`, and counts what it was given."""

    value: float
    seen: list = field(default_factory=list)

    def fit(self, labelled, warm, streams):
        self.seen.append((labelled.rows.shape, warm, [g.integers(1000) for g in streams]))
        return _Said(self.value, labelled.rows.shape[0], labelled.classes)


@dataclass
class _Recorder(_Constant):
    """Keeps the rows that each lane was trained on."""

    def fit(self, labelled, warm, streams):
        self.seen += list(labelled.rows)
        return _Said(self.value, labelled.rows.shape[0], labelled.classes)


@dataclass
class _Said:
    value: float
    lanes: int
    classes: int

    @property
    def converged(self):
        return np.ones(self.lanes, np.bool_)

    def probabilities(self, lanes, features):
        P = np.full((len(lanes), self.classes, len(features)), (1 - self.value) / (self.classes - 1), np.float32)
        P[:, 0] = self.value
        return P


def test_the_value_of_least_held_out_loss_is_chosen():
    """Shares of class 0 are 0.8 and 0.4: the best constant is the nearest to them."""
    rows = np.stack([np.arange(20), np.arange(20)])
    answers = np.stack([np.r_[np.zeros(16, int), np.ones(4, int)], np.r_[np.zeros(8, int), np.ones(12, int)]])
    labelled = Labelled(np.zeros((20, 2), np.float32), rows, answers, np.ones(2), 2)
    fitted = TunedLearner(_Constant, (0.5, 0.8, 0.9, 0.3)).fit(labelled, None, _streams(range(2)))
    assert fitted.choice.tolist() == [1, 0]
    assert fitted.tuned_at.tolist() == [20, 20] and fitted.converged.all()


def test_folds_are_trained_together_and_meet_the_same_chances():
    labelled = _labelled(lanes=2, n=60)
    learner = TunedLearner(_Constant, (0.5, 0.8))
    learner.fit(labelled, None, _streams(range(2)))
    (shape, _, chances), *_ = learner.learners[0].seen
    (other, warm, repeated), *_ = learner.learners[1].seen
    assert shape == other == (10, 48) and chances == repeated and len(set(chances)) > 5
    assert warm.value == 0.5, "starts from the fit of the value before"


def test_an_item_is_held_out_together_with_its_copy():
    plain = _labelled(lanes=2, n=30)
    labelled = with_copies(plain, np.zeros((2, 30, 6), np.float32), 10)
    learner = TunedLearner(_Recorder, (0.5, 0.8))
    learner.fit(labelled, None, _streams(range(2)))
    trained = [rows for own in learner.learners for rows in own.seen]
    assert sorted(rows.size for rows in trained) == [48] * 20 + [60] * 2
    for rows in trained:
        items, times = np.unique(labelled.copy_of[rows], return_counts=True)
        assert (times == 2).all() and np.isin(items, plain.rows).all()


@pytest.mark.parametrize("make", [LinearLearner, lambda depth: _forest(depth)], ids=["linear", "forest"])
def test_a_lane_gives_the_same_bits_alone_or_packed(make):
    grid = (1, 2) if make is not LinearLearner else GRID
    labelled, more = _labelled(lanes=4, n=41), _labelled(lanes=4, n=90)

    def two_rounds(lanes):
        learner = TunedLearner(make, grid)
        first = learner.fit(labelled.take(lanes), None, _streams(lanes))
        return learner.fit(more.take(lanes), first, _streams(lanes, seed=1))

    packed = two_rounds([0, 1, 2, 3])
    P = packed.probabilities(range(4), labelled.features)
    for lanes in ([3], [2, 0]):
        alone = two_rounds(lanes)
        assert (alone.choice == packed.choice[lanes]).all()
        assert (alone.probabilities(range(len(lanes)), labelled.features) == P[lanes]).all()


def _forest(leaf):
    from sklearn.ensemble import ExtraTreesClassifier

    return EstimatorLearner("forest", ExtraTreesClassifier(n_estimators=5, min_samples_leaf=leaf))


def test_it_is_tuned_again_only_when_the_labelled_set_has_grown():
    learner = TunedLearner(_Constant, (0.5, 0.8))
    fitted, tuned = None, []
    for n in (40, 50, 59, 60, 61, 90):
        fitted = learner.fit(_labelled(lanes=1, n=n), fitted, _streams([0], n))
        tuned.append(int(fitted.tuned_at[0]))
    assert tuned == [40, 40, 40, 60, 60, 90]


def test_with_too_few_labels_the_first_value_serves_and_tuning_waits():
    learner = TunedLearner(_Constant, (0.5, 0.8))
    fitted = learner.fit(_labelled(lanes=1, n=9), None, _streams([0]))
    assert fitted.choice.tolist() == [0] and fitted.tuned_at.tolist() == [0]
    assert [len(one.seen) for one in learner.learners] == [1, 0]
    assert learner.fit(_labelled(lanes=1, n=20), fitted, _streams([0])).tuned_at.tolist() == [20]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), min_size=1, max_size=60), st.integers(2, 6))
def test_folds_hold_out_each_item_once_and_no_class_whole(pairs, folds):
    of_row = dict(pairs)
    rows = np.array([row for row, _ in pairs])
    answers = np.array([of_row[row] for row in rows.tolist()])
    masks = deal_folds(rows, answers, folds, stream("folds", folds))
    alone = [c for c in range(4) if sum(answer == c for answer in of_row.values()) == 1]
    free = sum(answer not in alone for answer in of_row.values())
    assert len(masks) == (folds if free >= 2 * folds else 0)
    if not masks:
        return
    assert (np.sum(masks, axis=0) == ~np.isin(answers, alone)).all()
    sizes = [np.unique(rows[held]).size for held in masks]
    assert max(sizes) - min(sizes) <= 1
    for held in masks:
        assert not set(rows[held]) & set(rows[~held]), "copies of an item stay together"
        assert set(answers[held]) <= set(answers[~held])


def test_log_loss_by_hand():
    P = np.array([[0.5, 0.0], [0.5, 1.0]], np.float32)
    assert log_loss(P, np.array([0, 1])) == pytest.approx(np.log(2))
    assert log_loss(P, np.array([0, 0])) == pytest.approx(np.log(2) + np.log(1000))
    assert log_loss(P * np.nan, np.array([0, 0])) == pytest.approx(2 * np.log(1000))
