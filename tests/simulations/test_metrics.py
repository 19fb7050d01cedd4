import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, recall_score

from simulations.metrics import METRICS, score


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


def test_by_hand():
    ours = score(np.array([[0, 0, 0, 1]]), np.array([[0, 0, 1, 1]]), 2)
    assert ours["accuracy"][0] == 0.75
    assert ours["balanced_accuracy"][0] == pytest.approx((2 / 3 + 1) / 2)
    assert ours["f1_macro"][0] == pytest.approx((4 / 5 + 2 / 3) / 2)
