"""Strategies that group items and ask for the middle of each group.

Cost for a pool of n items with d features: k-means groups all that is unlabelled, n k d for each of three passes, after
it has settled on 10 k items; behind the margin prefilter these are all there are, and n C for the margins comes first.
"""

import numpy as np

from simulations.arrays import IntArray, RealArray
from simulations.strategies.kmeans import cluster, nearest_distinct
from simulations.strategies.shared import located, measured
from simulations.strategies.top_k import lowest_k
from simulations.strategies.uncertainty import margin
from simulations.strategies.view import RoundView, Strategy, Streams

PREFILTER = 10
"""Candidates per item to choose, β in Zhdanov 2019."""

_LEAST_WEIGHT = 1e-6


def _kmeans(view: RoundView, k: int, streams: Streams) -> IntArray:
    return np.stack([_take_middles(view, i, view.unlabelled(i), k, rng) for i, rng in enumerate(streams)])


def _margin_kmeans(view: RoundView, k: int, streams: Streams) -> IntArray:
    margins = measured(view, margin)
    candidates = lowest_k(margins, view, min(PREFILTER * k, view.left))
    chosen = np.empty((view.lanes, k), dtype=np.int64)
    for i, rng in enumerate(streams):
        # In row order, so that ties go to the lowest row; a sure item still weighs something, as k-means demands.
        rows = np.sort(candidates[i])
        chosen[i] = _take_middles(view, i, rows, k, rng, np.maximum(1.0 - margins[i, rows], _LEAST_WEIGHT))
    return chosen


def _take_middles(
    view: RoundView, lane: int, rows: IntArray, k: int, rng: np.random.Generator, weights: RealArray | None = None
) -> IntArray:
    """Group `rows` of a lane's pool into k clusters and take the one nearest each centre, each once, (k,)."""
    if rows.size == k:
        return rows
    source, places = located(view, lane)
    items = source[rows if places is None else places[rows]]
    _, centres = cluster(items, k, rng, weights)
    return rows[nearest_distinct(items, centres)]


KMEANS = Strategy(
    name="kmeans",
    family="clustering",
    paper="Zhdanov 2019, Diverse mini-batch active learning (k-means without the prefilter); Lloyd 1982",
    needs=frozenset({"features"}),
    summary="Groups what is unlabelled into as many clusters as labels wanted and asks for the middle of each.",
    choose=_kmeans,
    version=2,
)
MARGIN_KMEANS = Strategy(
    name="margin_kmeans",
    family="clustering",
    paper="Zhdanov 2019, Diverse mini-batch active learning (prefilter β = 10, k-means weighted by informativeness)",
    needs=frozenset({"features", "probabilities"}),
    summary="Keeps ten times as many low-margin items as wanted, groups them, and asks for the middle of each group.",
    choose=_margin_kmeans,
    version=2,
)
