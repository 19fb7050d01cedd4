"""Strategies that weigh doubt by how many items are like the one in doubt.

Cost for a pool of n items with d features: the neighbours, n² d once for each data set; then n C for the margins and
n log n to rank.
"""

import numpy as np

from simulations.arrays import RealArray
from simulations.strategies.shared import measured
from simulations.strategies.structure import MOST_COMPARED, pool_neighbour_distances
from simulations.strategies.top_k import choose_lowest
from simulations.strategies.uncertainty import margin
from simulations.strategies.view import RoundView, Strategy


def _score(view: RoundView) -> RealArray:
    # In float64, in which a doubt of nearly nothing times a low density is still more than nothing.
    scores = measured(view, margin).astype(np.float64) - 1.0
    for i in range(view.lanes):
        scores[i] *= density(pool_neighbour_distances(view, i))
    return scores


def density(distance: RealArray) -> RealArray:
    """Give the mean similarity of each row to its nearest neighbours, (n,), in (0, 1], from their distances (n, 20).

    Similarity is exp(-d² / 2s²) with s the median distance between neighbours: a scale of the features' own. The
    cosine of the paper has no meaning for centred features, where half of all pairs are opposed.
    """
    scale = float(np.median(distance)) or float(distance.max())
    if scale == 0.0:
        return np.ones(distance.shape[0])
    # The floor keeps an outlier's doubt above no doubt at all.
    density: RealArray = np.exp(-0.5 * (distance / scale) ** 2).mean(axis=1)
    return np.maximum(density, 1e-12)


DENSITY_MARGIN = Strategy(
    name="density_margin",
    family="density",
    paper="Settles & Craven 2008, An analysis of active learning strategies for sequence labeling tasks (information "
    "density), over nearest neighbours as in Zhu et al. 2008",
    needs=frozenset({"features", "probabilities"}),
    summary="Asks where the two likeliest classes are close and many items lie near, so that no outlier is bought.",
    choose=choose_lowest(_score),
    most_items=MOST_COMPARED,
    version=2,
)
