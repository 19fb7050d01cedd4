"""Strategies on what the model's last layer reads, in place of the features.

With a linear model that is the features, and the choices are the same. With a network it is the last hidden layer,
which changes from round to round, so that nothing that is kept for a pool can be kept.

Cost for a pool of n items: that of the strategy, with e units for d features, and one pass of the network.
"""

from dataclasses import replace

import numpy as np

from simulations.arrays import IntArray
from simulations.strategies.diversity import CORESET
from simulations.strategies.view import Need, RoundView, Strategy, Streams


def on_embeddings(strategy: Strategy) -> Strategy:
    """Give a strategy that reads the embeddings of the model where it would read features."""

    def choose(view: RoundView, k: int, streams: Streams) -> IntArray:
        if not view.has_embeddings:
            return strategy.choose(view, k, streams)
        # One lane after the other, so that the embeddings of one are held at a time.
        lanes = range(view.lanes)
        chosen = [strategy.choose(view.lane(i).embedded(), k, streams[i : i + 1]) for i in lanes]
        return np.concatenate(chosen)

    needs: frozenset[Need] = frozenset("embeddings" if need == "features" else need for need in strategy.needs)
    return replace(strategy, needs=needs, choose=choose, sequence=False)


CORESET_DEEP = replace(
    on_embeddings(CORESET),
    name="coreset_deep",
    summary="Core-set on what the model's last layer reads, anew each round (greedy k-center).",
)
