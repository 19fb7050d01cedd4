"""Strategies that ask where the model is least sure, one of them for what an item is expected to cost.

Cost for a data set of N items with C classes: a few passes over N C probabilities, class by class, with nothing of that
size held beside them; then n, the pool, to find the lowest scores.
"""

from functools import partial

import numpy as np

from simulations.arrays import Reals
from simulations.strategies.shared import choose_lowest, measure_items
from simulations.strategies.view import RoundView, Strategy


def entropy(probabilities: Reals) -> Reals:
    """Give the entropy of the classes (..., C) in nats, float64, shape (...).

    Examples:
        >>> float(entropy(np.array([[0.5, 0.5, 0.0]]))[0].round(6))
        0.693147
    """
    total = np.zeros(probabilities.shape[:-1])
    tiny = np.finfo(probabilities.dtype).tiny
    for c in range(probabilities.shape[-1]):
        # The smallest normal number stands in for zero, where p log p tends to zero.
        term = np.maximum(probabilities[..., c], tiny)
        np.log(term, out=term)
        term *= probabilities[..., c]
        total -= term
    return total


def margin(probabilities: Reals) -> Reals:
    """Give how far the likeliest of the classes (..., C) is above the next, shape (...).

    Examples:
        >>> float(margin(np.array([[0.25, 0.5, 0.25]]))[0])
        0.25
    """
    first, second = top_two(probabilities)
    first -= second
    return first


def top_two(probabilities: Reals) -> tuple[Reals, Reals]:
    """Give the largest and second largest of the classes (..., C), each of shape (...), without sorting.

    Examples:
        >>> [float(v[0]) for v in top_two(np.array([[0.25, 0.5, 0.25]]))]
        [0.5, 0.25]
    """
    first = np.maximum(probabilities[..., 0], probabilities[..., 1])
    second = np.minimum(probabilities[..., 0], probabilities[..., 1])
    loser = np.empty_like(first)
    for c in range(2, probabilities.shape[-1]):
        # The loser against the leader may still be the second.
        np.minimum(first, probabilities[..., c], out=loser)
        np.maximum(second, loser, out=second)
        np.maximum(first, probabilities[..., c], out=first)
    return first, second


_uncertainty = partial(Strategy, family="uncertainty", needs=frozenset({"probabilities"}))

LEAST_CONFIDENCE = _uncertainty(
    name="least_confidence",
    paper="Lewis & Gale 1994, A sequential algorithm for training text classifiers",
    summary="Asks where the likeliest class has the lowest probability.",
    choose=choose_lowest(lambda view: measure_items(view, lambda probabilities: probabilities.max(axis=-1))),
)
MARGIN = _uncertainty(
    name="margin",
    paper="Scheffer, Decomain & Wrobel 2001, Active hidden Markov models for information extraction",
    summary="Asks where the two likeliest classes are closest.",
    choose=choose_lowest(lambda view: measure_items(view, margin)),
)
ENTROPY = _uncertainty(
    name="entropy",
    paper="Settles & Craven 2008, An analysis of active learning strategies for sequence labeling tasks",
    summary="Asks where the predicted class distribution has the highest entropy.",
    choose=choose_lowest(lambda view: -measure_items(view, entropy)),
)


def _margin_per_cost(view: RoundView) -> Reals:
    """Divide 1 − (p₁ − p₂) by the expected cost c: return on investment, Haertel et al. 2008, with margin as benefit.

    Where all items cost the same this is `margin`. Utility need not be in proportion to what is gained: Settles, Craven
    & Friedland 2008 found that dividing by cost does not always pay, which is why it is to be measured.
    """
    margins = measure_items(view, margin).astype(np.float64)  # in single precision, 1 less a small margin is 1
    return (margins - 1.0) / view.costs


MARGIN_PER_COST = Strategy(
    name="margin_per_cost",
    family="cost-aware",
    paper="Haertel, Seppi, Ringger & Carroll 2008, Return on investment for active learning",
    needs=frozenset({"probabilities", "costs"}),
    summary="Asks where the two likeliest classes are closest for what the item is expected to cost.",
    choose=choose_lowest(_margin_per_cost),
)
