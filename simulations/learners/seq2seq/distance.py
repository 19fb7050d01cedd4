"""How far answers are from the true ones.

Notation
    n      answers
    G, Y   (n, T) given and true symbols, `NOTHING` behind the end
    E      (n, T + 1) edit distance of a part of a given answer from each beginning of the true one
"""

from collections.abc import Mapping

import numpy as np

from simulations.arrays import IntArray
from simulations.learners.seq2seq.vocabulary import NOTHING


def edit_distances(G: IntArray, Y: IntArray) -> IntArray:
    """Count the symbols to be put in, taken out or replaced, (n,), all answers at once.

    Wagner & Fischer 1974, The string-to-string correction problem.
    """
    places = np.arange(Y.shape[1] + 1)
    given, true = ((answers != NOTHING).sum(axis=1) for answers in (G, Y))
    E = np.tile(places, (len(Y), 1))
    for t in range(G.shape[1]):
        replaced = E[:, :-1] + (G[:, t, None] != Y)
        nearer = np.minimum(E[:, 1:] + 1, replaced)
        # What is put in adds one a place: the running minimum of what is left when that is taken off.
        begun = np.concatenate([E[:, :1] + 1, nearer], axis=1)
        E = np.where((t < given)[:, None], np.minimum.accumulate(begun - places, axis=1) + places, E)
    distances: IntArray = np.take_along_axis(E, true[:, None], axis=1)[:, 0]
    return distances


def answer_scores(G: IntArray, Y: IntArray) -> Mapping[str, float]:
    """Score answers: the share without a fault, and 1 less the edit distance per symbol, at least 0, on average."""
    distances = edit_distances(G, Y)
    shares = np.maximum(1.0 - distances / (Y != NOTHING).sum(axis=1), 0.0)
    return {"exact_match": float((distances == 0).mean()), "symbol_accuracy": float(shares.mean())}
