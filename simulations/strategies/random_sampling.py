"""Strategies that draw by chance: the baselines that active learning has to beat."""

import numpy as np

from simulations.arrays import Ints
from simulations.strategies.shared import draw_by_lane, measure_items
from simulations.strategies.view import RoundView, Strategy, Streams


def _random(view: RoundView, lane: int, k: int, rng: np.random.Generator) -> Ints:
    # The order of all rows doesn't depend on which are labelled; those are left out.
    order = rng.permutation(view.pool_size)
    chosen: Ints = order[~view.labelled[lane][order]][:k]
    return chosen


def _stratified_random(view: RoundView, k: int, streams: Streams) -> Ints:
    predicted = measure_items(view, lambda probabilities: probabilities.argmax(axis=-1))
    return np.stack([_deal(view.unlabelled(lane), predicted[lane], k, rng) for lane, rng in enumerate(streams)])


def _deal(items: Ints, predicted: Ints, k: int, rng: np.random.Generator) -> Ints:
    """Deal shuffled items out one predicted class after the other, so that each gets the same share while it lasts."""
    shuffled = rng.permutation(items)
    strata = predicted[shuffled]
    turn = np.empty(shuffled.size, dtype=np.int64)
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        turn[members] = np.arange(members.size)
    # Within a turn the shuffled order decides, so that no class is favoured when k does not divide evenly.
    return shuffled[np.argsort(turn, kind="stable")[:k]]


RANDOM = Strategy(
    name="random",
    family="chance",
    paper="Cochran 1977, Sampling Techniques, chapter 2 (simple random sampling)",
    needs=frozenset(),
    summary="Draws uniformly from what is not labelled: the plan every other strategy is compared with.",
    choose=draw_by_lane(_random),
    sequence=True,
)
STRATIFIED_RANDOM = Strategy(
    name="stratified_random",
    family="chance",
    paper="Cochran 1977, Sampling Techniques, chapter 5; strata are the classes the model predicts, equally allocated",
    needs=frozenset({"probabilities"}),
    summary="Draws at random the same number from each predicted class, so that rare classes come up more often.",
    choose=_stratified_random,
)
