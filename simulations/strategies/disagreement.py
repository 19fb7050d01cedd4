"""Strategies that ask where the members of a model, or of a committee, disagree.

The members of a committee are trained each on its own resample of the labels; those of one model are networks drawn by
dropout, or trained apart from one another.

Cost for a pool of n items with C classes: B fits and B scorings of the pool for a committee of B, or M passes of the
network over the pool, piece by piece, for M members, which the engine pays; then n B C or n M C.

Notation
    B, M     members of a committee, members of a model
    m        items of one piece
    P        what each member says of them, (M, m, C)
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from simulations.arrays import Reals
from simulations.strategies.shared import choose_lowest
from simulations.strategies.uncertainty import entropy
from simulations.strategies.view import RoundView, Select, Strategy

MEMBERS = 7
_TIE_BREAK = 1e-6


def disagreement(committee: Reals) -> Reals:
    """Vote entropy (Dagan & Engelson 1995, equation 3) of (B, n, C) in nats, ties broken by the mean's entropy, (n,).

    Seven members know 15 ways to split their votes, and agree on most of a pool; so the order within a way, and among
    what nobody disputes, is that of the consensus. Votes come first, and not the mean divergence from the consensus
    (McCallum & Nigam 1998), because on few labels linear heads fit all of them, so that a divergence measures how
    large their weights have grown, while a vote is the same at any scale. (On digits, from 20 to 260 labels, votes beat
    random labels by 0.8 points of mean accuracy over ten seeds; the divergence loses to them by 8.)
    """
    # By class, since the engine stores classes apart and nothing of the committee's size is then made beside it.
    best, votes = committee[..., 0].copy(), np.zeros(committee.shape[:2], dtype=np.int32)
    mean = np.empty(committee.shape[1:])
    for c in range(committee.shape[2]):
        np.copyto(votes, c, where=committee[..., c] > best)
        np.maximum(best, committee[..., c], out=best)
        mean[:, c] = committee[..., c].mean(axis=0, dtype=np.float64)
    shares = np.stack([(votes == c).mean(axis=0) for c in range(committee.shape[2])], axis=-1)
    # Distinct splits of up to a dozen votes differ by far more than the tie-break can add.
    return entropy(shares) + _TIE_BREAK * entropy(mean)


QBC = Strategy(
    name="qbc",
    family="committee",
    paper="Seung, Opper & Sompolinsky 1992, Query by committee; vote entropy: Dagan & Engelson 1995; members by "
    "bootstrap: Abe & Mamitsuka 1998",
    needs=frozenset({"committee"}),
    summary="Asks where seven models, each trained on its own resample of the labels, split their votes most.",
    choose=choose_lowest(lambda view: np.stack([-disagreement(view.committee(i)) for i in range(view.lanes)])),
    committee_size=MEMBERS,
)


def _choose_most(measure: Callable[[Reals], Reals]) -> Select:
    """Ask where a measure of the members' probabilities is highest."""

    def score(view: RoundView) -> Reals:
        scores = np.empty((view.lanes, view.pool_size))
        for lane, own in enumerate(scores):
            for items, P in view.members(lane):
                own[items] = measure(P)
        return -scores

    return choose_lowest(score)


def mutual_information(P: Reals) -> Reals:
    """Information on the members in an answer: H[mean p] − mean H[p] in nats, (m,) (Houlsby et al. 2011, equation 2).

    Examples:
        >>> certain = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
        >>> [float(mutual_information(p)[0].round(6)) for p in (certain, np.full((2, 1, 2), 0.5))]
        [0.693147, 0.0]
    """
    # The mean's entropy is never below the mean entropy but by rounding.
    return np.asarray(np.maximum(predictive_entropy(P) - entropy(P).mean(axis=0), 0.0))


def predictive_entropy(P: Reals) -> Reals:
    """Entropy of the mean of the members in nats, (m,) (Gal, Islam & Ghahramani 2017, section 4)."""
    return entropy(P.mean(axis=0, dtype=np.float64))


def variation_ratio(P: Reals) -> Reals:
    """Share of the members that don't name the class most of them name, (m,), ties broken by the predictive entropy.

    1 − f ÷ M with f the members that name the mode (Freeman 1965; Gal, Islam & Ghahramani 2017, section 4). It knows M
    values at most, so that most of a pool ties; the tie-break is too small to outweigh a vote.

    Examples:
        >>> P = np.array([[[0.9, 0.1]], [[0.6, 0.4]], [[0.2, 0.8]]])
        >>> float(variation_ratio(P)[0].round(4))
        0.3333
    """
    votes = P.argmax(axis=2)
    mode = np.max([(votes == c).sum(axis=0) for c in range(P.shape[2])], axis=0)
    return np.asarray(1.0 - mode / P.shape[0] + _TIE_BREAK * predictive_entropy(P))


_bayesian = partial(Strategy, family="bayesian", needs=frozenset({"members"}))

BALD = _bayesian(
    name="bald",
    paper="Houlsby, Huszár, Ghahramani & Lengyel 2011, Bayesian active learning for classification and preference "
    "learning; with dropout: Gal, Islam & Ghahramani 2017",
    summary="Asks where the members of a model are sure each by itself and of different minds (mutual information).",
    choose=_choose_most(mutual_information),
)
VARIATION_RATIO = _bayesian(
    name="variation_ratio",
    paper="Freeman 1965, Elementary applied statistics; with dropout: Gal, Islam & Ghahramani 2017",
    summary="Asks where most members of a model name another class than the one named most often.",
    choose=_choose_most(variation_ratio),
)
ENTROPY_MC = _bayesian(
    name="entropy_mc",
    paper="Gal, Islam & Ghahramani 2017, Deep Bayesian active learning with image data (predictive entropy)",
    summary="Asks where the mean of a model's members has the highest entropy.",
    choose=_choose_most(predictive_entropy),
)
ENSEMBLE = _bayesian(
    name="ensemble",
    paper="Beluch, Genewein, Nürnberger & Köhler 2018, The power of ensembles for active learning in image "
    "classification (variation ratio)",
    needs=frozenset({"ensemble"}),
    summary="Asks where networks that were trained apart from one another split their votes most.",
    choose=_choose_most(variation_ratio),
)
