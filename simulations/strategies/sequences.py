"""Strategies that ask where a model is least sure of the sequence it would answer with: tags or symbols.

What an annotator does grows with the length of the answer, so what counts beside the gain per item is the length a
strategy prefers; a comment at each says which. Cost for a pool of n items: n numbers, once the model has scored the
pool; where density counts, also n² d for the neighbours, once a pool.

Notation
    T, y   an answer's length and the answer the model would give to x
    H_t    entropy of the model's distribution over the symbols at place t
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from simulations.arrays import Reals
from simulations.strategies.neighbours import density
from simulations.strategies.shared import MOST_COMPARED, choose_lowest, pool_neighbour_distances
from simulations.strategies.view import RoundView, Select, SequenceScores, Strategy


def _choose_least(score: Callable[[SequenceScores], Reals]) -> Select:
    return choose_lowest(lambda view: score(view.sequences))


def _density(view: RoundView) -> Reals:
    near = np.stack([density(pool_neighbour_distances(view, lane)) for lane in range(view.lanes)])
    return -view.sequences.entropy * near


_SETTLES = "Settles & Craven 2008, An analysis of active learning strategies for sequence labeling tasks"
_strategy = partial(Strategy, family="sequences", needs=frozenset({"sequences"}))

SEQUENCE_STRATEGIES = (
    _strategy(
        name="mnlp",
        paper="Shen et al. 2018, Deep active learning for named entity recognition (maximum normalized log-"
        "probability)",
        summary="Asks where the answer's log-probability per symbol is lowest; length is taken out.",
        # Least log P(y|x) / T. Length is taken out; means vary more where they are of few, so extremes are short.
        choose=_choose_least(lambda s: s.log_probability / s.lengths),
    ),
    _strategy(
        name="sequence_confidence",
        paper="Culotta & McCallum 2005, Reducing labeling effort for structured prediction tasks",
        summary="Asks where the answer as a whole is least probable; prefers long answers.",
        # Least P(y|x). Every further symbol multiplies by less than 1: long answers are preferred, and strongly.
        choose=_choose_least(lambda s: s.log_probability),
    ),
    _strategy(
        name="confidence_per_token",
        paper="Settles, Craven & Friedland 2008, Active learning with real annotation costs; Haertel et al. 2008, "
        "Return on investment for active learning",
        summary="Asks for the most doubt about the answer per symbol to be labelled; prefers short answers.",
        # Largest (1 - P(y|x)) / T. The gain levels off at 1 and the price does not: short answers are preferred.
        choose=_choose_least(lambda s: np.expm1(s.log_probability) / s.lengths),
    ),
    _strategy(
        name="sequence_entropy",
        paper=f"{_SETTLES} (total token entropy)",
        summary="Asks where the entropies of an answer's symbols add up to most; prefers long answers.",
        # Largest sum of H_t. Every further symbol adds to it: long answers are preferred.
        choose=_choose_least(lambda s: -s.entropy),
    ),
    _strategy(
        name="token_entropy",
        paper=f"{_SETTLES} (token entropy)",
        summary="Asks where the mean entropy of an answer's symbols is highest; length is taken out.",
        # Largest mean of H_t, total entropy per symbol paid for. Length is taken out; extremes are short, as above.
        choose=_choose_least(lambda s: -(s.entropy / s.lengths)),
    ),
    _strategy(
        name="sequence_margin",
        paper="Scheffer, Decomain & Wrobel 2001, Active hidden Markov models for information extraction",
        summary="Asks where the two likeliest symbols are closest on average over the answer; length is taken out.",
        # Least mean margin between the two likeliest symbols of a place. Length is taken out; extremes are short.
        choose=_choose_least(lambda s: s.margin),
    ),
    _strategy(
        name="sequence_egl",
        paper=f"{_SETTLES} (expected gradient length), squared and over all answers",
        needs=frozenset({"sequences", "sequence_gradients"}),
        summary="Asks where the answer, weighed by what the model expects, would change it most; prefers long answers.",
        # Largest expected square of the gradient. Every further symbol adds to it: long answers are preferred.
        choose=_choose_least(lambda s: -s.expected_squares),
    ),
    _strategy(
        name="sequence_density",
        paper=f"{_SETTLES} (information density), over nearest neighbours as in Zhu et al. 2008",
        needs=frozenset({"sequences", "features"}),
        summary="Asks for total entropy times how many items lie near; prefers long, ordinary items.",
        # Largest sum of H_t times how many items are like x: long answers are preferred, oddities not.
        choose=choose_lowest(_density),
        most_items=MOST_COMPARED,
    ),
)
