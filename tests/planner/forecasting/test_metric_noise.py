import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from planner.forecasting.anchors import make_anchors
from planner.forecasting.forecast import fit_forecast
from planner.forecasting.metric_noise import item_shares
from simulations.metrics import score

POINTS = pd.DataFrame({"labels": [50, 100, 200, 400], "value": [0.5, 0.6, 0.65, 0.7], "test_size": 2_236})


def effective_share(*task):
    return item_shares(*task)[0]


def test_shares_by_hand():
    assert effective_share("accuracy", 2, 42.0) == effective_share("f1_weighted", 2, 42.0) == 1.0
    assert effective_share("recall", 2, 42.0) == pytest.approx(1 / 43)
    assert effective_share("f1", 20, 42.0) == pytest.approx(1 / 43 / 0.65)  # of one class: two in all, whatever K is
    # Shares of 3/4 and 1/4: 4 ÷ (4/3 + 4). Shares of 4/7, 2/7 and 1/7: 9 ÷ (7/4 + 7/2 + 7).
    assert effective_share("balanced_accuracy", 2, 3.0) == pytest.approx(0.75)
    assert effective_share("f1_macro", 3, 4.0) == pytest.approx(9 / 12.25)
    assert effective_share("balanced_accuracy", 7, None) == pytest.approx(1.0)
    assert item_shares("f1_macro", None, 9.0) == (1.0, None)


def rare_class_values(metric, sets=3_000, items=2_000, share=0.05):
    """Values over test sets of one model that finds 70% of a rare class, of which 70% of its finds are."""
    rng = np.random.default_rng(5)
    truth = (rng.random((sets, items)) < share).astype(np.int64)
    if metric in ("average_precision", "roc_auc"):
        of = average_precision_score if metric == "average_precision" else roc_auc_score
        scores = rng.standard_normal(truth.shape) + (2.0 if metric == "average_precision" else 1.3) * truth
        return np.array([of(*one) for one in zip(truth[:400], scores[:400], strict=True)])
    found = np.where(truth == 1, 0.7, 0.3 * share / (1 - share))
    predicted = (rng.random(truth.shape) < found).astype(np.int64)
    hits = (truth & predicted).sum(axis=1)
    if metric in ("balanced_accuracy", "f1_macro", "accuracy"):
        return score(truth, predicted, 2)[metric]
    true, said = truth.sum(axis=1), predicted.sum(axis=1)
    return {"recall": hits / true, "precision": hits / said, "f1": 2 * hits / (true + said)}[metric]


@pytest.mark.parametrize(
    "metric",
    ["accuracy", "balanced_accuracy", "f1_macro", "f1", "recall", "precision", "average_precision", "roc_auc"],
)
def test_the_spread_over_test_sets_is_as_the_effective_items_say(metric):
    values = rare_class_values(metric)
    level = values.mean()
    expected = np.sqrt(level * (1 - level) / (2_000 * effective_share(metric, 2, 19.0)))
    assert values.std() / expected == pytest.approx(1.0, abs=0.25), (level, values.std(), expected)


def test_a_rare_class_widens_the_noise_and_is_warned_about():
    rare = POINTS.assign(metric="f1", imbalance=42.0)
    wide, narrow = make_anchors(rare), make_anchors(POINTS)
    assert wide.rarest_items == pytest.approx(52.0) and narrow.rarest_items is None
    # √(0.7 · 0.3 · 0.65 ÷ 52) is 5.1 points, where accuracy's is 1.0.
    assert wide.test_shift_sd == pytest.approx(0.051, abs=0.002) and narrow.test_shift_sd < 0.011
    assert np.sqrt(wide.variance[-1]) == pytest.approx(0.039, abs=0.002)
    said = "About 52 test items of the rarest class stand behind each value"
    assert any(said in text for text in fit_forecast(rare).warnings)
    assert not any("rarest class" in text for text in fit_forecast(rare.assign(test_size=5_000)).warnings)
