"""Strategies that ask where a model is least sure, where its members or a committee disagree, or where it nearly turns.

The members of a committee are trained each on its own resample of the labels; those of one model are networks drawn by
dropout, or trained apart from one another. DeepFool finds the smallest change that turns an item into another class.

Cost for a data set of N items, a pool of n, C classes and d features: a few passes over N C probabilities, class by
class, with nothing of that size held beside them, then n to find the lowest scores. For a committee B fits and B
scorings of the pool, or M passes of the network over the pool for M members, which the engine pays; then n B C or
n M C. `dfal` takes n C d for the scores and C² d of a linear model; of a network n C d for each step and the gradients
that it computes for it, one to three steps for most items and `STEPS` at most.

Notation
    B, M     members of a committee, members of a model
    m        items of one piece
    P        what each member says of them, (M, m, C)
    X        where the items of a piece are, (m, d)
    R        how far each has been moved so far, (m, d)
    F, G     scores of the classes and their gradients there, (m, C), (m, C, d)
    own      the class each item had to begin with, (m,)
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from simulations.arrays import Bools, Ints, Reals
from simulations.strategies.shared import choose_lowest, measure_items, rows_within
from simulations.strategies.view import Landscape, RoundView, Select, Strategy


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


STEPS = 20
"""An item that has crossed no boundary by then counts as farther away than all that have."""

OVERSHOOT = 0.02
"""By how much an item is moved beyond the boundary of the linearised model, so that it does cross."""

_PIECE = 1_000_000
"""Gradients held at once, counted in numbers: 8 MB, and as much again for their differences."""


def _distances(view: RoundView) -> Reals:
    scores = np.zeros((view.lanes, view.pool_size))
    for lane, own in enumerate(scores):
        rows = view.unlabelled(lane)
        own[rows] = distances(view.landscape(lane), view.features[lane], rows)
    return scores


def distances(landscape: Landscape, X: Reals, rows: Ints) -> Reals:
    """Length of the least change that gives each item another class, (m,), float64; inf where none was found.

    Moosavi-Dezfooli, Fawzi & Frossard 2016, algorithm 2: step after step to the nearest boundary of the model as it is
    linearised where the item has got to. Of a linear model it is exact, the distance to the nearest of the planes
    F_own = F_k, |F_k − F_own| ÷ |G_k − G_own|; of a network it is the length of one way into another class, less
    `OVERSHOOT`, and so, but for that share, no less than the distance to the nearest boundary.

    X (n, d) is in the units in which distances count; `rows` (m,) are the items, at least one.
    """
    classes = landscape.scores(X[:1]).shape[1]
    if landscape.linear:
        step = rows_within(classes + X.shape[1], _PIECE)
        return np.concatenate([_straight(landscape, X[rows[at : at + step]]) for at in range(0, rows.size, step)])
    step = rows_within(classes * X.shape[1], _PIECE)
    return np.concatenate([_way_across(landscape, X[rows[at : at + step]])[1] for at in range(0, rows.size, step)])


def _straight(landscape: Landscape, X: Reals) -> Reals:
    """How far items of one piece are from the nearest plane of a linear model, (m,): what its first step comes to."""
    F, W = landscape.scores(X).astype(np.float64), landscape.slopes(X[:1])[0].astype(np.float64)
    own, found = F.argmax(axis=1), np.empty(X.shape[0])
    for c in np.unique(own):
        items = own == c
        steep = np.sqrt(np.einsum("cd,cd->c", W - W[c], W - W[c]))
        reach = _reach(np.abs(F[items] - F[items, c, None]), np.broadcast_to(steep, (items.sum(), steep.size)))
        reach[:, c] = np.inf
        found[items] = reach.min(axis=1)
    return found


def adversarial_copies(view: RoundView, lane: int, chosen: Ints) -> Reals:
    """Move items (k,) just into another class, (k, d); those for which no way is found stay where they are."""
    X, landscape = view.features[lane][chosen].astype(np.float64), view.landscape(lane)
    step = rows_within(landscape.scores(X[:1]).shape[1] * X.shape[1], _PIECE)
    for at in range(0, chosen.size, step):
        R, lengths = _way_across(landscape, X[at : at + step])
        X[at : at + step] += np.where(np.isfinite(lengths)[:, None], (1.0 + OVERSHOOT) * R, 0.0)
    return X


def _way_across(landscape: Landscape, X: Reals) -> tuple[Reals, Reals]:
    """The way of items of one piece to the boundary, (m, d), and its length, (m,), inf where none is found."""
    X = X.astype(np.float64)
    own = landscape.scores(X).argmax(axis=1)
    R, found, going = np.zeros_like(X), np.full(X.shape[0], np.inf), np.arange(X.shape[0])
    for _ in range(STEPS):
        points = X[going] + (1.0 + OVERSHOOT) * R[going]
        change, lengths = nearest_plane(landscape.scores(points), landscape.slopes(points), own[going])
        ahead = np.isfinite(lengths)
        going = going[ahead]
        R[going] += change[ahead]
        crossed = landscape.scores(X[going] + (1.0 + OVERSHOOT) * R[going]).argmax(axis=1) != own[going]
        # Where classes tie, or rounding ends the way, the item lies on the boundary itself.
        crossed |= lengths[ahead] == 0.0
        found[going[crossed]] = np.sqrt(np.einsum("ij,ij->i", R[going[crossed]], R[going[crossed]]))
        going = going[~crossed]
        if not going.size:
            break
    return R, found


def nearest_plane(F: Reals, G: Reals, own: Ints) -> tuple[Reals, Reals]:
    """Give the way (m, d) to the nearest plane on which another class scores as the own one does, and its length (m,).

    F is -inf for a class that is none. Where there is no such plane the length is inf, and the way has no meaning.

    Examples:
        >>> way, length = nearest_plane(np.array([[3.0, 0.0]]), np.array([[[0.6, 0.8], [0.0, 0.0]]]), np.array([0]))
        >>> way.round(6).tolist(), length.round(6).tolist()
        ([[-1.8, -2.4]], [3.0])
    """
    items = np.arange(own.size)
    higher = np.abs(F.astype(np.float64) - F[items, own].astype(np.float64)[:, None])
    turn = G.astype(np.float64) - G[items, own].astype(np.float64)[:, None, :]
    steep = np.sqrt(np.einsum("icd,icd->ic", turn, turn))
    reach = _reach(higher, steep)
    reach[items, own] = np.inf
    nearest = reach.argmin(axis=1)
    length = reach[items, nearest]
    there = np.isfinite(length) & (steep[items, nearest] > 0.0)
    share = np.divide(length, steep[items, nearest], out=np.zeros_like(length), where=there)
    return share[:, None] * turn[items, nearest], length


def _reach(higher: Reals, steep: Reals) -> Reals:
    """Divide differences of scores by the slopes of them; 0 where scores tie, inf where nothing rises."""
    flat: Bools = steep == 0.0
    reach = np.divide(higher, steep, out=np.full_like(higher, np.inf), where=~flat)
    reach[higher == 0.0] = 0.0
    return reach


DFAL = Strategy(
    name="dfal",
    family="adversarial",
    paper="Ducoffe & Precioso 2018, Adversarial active learning for deep networks: a margin based approach; DeepFool: "
    "Moosavi-Dezfooli, Fawzi & Frossard 2016, algorithm 2",
    needs=frozenset({"features", "gradients"}),
    summary="Asks for the items that the smallest change of their features would give another class (DeepFool).",
    choose=choose_lowest(_distances),
)
DFAL_AUGMENTED = replace(
    DFAL,
    name="dfal_augmented",
    summary="Chooses as `dfal` does, and trains on each item's adversarial copy too, with its label, for free.",
    copies=adversarial_copies,
)
