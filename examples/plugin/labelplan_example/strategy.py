"""A strategy: random items of the half that the model is least sure of."""

import numpy as np

from simulations.strategies import Strategy


def choose(view, k, streams):
    """Choose k items a lane, (L, k), each lane by its own generator."""
    chosen = []
    for lane in range(view.lanes):
        rows = view.unlabelled(lane)
        confidence = view.probabilities[lane, rows].max(axis=1)
        half = np.argsort(confidence, kind="stable")[: max(k, rows.size // 2)]
        chosen.append(streams[lane].choice(rows[half], k, replace=False))
    return np.stack(chosen)


UNSURE_HALF = Strategy(
    name="unsure_half",
    family="uncertainty",
    paper="none: an example",
    needs=frozenset({"probabilities"}),
    summary="Random items of the half that the model is least sure of.",
    choose=choose,
    version=1,
)
