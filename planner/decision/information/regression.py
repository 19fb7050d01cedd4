"""EVPPI by regression of the saving on one input, or a few together.

Notation:
    S, K        number of joint draws, and of columns, the constant included
    x           (S,)    draws of one input
    z           (S,)    normal scores of x: the standard normal quantile of its (mid)rank
    q           (S, K)  orthonormal columns, the first constant
    order       (K,)    how wiggly a column is: 0 the constant, 1 to 3 powers of z, 4 a piece of a spline
    ranks       (S,)    the draws in ascending order of the input (of the first one, where there are several)

Ranks make the fit the same for any increasing transformation of an input, so that heavy tails and "never" (inf) need
no care; scores rather than ranks keep a net benefit that is linear in a normal input exactly linear.

Notation:
    S, K, d     number of joint draws, of columns so far, and of plans that can matter
    y           (d, S)  net benefit less that of the plan with the best mean
    q           (S, K)  orthonormal columns so far
    r           (d, S)  residuals, held within three of their usual sizes, draws in ascending order of the input
    cuts        (C,)    places where the input rises from one draw to the next
    outside     (C,)    squared length of each step function outside q

A step enters only where it takes off more than 4 log(S) noise variances, which noise alone does for fewer than one
input in a hundred, even where bills are lognormal: an input that tells nothing gains no columns, and so no bias.

Notation (plans come first, as maxima over them are quickest so):
    S, K, d     number of joint draws, of regression columns, and of plans that can matter
    B, P        number of bootstrap refits, and of draws at which they are looked at
    y           (d, S)     net benefit less that of the plan with the best mean
    q           (S, K)     orthonormal columns in what is learnt, the first constant
    g           (d, S)     fitted E[y | what is learnt] = y q q'
    r           (d, S)     residuals y - g, as large as without a fit
    centre      (d, S)     g shrunk to what is surely there
    e           (d, B, K)  coefficients that noise alone gives
    shape       (d, B, P)  what they add to the fits, their means left out
    shift       (d, B, 1)  what they add to the means

The value is E[max_d g_d] - max_d E[g_d], by regression on the draws at hand (Strong, Oakley and Brennan, Medical
Decision Making 34, 2014). The maximum of noisy fits is too high on average, most where plans are close and what is
learnt tells nothing. How much too high comes from the wild bootstrap (Wu, Annals of Statistics 14, 1986: residuals
with random signs are refitted), about fits shrunk to what is surely there, as fits of noise would count it twice.
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


LEAST_DRAWS = 100
MOST_STEPS = 3
STEP_ORDER = 4  # as wiggly as a spline: no factor of products
LEAST_OUTSIDE = 0.01  # share of the draws; a shorter step is next to the ends, or in the columns already
LEAST_DRAWS_OUTSIDE = 10
USUAL_SIZES = 3.0
NO_NOISE = 1e-20  # of the variance: what rounding leaves


def with_steps(basis: Basis, y: Floats, x: Floats) -> Basis:
    """Add the jumps that a basis of one input does not have; a few values have their means, and need none.

    Args:
        basis: of the input, shape (S, K).
        y: differences to the plan with the best mean, shape (d, S).
        x: the input, shape (S,).
    """
    if len(x) < LEAST_DRAWS or basis.order.max() == 1:
        return basis
    ascending = x[basis.ranks]
    cuts = np.flatnonzero(ascending[1:] > ascending[:-1])
    sorted_y, q = y[:, basis.ranks], basis.q[basis.ranks]
    for _ in range(MOST_STEPS):
        cut = _sharpest(sorted_y, q, cuts)
        if cut is None:
            break
        step = (np.arange(len(x)) <= cut).astype(np.float64)
        step -= q @ (q.T @ step)
        q = np.column_stack([q, step / np.sqrt(step @ step)])
    new = q.shape[1] - basis.q.shape[1]
    if not new:
        return basis
    in_order_of_draws = np.empty_like(q)
    in_order_of_draws[basis.ranks] = q
    return Basis(in_order_of_draws, np.append(basis.order, np.full(new, STEP_ORDER)), basis.ranks)


def _sharpest(y: Floats, q: Floats, cuts: Counts) -> int | None:
    """Find the cut whose step takes most off the residuals of a plan; None where no step is surely there."""
    S = len(q)
    r = y - (y @ q) @ q.T
    # One huge bill must not look like a jump, so the search (not the fit) is on residuals of bounded size.
    usual = USUAL_SIZES * np.abs(r).mean(axis=1, keepdims=True)
    np.clip(r, -usual, usual, out=r)
    r -= (r @ q) @ q.T
    variance = (r**2).mean(axis=1)
    noisy = variance > NO_NOISE * (y**2).mean(axis=1)
    left = q.cumsum(axis=0)[cuts]
    outside = cuts + 1 - (left**2).sum(axis=1)
    usable = outside > max(LEAST_OUTSIDE * S, LEAST_DRAWS_OUTSIDE)
    if not noisy.any() or not usable.any():
        return None
    taken_off = (r[noisy].cumsum(axis=1)[:, cuts[usable]] ** 2 / variance[noisy, None]).max(axis=0) / outside[usable]
    best = int(taken_off.argmax())
    return int(cuts[usable][best]) if taken_off[best] > 4 * np.log(S) else None


N_SIGNS = 16  # each used with both signs, which removes what is linear in the noise from the bias
N_PLACES = 250


@dataclass(frozen=True)
class PartialEstimate:
    """An EVPPI before it is kept within its limits.

    Attributes:
        raw_usd: mean of the best fit less the best mean.
        bias_usd: how much of that the noise of the fit is expected to make up.
        se_usd: standard error of raw_usd - bias_usd; too large, if anything, where an input tells nothing.
    """

    raw_usd: float
    bias_usd: float
    se_usd: float


NOTHING = PartialEstimate(0.0, 0.0, 0.0)


def estimate(y: Floats, basis: Basis) -> PartialEstimate:
    """Value learning what a basis is made of.

    Args:
        y: differences to the plan with the best mean, shape (d, S); that plan's row is zero.
        basis: of fewer columns than there are draws; its ranks say how to look at the noise evenly.
    """
    q = basis.q
    S, K = q.shape
    g = (y @ q) @ q.T
    r = (y - g) * np.sqrt(S / (S - K))
    mean = g.mean(axis=1, keepdims=True)
    centre = mean + _surely_there(g - mean, (r**2).mean(axis=1, keepdims=True) * (K - 1) / S)
    places = _evenly(basis.ranks)
    bias, noise_var = _noise(S, q[places], _refitted(r, q), centre[:, places], mean)
    raw, confirmed = g.max(axis=0), centre.max(axis=0)
    # Which draws of the input we happen to have, the noise about what it tells, and what the shrunk fit cannot confirm.
    unconfirmed = max(raw.mean() - bias - confirmed.mean(), 0.0)
    error = np.sqrt(confirmed.var() / S + noise_var + unconfirmed**2)
    return PartialEstimate(float(raw.mean()), float(bias), float(error))


def _noise(S: int, q: Floats, e: Floats, centre: Floats, mean: Floats) -> tuple[float, float]:
    """Give the bias that noise brings, and the variance that it gives to the value.

    Args:
        S: number of draws.
        q: rows of the basis at the places looked at, shape (P, K).
        e: coefficients of noise, shape (d, B, K).
        centre: what they are added to, shape (d, P).
        mean: means of the fits, shape (d, 1).
    """
    seen = centre[:, None]
    shape, shift = e[..., 1:] @ q[:, 1:].T, e[..., :1] / np.sqrt(S)
    fits = np.concatenate([(seen + shape).max(axis=0), (seen - shape).max(axis=0)])
    bias = max(fits.mean() - seen.max(axis=0).mean(), 0.0)
    shape += shift
    values = [_value(seen, mean[:, None], sign * shape, sign * shift) for sign in (1, -1)]
    return float(bias), float(np.concatenate(values).var(ddof=1))


def _value(seen: Floats, mean: Floats, moved: Floats, shift: Floats) -> Floats:
    """Give the EVPPI of each refit, shape (B,)."""
    value: Floats = (seen + moved).max(axis=0).mean(axis=1) - (mean + shift).max(axis=(0, 2))
    return value


def _surely_there(fits: Floats, noise: Floats) -> Floats:
    """Shrink fits by the share of their spread that is noise (positive-part James-Stein).

    Args:
        fits: fits less their means, shape (d, S).
        noise: mean square that they would have if there were nothing to learn, shape (d, 1).
    """
    signal = (fits**2).mean(axis=1, keepdims=True)
    kept: Floats = 1 - noise / np.maximum(np.maximum(signal, noise), np.finfo(np.float64).tiny)
    return kept * fits


def _evenly(ranks: Counts) -> Counts:
    """Choose P draws evenly spread over the sorted ones, shape (P,)."""
    n_places = min(len(ranks), N_PLACES)
    return ranks[((np.arange(n_places) + 0.5) * len(ranks) / n_places).astype(np.intp)]


def _refitted(r: Floats, q: Floats) -> Floats:
    """Refit residuals with random signs, shape (d, B, K)."""
    return np.stack([(r * signs) @ q for signs in _signs(len(q))], axis=1)


@lru_cache(maxsize=4)
def _signs(n_draws: int) -> Floats:
    """Draw the signs, shape (B, S): the same for every input, so that inputs do not differ by them."""
    signs = np.random.default_rng(2014).choice([-1.0, 1.0], (N_SIGNS, n_draws))
    signs.setflags(write=False)
    return signs
