"""Strategies that let one method name candidates and another choose among them.

Cost for a pool of n items with d features and C classes: n C for the margins, then a greedy k-center over the
candidates and what is labelled, both together well below n.
"""

import numpy as np

from simulations.arrays import IntArray
from simulations.strategies.diversity import farthest
from simulations.strategies.shared import measured
from simulations.strategies.top_k import lowest_k
from simulations.strategies.uncertainty import margin
from simulations.strategies.view import RoundView, Strategy, Streams

CANDIDATES = 10
"""Unsure items per item to choose."""


def _combined(view: RoundView, k: int, streams: Streams) -> IntArray:
    unsure = lowest_k(measured(view, margin), view, min(CANDIDATES * k, view.left))
    return np.stack([_spread_among(view, lane, np.sort(rows), k) for lane, rows in enumerate(unsure)])


def _spread_among(view: RoundView, lane: int, candidates: IntArray, k: int) -> IntArray:
    rows = np.union1d(candidates, np.flatnonzero(view.labelled[lane]))
    return rows[farthest(view.features[lane][rows], view.labelled[lane][rows], k)]


COMBINED = Strategy(
    name="combined",
    family="combined",
    paper="margin (Scheffer, Decomain & Wrobel 2001) names candidates, greedy k-center (Sener & Savarese 2018) "
    "chooses; one after the other as in Zhdanov 2019",
    needs=frozenset({"features", "probabilities"}),
    summary="Takes ten times as many items as wanted by margin, and of them those farthest apart.",
    choose=_combined,
)
