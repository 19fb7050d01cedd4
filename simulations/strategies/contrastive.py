"""Strategies that ask where the model says something else than it says of labelled items that are alike.

Cost for a pool of n items with d features, C classes and m labelled items: n m d for the nearest labelled ones (less
in few dimensions), then 10 n C.
"""

import numpy as np

from simulations.arrays import BoolArray, IntArray, RealArray
from simulations.strategies.structure import one_thread, rows_within
from simulations.strategies.top_k import choose_lowest
from simulations.strategies.view import RoundView, Strategy

NEIGHBOURS = 10


def _agreement(view: RoundView) -> RealArray:
    lanes = range(view.lanes)
    return -np.stack([contrast(view.probabilities[i], view.features[i], view.labelled[i]) for i in lanes])


def contrast(probabilities: RealArray, X: RealArray, labelled: BoolArray) -> RealArray:
    """Mean divergence of what the model says of an item's nearest labelled ones from what it says of the item, (n,).

    Margatina et al. 2021, algorithm 1: the mean over the 10 nearest labelled items l of KL(p_l ‖ p). Labelled items get
    0, and so does everything while nothing is labelled. From probabilities (n, C), features (n, d) and labelled (n,).
    """
    known, rows = np.flatnonzero(labelled), np.flatnonzero(~labelled)
    scores = np.zeros(X.shape[0])
    if not known.size:
        return scores
    near = known[_nearest(X[known], X[rows])]
    P = probabilities.astype(np.float64)
    logs = np.log(np.maximum(P, np.finfo(np.float32).tiny))
    negentropy = (P * logs).sum(axis=1)
    step = rows_within(near.shape[1] * P.shape[1], 1_000_000)
    for at in range(0, rows.size, step):
        piece, beside = rows[at : at + step], near[at : at + step]
        cross = np.einsum("ijc,ic->i", P[beside], logs[piece]) / beside.shape[1]
        scores[piece] = negentropy[beside].mean(axis=1) - cross
    return scores


def _nearest(known: RealArray, X: RealArray) -> IntArray:
    from sklearn.neighbors import NearestNeighbors

    with one_thread():
        finder = NearestNeighbors(n_neighbors=min(NEIGHBOURS, known.shape[0]), n_jobs=1).fit(known)
        return np.asarray(finder.kneighbors(X, return_distance=False), dtype=np.int64)


CAL = Strategy(
    name="cal",
    family="contrast",
    paper="Margatina, Vernikos, Barrault & Aletras 2021, Active learning by acquiring contrastive examples",
    needs=frozenset({"features", "probabilities"}),
    summary="Asks where the model disagrees with what it says of the ten nearest labelled items.",
    choose=choose_lowest(_agreement),
)
