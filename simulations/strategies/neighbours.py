"""Strategies that look at an item's neighbours: how many are like it, what is said of them, how typical it is.

Cost for a pool of n items with d features and C classes: the neighbours within the pool, n² d once for each data set.
`density_margin` takes n C for the margins and n log n to rank. `cal` searches the m labelled items instead, n m d (less
in few dimensions), then 10 n C. `typiclust` adds, each round, k-means into as many clusters as there will be labels (at
most 500), n d times that for each of three passes, and half as much again for the sample where it starts; all lanes on
one pool that will have equally many labels share one clustering.
"""

import numpy as np

from simulations.arrays import Bools, Ints, Reals
from simulations.strategies import shared
from simulations.strategies.clustering import pool_clusters
from simulations.strategies.uncertainty import margin
from simulations.strategies.view import RoundView, Strategy
from simulations.threads import one_blas_thread


def _margin_by_density(view: RoundView) -> Reals:
    # In float64, in which a doubt of nearly nothing times a low density is still more than nothing.
    scores = shared.measure_items(view, margin).astype(np.float64) - 1.0
    for i in range(view.lanes):
        scores[i] *= density(shared.pool_neighbour_distances(view, i))
    return scores


def density(distance: Reals) -> Reals:
    """Give the mean similarity of each row to its nearest neighbours, (n,), in (0, 1], from their distances (n, 20).

    Similarity is exp(-d² / 2s²) with s the median distance; the paper's cosine has no meaning for centred features.
    """
    scale = float(np.median(distance)) or float(distance.max())
    if scale == 0.0:
        return np.ones(distance.shape[0])
    # The floor keeps an outlier's doubt above no doubt at all.
    density: Reals = np.exp(-0.5 * (distance / scale) ** 2).mean(axis=1)
    return np.maximum(density, 1e-12)


DENSITY_MARGIN = Strategy(
    name="density_margin",
    family="density",
    paper="Settles & Craven 2008, An analysis of active learning strategies for sequence labeling tasks (information "
    "density), over nearest neighbours as in Zhu et al. 2008",
    needs=frozenset({"features", "probabilities"}),
    summary="Asks where the two likeliest classes are close and many items lie near, so that no outlier is bought.",
    choose=shared.choose_lowest(_margin_by_density),
    most_items=shared.MOST_COMPARED,
    version=2,
)


NEIGHBOURS = 10


def _agreement(view: RoundView) -> Reals:
    lanes = range(view.lanes)
    return -np.stack([contrast(view.probabilities[i], view.features[i], view.labelled[i]) for i in lanes])


def contrast(probabilities: Reals, X: Reals, labelled: Bools) -> Reals:
    """Mean divergence of what the model says of an item's nearest labelled ones from what it says of the item, (n,).

    Margatina et al. 2021, algorithm 1: the mean over the 10 nearest labelled items l of KL(p_l ‖ p). Labelled items get
    0, and so does everything while nothing is labelled. From probabilities (n, C), features (n, d) and labelled (n,).
    """
    from sklearn.neighbors import NearestNeighbors

    known, rows = np.flatnonzero(labelled), np.flatnonzero(~labelled)
    scores = np.zeros(X.shape[0])
    if not known.size:
        return scores
    with one_blas_thread():
        finder = NearestNeighbors(n_neighbors=min(NEIGHBOURS, known.size), n_jobs=1).fit(X[known])
        near = known[finder.kneighbors(X[rows], return_distance=False)]
    P = probabilities.astype(np.float64)
    logs = np.log(np.maximum(P, np.finfo(np.float32).tiny))
    negentropy = (P * logs).sum(axis=1)
    step = shared.rows_within(near.shape[1] * P.shape[1], 1_000_000)
    for at in range(0, rows.size, step):
        piece, beside = rows[at : at + step], near[at : at + step]
        cross = np.einsum("ijc,ic->i", P[beside], logs[piece]) / beside.shape[1]
        scores[piece] = negentropy[beside].mean(axis=1) - cross
    return scores


CAL = Strategy(
    name="cal",
    family="contrast",
    paper="Margatina, Vernikos, Barrault & Aletras 2021, Active learning by acquiring contrastive examples",
    needs=frozenset({"features", "probabilities"}),
    summary="Asks where the model disagrees with what it says of the ten nearest labelled items.",
    choose=shared.choose_lowest(_agreement),
)


MOST_CLUSTERS = 500
SMALL_CLUSTER = 5


def _typiclust(view: RoundView, lane: int, k: int) -> Ints:
    labelled = view.labelled[lane]
    clusters = min(int(labelled.sum()) + k, MOST_CLUSTERS, view.pool_size)
    # The paper's typicality is one over this mean; ranking needs no division by zero.
    spread = shared.pool_neighbour_distances(view, lane).mean(axis=1)
    return rank_typical(pool_clusters(view.features[lane], clusters), labelled, spread)[:k]


def rank_typical(groups: Ints, labelled: Bools, spread: Reals) -> Ints:
    """Order unlabelled items as TypiClust asks for them.

    Clusters with the fewest labels, counting those already ranked, come first, the largest of them before the rest;
    each gives its most typical item. Clusters below five items wait until all others are used up.

    From each item's cluster, whether it is labelled, and its mean distance to the nearest neighbours (the lower, the
    more typical), (n,) each, to the rows of all unlabelled items, first to last.
    """
    sizes = np.bincount(groups)
    labels = np.bincount(groups, weights=labelled, minlength=sizes.size).astype(np.int64)
    rows = np.flatnonzero(~labelled)
    rows = rows[np.lexsort((rows, spread[rows], groups[rows]))]
    own = groups[rows]
    starts = np.flatnonzero(np.r_[True, own[1:] != own[:-1]])
    # An item's turn: the labels of its cluster by the time it is reached.
    turn = np.arange(rows.size) - np.repeat(starts, np.diff(np.r_[starts, rows.size])) + labels[own]
    return rows[np.lexsort((rows, -sizes[own], turn, sizes[own] < SMALL_CLUSTER))]


TYPICLUST = Strategy(
    name="typiclust",
    family="typicality",
    paper="Hacohen, Dekel & Weinshall 2022, Active learning on a budget: opposite strategies suit high and low budgets",
    needs=frozenset({"features"}),
    summary="Asks for the most typical item of each cluster that has no label yet; meant for small budgets.",
    choose=shared.choose_by_lane(_typiclust),
    most_items=shared.MOST_COMPARED,
    version=2,
)
