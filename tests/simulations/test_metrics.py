import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, recall_score

from simulations.metrics import METRICS, THRESHOLDS, likeliest, risk_coverage, score


@settings(deadline=None)
@given(st.integers(2, 6), st.integers(1, 40), st.integers(0, 10_000))
def test_equal_to_scikit_learn(classes, items, seed):
    rng = np.random.default_rng(seed)
    truth, predicted = rng.integers(classes, size=(2, 3, items))
    ours = score(truth, predicted, classes)
    assert tuple(ours) == METRICS
    for lane in range(3):
        t, p = truth[lane], predicted[lane]
        present = np.unique(t)
        assert ours["accuracy"][lane] == pytest.approx(accuracy_score(t, p))
        # balanced accuracy by its definition, as scikit-learn's function warns when a class is missing
        recall = recall_score(t, p, labels=present, average="macro", zero_division=0)
        assert ours["balanced_accuracy"][lane] == pytest.approx(recall)
        assert ours["f1_macro"][lane] == pytest.approx(f1_score(t, p, average="macro", zero_division=0))


def test_thresholds_rise_and_resolve_the_confident_end():
    assert len(THRESHOLDS) == 20 and THRESHOLDS[0] == 0 and THRESHOLDS[-1] == 0.999
    assert list(THRESHOLDS) == sorted(set(THRESHOLDS))
    assert sum(t > 0.92 for t in THRESHOLDS) == 10


def test_a_single_precision_confidence_at_a_threshold_reaches_it():
    confidence = np.array([THRESHOLDS], np.float32)
    counts = risk_coverage(confidence, np.ones_like(confidence, bool))
    assert counts[0, :, 0].tolist() == list(range(20, 0, -1)) and not counts[0, :, 1].any()


@settings(deadline=None)
@given(st.integers(1, 4), st.integers(1, 30), st.integers(0, 10_000), st.sampled_from([np.float32, np.float64]))
def test_coverage_is_what_counting_gives(lanes, items, seed, kind):
    rng = np.random.default_rng(seed)
    confidence = (1 - rng.random((lanes, items)) ** 4).astype(kind)
    correct = rng.random((lanes, items)) < 0.7
    counts = risk_coverage(confidence, correct)
    assert counts.shape == (lanes, 20, 2)
    for lane in range(lanes):
        for i, threshold in enumerate(THRESHOLDS):
            over = confidence[lane] >= kind(threshold)
            assert counts[lane, i].tolist() == [over.sum(), (over & ~correct[lane]).sum()]


@pytest.mark.parametrize("classes", [2, 10, 256, 257, 300])
def test_the_likeliest_class_is_where_the_largest_probability_is(classes):
    probabilities = np.random.default_rng(classes).integers(0, 40, (3, classes, 50)).astype(np.float32)
    which, best = likeliest(probabilities)
    np.testing.assert_array_equal(which, probabilities.argmax(axis=1))
    np.testing.assert_array_equal(best, probabilities.max(axis=1))


def test_the_likeliest_class_is_the_first_of_equals():
    probabilities = np.array([[[0.2, 0.5, 0.4], [0.5, 0.5, 0.2], [0.3, 0.0, 0.4]]], dtype=np.float32)
    which, best = likeliest(probabilities)
    assert which.tolist() == [[1, 0, 0]]
    assert best == pytest.approx(np.array([[0.5, 0.5, 0.4]]))
