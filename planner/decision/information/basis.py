"""Functions of one input, or of a few together, for a regression on them.

Notation:
    S, K        number of joint draws, and of columns, the constant included
    x           (S,)    draws of one input
    z           (S,)    normal scores of x: the standard normal quantile of its (mid)rank
    q           (S, K)  orthonormal columns, the first constant
    order       (K,)    how wiggly a column is: 0 the constant, 1 to 3 powers of z, 4 a piece of a spline
    ranks       (S,)    the draws in ascending order of the input (of the first one, where there are several)

Ranks make the fit the same for any increasing transformation of an input, so that heavy tails and "never" (inf) need
no care; scores rather than ranks keep a net benefit that is linear in a normal input exactly linear.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product

import numpy as np
from scipy.special import ndtri

from planner.arrays import Counts, Floats

FEW_VALUES = 12  # as many values or fewer: means given each value, exact
LEAST_PER_VALUE = 5  # draws to a value, on average, for means to be better than a curve
ATOM_SHARE = 0.02  # a value this frequent among continuous ones gets a column of its own
DRAWS_PER_KNOT = 150
MOST_KNOTS = 6
MOST_ORDER = 4  # of a product, the sum of its factors' orders
DRAWS_PER_PRODUCT = 10
MOST_PRODUCTS = 200
DEPENDENT = 1e-6  # share of a column's length outside the others below which it says nothing new


@dataclass(frozen=True)
class Basis:
    """What a net benefit is regressed on: q, the order of its columns, and the ranks of its draws."""

    q: Floats
    order: Counts
    ranks: Counts


def basis_of(x: Floats) -> Basis | None:
    """Give the basis of one input; None where it is constant.

    A few values get a column each, so that the fit is the mean given the value; others get splines of their scores,
    and a column for each value that comes often (a cap, a floor, "never").
    """
    ranks = np.argsort(x, kind="stable")
    ascending = x[ranks]
    starts = np.append(0, np.flatnonzero(ascending[1:] > ascending[:-1]) + 1)
    counts = np.diff(starts, append=len(x))
    if len(counts) == 1:
        return None
    columns, order = _sorted_columns(counts)
    q = np.empty_like(columns)
    q[ranks] = columns
    return Basis(q, order, ranks)


def _sorted_columns(counts: Counts) -> tuple[Floats, Counts]:
    """Give q for draws in ascending order, and the order of its columns.

    Args:
        counts: how often each value comes, from the smallest to the largest.
    """
    n_draws = int(counts.sum())
    if len(counts) == n_draws:
        return _of_distinct(n_draws)
    place = np.repeat(np.arange(len(counts)), counts)
    if len(counts) <= FEW_VALUES and n_draws >= LEAST_PER_VALUE * len(counts):
        return _in_order(place[:, None] == np.arange(1, len(counts)), np.ones(len(counts) - 1, np.intp))
    splines, order = _splines(ndtri((np.cumsum(counts) - counts / 2) / n_draws), n_draws)
    atoms = np.flatnonzero(counts >= max(ATOM_SHARE * n_draws, 2 * LEAST_PER_VALUE))
    columns = np.column_stack([splines[place], place[:, None] == atoms])
    return _in_order(columns, np.append(order, np.ones(len(atoms), np.intp)))


@lru_cache(maxsize=4)
def _of_distinct(n_draws: int) -> tuple[Floats, Counts]:
    """Give the columns for draws that all differ: the same for every such input, so made once."""
    q, order = _in_order(*_splines(ndtri((np.arange(n_draws) + 0.5) / n_draws), n_draws))
    q.setflags(write=False)
    return q, order


def _splines(z: Floats, n_draws: int) -> tuple[Floats, Counts]:
    """Give powers of z and cubic pieces that start at knots evenly spread over the draws, with their orders."""
    powers = np.arange(1, int(np.clip(n_draws // 20, 1, 3)) + 1)
    n_knots = min(n_draws // DRAWS_PER_KNOT, MOST_KNOTS)
    knots = ndtri((np.arange(n_knots) + 0.5) / max(n_knots, 1))
    columns = np.column_stack([z[:, None] ** powers, np.maximum(z[:, None] - knots, 0.0) ** 3])
    return columns, np.append(powers, np.full(n_knots, MOST_ORDER))


def _in_order(columns: Floats, order: Counts) -> tuple[Floats, Counts]:
    """Make columns orthonormal, each to those before it and to the constant; what depends on them is dropped."""
    everything = np.column_stack([np.ones(len(columns)), columns])
    orders = np.append(0, order)
    norms = np.sqrt((everything**2).sum(axis=0))
    everything, orders = everything[:, norms > 0] / norms[norms > 0], orders[norms > 0]
    q, r = np.linalg.qr(everything)
    new = np.abs(np.diag(r)) > DEPENDENT
    return (q if new.all() else np.linalg.qr(everything[:, new])[0]), orders[new]


def joint_basis(members: Sequence[Basis]) -> Basis:
    """Give the basis of several inputs together: their columns and products, simple ones first, as many as draws allow.

    Products are polynomial chaos in the normal scores up to a total order of four, so that interactions are included;
    those of inputs with few values make up the cells of their table. A jump that needs two continuous inputs at once
    is smoothed, and its value then is a lower bound.
    """
    terms = sorted(_terms(members), key=lambda term: (term[0], len(term[1])))
    S = len(members[0].q)
    chosen = terms[: max(min(S // DRAWS_PER_PRODUCT, MOST_PRODUCTS), 1)]
    columns = np.column_stack([np.prod([members[i].q[:, k] for i, k in factors], axis=0) for _, factors in chosen])
    return Basis(_orthonormal(columns), np.array([0, *(order for order, _ in chosen)]), members[0].ranks)


def _terms(members: Sequence[Basis]) -> list[tuple[int, tuple[tuple[int, int], ...]]]:
    """List products as (total order, factors), a factor being (member, its column)."""
    found = []
    for size in range(1, min(len(members), MOST_ORDER) + 1):
        # The other factors take an order of one each at least.
        allowed = [np.flatnonzero(one.order[1:] <= MOST_ORDER - size + 1) + 1 for one in members]
        for inputs in combinations(range(len(members)), size):
            for columns in product(*(allowed[i].tolist() for i in inputs)):
                total = int(sum(members[i].order[k] for i, k in zip(inputs, columns, strict=True)))
                if total <= MOST_ORDER:
                    found.append((total, tuple(zip(inputs, columns, strict=True))))
    return found


def _orthonormal(columns: Floats) -> Floats:
    """Give an orthonormal basis of the constant and the columns, in no order; quicker than QR for many columns."""
    centred = columns - columns.mean(axis=0)
    norms = np.sqrt((centred**2).sum(axis=0))
    used = centred[:, norms > 0] / norms[norms > 0]
    spread, axes = np.linalg.eigh(used.T @ used)
    kept = spread > DEPENDENT  # a square here, so that a thousandth of a column's length: less would be rounding
    constant = np.full((len(columns), 1), 1 / np.sqrt(len(columns)))
    return np.hstack([constant, used @ (axes[:, kept] / np.sqrt(spread[kept]))])
