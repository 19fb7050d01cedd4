"""How many test items stand behind a value of a metric.

Over test sets of m items the variance of an accuracy v is v(1 − v) ÷ m. Metrics that look at classes one by one vary as
their rare classes do: v(1 − v) ÷ n, with an effective number of items n.

- A metric of one class, the rare one of two with n₊ items: n = n₊ ÷ f. Recall, precision and average precision: f = 1
  (Boyd, Eng & Page 2013, the binomial interval). F1 is 2J ÷ (1 + J) of the Jaccard index J, a proportion of the items
  that are positive or called so: where precision and recall are alike, f = 1 − v/2, 0.65 at 0.7. ROC AUC: f = v ÷
  (1 + v) among many negative items (Hanley & McNeil 1982), 0.45 at 0.82.
- A mean over K classes with n_c items each: n = K² ÷ Σ 1/n_c, as variances of independent proportions add up.

Class shares are taken to fall from the largest to the smallest by one factor, and to be alike where nothing is said.
"""

import numpy as np
import pandas as pd

_ONE_CLASS = {"precision": 1.0, "recall": 1.0, "average_precision": 1.0, "f1": 0.65, "roc_auc": 0.45}
"""f of metrics of one class."""


def item_shares(metric: str, classes: int | None, imbalance: float | None) -> tuple[float, float | None]:
    """Give n ÷ m, and the rarest class's share of the test items.

    They are 1 and None where a metric weighs all items alike, or averages an unknown number of classes.

    Args:
        metric: scikit-learn's name.
        classes: number of classes K; a metric of one class has two.
        imbalance: largest over smallest class share.

    Examples:
        >>> item_shares("recall", 2, 19.0)
        (0.05, 0.05)
    """
    averaged = metric == "balanced_accuracy" or metric.endswith(("_macro", "_ovr", "_ovo"))
    K = 2 if metric in _ONE_CLASS else classes if averaged else None
    if K is None:
        return 1.0, None
    shares = np.geomspace(imbalance or 1.0, 1.0, K)
    shares /= shares.sum()
    rarest = float(shares[-1])
    return (rarest / _ONE_CLASS[metric] if metric in _ONE_CLASS else float(K**2 / (1.0 / shares).sum())), rarest


def table_item_shares(points: pd.DataFrame) -> tuple[float, float | None]:
    """Give `item_shares` by a curve's columns `metric` (else accuracy), `classes` and `imbalance`, if it has them."""
    metric = str(points["metric"].iloc[0]) if "metric" in points.columns else "accuracy"
    known = [points[name].dropna() if name in points.columns else () for name in ("classes", "imbalance")]
    classes, imbalance = (float(max(column)) if len(column) else None for column in known)
    return item_shares(metric, None if classes is None else int(classes), imbalance)
