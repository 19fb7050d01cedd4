"""Strategies that ask where the members of a committee, each trained on its own resample of the labels, disagree.

Cost for a pool of n items with C classes and a committee of B: B fits and B scorings of the pool, which the engine
pays; then n B C to count votes.
"""

import numpy as np

from simulations.arrays import RealArray
from simulations.strategies.top_k import choose_lowest
from simulations.strategies.uncertainty import entropy
from simulations.strategies.view import RoundView, Strategy

MEMBERS = 7
_TIE_BREAK = 1e-6


def _agreement(view: RoundView) -> RealArray:
    return np.stack([-disagreement(view.committee(lane)) for lane in range(view.lanes)])


def disagreement(committee: RealArray) -> RealArray:
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
    choose=choose_lowest(_agreement),
    committee_size=MEMBERS,
)
