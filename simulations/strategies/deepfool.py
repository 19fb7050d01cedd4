"""A strategy that asks for the items that the smallest change would turn into another class (DeepFool).

Cost for a pool of n items with d features and C classes: of a linear model n C d for its scores and C² d; of a network
n C d for each step and the gradients that it computes for it, one to three steps for most items and `STEPS` at most.

Notation
    m, d, C  items of one piece, features, classes
    X        where the items are, (m, d)
    R        how far each has been moved so far, (m, d)
    F, G     scores of the classes and their gradients there, (m, C), (m, C, d)
    own      the class each item had to begin with, (m,)
"""

import numpy as np

from simulations.arrays import Bools, Ints, Reals
from simulations.strategies.shared import choose_lowest
from simulations.strategies.structure import rows_within
from simulations.strategies.view import Landscape, RoundView, Strategy

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
    step, way = rows_within(classes * X.shape[1], _PIECE), _moved
    if landscape.linear:
        step, way = rows_within(classes + X.shape[1], _PIECE), _straight
    return np.concatenate([way(landscape, X[rows[at : at + step]]) for at in range(0, rows.size, step)])


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


def _moved(landscape: Landscape, X: Reals) -> Reals:
    """How far items of one piece have to be moved, (m,)."""
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
    return found


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
