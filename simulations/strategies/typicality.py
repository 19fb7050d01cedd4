"""Strategies that ask for typical items: the densest point of each cluster that has no label yet.

Cost for a pool of n items with d features: the neighbours, n² d once for each data set; then, each round, k-means into
as many clusters as there will be labels (at most 500), n d times that for each of three passes, and half as much again
for the sample where it starts. All lanes on one pool that will have equally many labels share one clustering.
"""

import numpy as np

from simulations.arrays import BoolArray, IntArray, RealArray
from simulations.strategies.kmeans import pool_clusters
from simulations.strategies.structure import MOST_COMPARED, pool_neighbour_distances
from simulations.strategies.view import RoundView, Strategy, Streams

MOST_CLUSTERS = 500
SMALL_CLUSTER = 5


def _typiclust(view: RoundView, k: int, streams: Streams) -> IntArray:
    chosen = np.empty((view.lanes, k), dtype=np.int64)
    for i, (X, labelled) in enumerate(zip(view.features, view.labelled, strict=True)):
        clusters = min(int(labelled.sum()) + k, MOST_CLUSTERS, view.pool_size)
        # The paper's typicality is one over this mean; ranking needs no division by zero.
        spread = pool_neighbour_distances(view, i).mean(axis=1)
        chosen[i] = rank_typical(pool_clusters(X, clusters), labelled, spread)[:k]
    return chosen


def rank_typical(groups: IntArray, labelled: BoolArray, spread: RealArray) -> IntArray:
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
    choose=_typiclust,
    most_items=MOST_COMPARED,
    version=2,
)
