"""How hard each item of a data set is to tell apart, for oracles that err more, or take longer, on hard ones.

Notation: N items; d features; C classes; δ (N, C) discriminants.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from simulations.datasets.dataset import Dataset
from simulations.datasets.registry import load_dataset
from simulations.oracle import Items
from simulations.trajectory import Part


@lru_cache(maxsize=4)
def hardness_of(dataset: Part) -> Items:
    """Give the hardness of a registered data set's items; the same for every replicate, learner and strategy."""
    return measure_hardness(load_dataset(dataset))


def measure_hardness(data: Dataset) -> Items:
    """Rank the items by how little their own class stands out, to a model that was told every clean label.

    The model is linear discriminant analysis with Ledoit & Wolf's shrinkage (2004, Journal of Multivariate Analysis
    88:365), as scikit-learn fits it: in closed form, and not one of the learners that are compared. An item's margin is
    δ of its own class less the largest other; the smallest margin, mistaken ones first, is the hardest item.

    Args:
        data: the data set.

    Returns:
        Hardness evenly over (0, 1), ties in the order of the items, and the class with the largest other δ.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.preprocessing import StandardScaler

    features = StandardScaler().fit_transform(data.features.astype(np.float64))
    features = features[:, features.any(axis=0)]
    present = np.unique(data.clean)
    if not features.shape[1] or present.size < 2:
        return _ranked(np.zeros(data.clean.size), present[(np.searchsorted(present, data.clean) + 1) % present.size])
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(features, data.clean)
    scores = model.decision_function(features)
    if present.size == 2:
        scores = np.column_stack([-scores, scores]) / 2
    own = np.searchsorted(present, data.clean)
    rows = np.arange(own.size)
    of_own = scores[rows, own].copy()
    scores[rows, own] = -np.inf
    likest = scores.argmax(axis=1)
    return _ranked(of_own - scores[rows, likest], present[likest])


def _ranked(margin: npt.NDArray[np.float64], mistaken_for: npt.NDArray[np.int64]) -> Items:
    place = np.empty(margin.size)
    place[np.argsort(-margin, kind="stable")] = np.arange(margin.size)
    return Items((place + 0.5) / margin.size, mistaken_for.astype(np.int64))
