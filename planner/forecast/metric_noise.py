"""How many test items stand behind a value of a metric.

Over test sets of m items the variance of an accuracy v is v(1 − v) ÷ m. Metrics that look at classes one by one vary as
their rare classes do; here their variance is v(1 − v) ÷ n, with an effective number of items n:

- a metric of one class, the rare one of two with n₊ items: n = n₊ ÷ f. Recall is a proportion of these items, and
  precision of about as many (f = 1). Average precision: f = 1 (Boyd, Eng & Page 2013, the binomial interval). F1 is
  2J ÷ (1 + J) of the Jaccard index J, a proportion of the items that are positive or called so; where precision and
  recall are alike, f = 1 − v/2 by the delta method, 0.65 at 0.7. ROC AUC: f = v ÷ (1 + v) among many negative items
  (Hanley & McNeil 1982), 0.45 at 0.82.
- a mean over K classes with n_c items each: n = K² ÷ Σ 1/n_c, as variances of independent proportions add up.

Class shares are taken to fall from the largest to the smallest by one factor, and to be alike where nothing is said.
"""

import numpy as np
import pandas as pd

from simulations.arrays import Floats

_RARE_CLASS = {"precision": 1.0, "recall": 1.0, "average_precision": 1.0, "f1": 0.65, "roc_auc": 0.45}
"""f of metrics of one class."""


def class_shares(classes: int, imbalance: float | None) -> Floats:
    """Give the share of each class, (K,), the largest first; `imbalance` is the largest over the smallest share."""
    shares = np.geomspace(1.0, 1.0 / (imbalance or 1.0), classes)
    return np.asarray(shares / shares.sum())


def rarest_share(metric: str, classes: int | None, imbalance: float | None) -> float | None:
    """Give the smallest class's share of the test items; None where the metric does not look at classes one by one.

    None too where a mean over classes is of an unknown number of them.
    """
    if metric in _RARE_CLASS:
        return float(class_shares(2, imbalance)[-1])
    if metric != "balanced_accuracy" and not metric.endswith(("_macro", "_ovr", "_ovo")):
        return None
    return None if classes is None else float(class_shares(classes, imbalance)[-1])


def effective_share(metric: str, classes: int | None, imbalance: float | None) -> float:
    """Give n ÷ m, the effective number of test items behind a value of a metric per test item there is.

    It is 1 for accuracy, for metrics weighted by class size, and where nothing else is known.

    Args:
        metric: scikit-learn's name.
        classes: number of classes K, None where not known.
        imbalance: largest over smallest class share, None where not known.

    Examples:
        >>> round(effective_share("recall", 2, 19.0), 3), round(effective_share("balanced_accuracy", 2, 19.0), 3)
        (0.05, 0.19)
    """
    rarest = rarest_share(metric, classes, imbalance)
    if rarest is None:
        return 1.0
    if metric in _RARE_CLASS:
        return rarest / _RARE_CLASS[metric]
    shares = class_shares(classes or 1, imbalance)
    return float(shares.size**2 / (1.0 / shares).sum())


def table_description(points: pd.DataFrame) -> tuple[str, int | None, float | None]:
    """Read metric, class count and imbalance of one curve's rows; accuracy, None and None where they do not say."""
    metric = str(points["metric"].iloc[0]) if "metric" in points.columns else "accuracy"
    known = [points[name].dropna() if name in points.columns else () for name in ("classes", "imbalance")]
    classes, imbalance = (float(max(column)) if len(column) else None for column in known)
    return metric, None if classes is None else int(classes), imbalance
