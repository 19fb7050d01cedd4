"""The value of information: what it is worth to know everything (EVPI) or one input (EVPPI) before choosing an option.

The EVPPI is E[max_d g_d] − max_d E[g_d], by regression of net benefits on the input's draws (Strong, Oakley and
Brennan, Medical Decision Making 34, 2014). The regression is on normal scores of ranks, so that it is the same for any
increasing transformation of an input: heavy tails and "never" (inf) need no care, and a net benefit that is linear in a
normal input stays exactly linear. Jumps are added where the residuals surely have one: where a step takes off more than
4 log(S) noise variances, which noise alone does for fewer than one input in a hundred, even where bills are lognormal.

The maximum of noisy fits is too high on average, most where options are close and the input tells nothing. How much too
high comes from the wild bootstrap (Wu, Annals of Statistics 14, 1986: residuals with random signs are refitted), about
fits shrunk to what is surely there, as fits of noise would count it twice.

Notation (options come first in y, g, r and e, as maxima over them are quickest so):
    S, D, K     joint draws, equally likely; options; regression columns, the constant included
    B, P        bootstrap refits, and draws at which they are looked at
    net_usd     (S, D)     net benefit of each option in each draw; at a fixed target it is −total_usd
    x           (S,)       one uncertain input in the same draws; ±inf is a value like any other
    z           (S,)       normal scores of x: the standard normal quantile of its (mid)rank
    q           (S, K)     orthonormal columns in x, the first constant
    ranks       (S,)       the draws in ascending order of x
    y           (d, S)     net benefit less that of the option with the best mean, options that cannot matter left out
    g           (d, S)     fitted E[y | x] = y q q'
    r           (d, S)     residuals y − g, as large as without a fit
    e           (d, B, K)  coefficients that noise alone gives
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri

from simulations.arrays import Bools, Counts, Floats

FEW_VALUES = 12  # as many values or fewer: means given each value, exact
LEAST_PER_VALUE = 5  # draws to a value, on average, for means to be better than a curve
ATOM_SHARE = 0.02  # a value this frequent among continuous ones gets a column of its own
DRAWS_PER_KNOT = 150
MOST_KNOTS = 6
DEPENDENT = 1e-6  # share of a column's length outside the others below which it says nothing new

DRAWS_FOR_STEPS = 100
MOST_STEPS = 3
LEAST_OUTSIDE = 0.01  # share of the draws; a shorter step is next to the ends, or in the columns already
LEAST_DRAWS_OUTSIDE = 10
USUAL_SIZES = 3.0  # residuals count up to three of their usual sizes: one huge bill must not look like a jump
NO_NOISE = 1e-20  # of the variance: what rounding leaves

N_SIGNS = 16  # each used with both signs, which removes what is linear in the noise from the bias
N_PLACES = 250


@dataclass(frozen=True)
class Losses:
    """Expected losses and the value of perfect information.

    Attributes:
        best: the option with the best mean, taken where nothing more is learnt.
        loss_usd: option -> what is lost on average by taking it rather than the best option of each draw.
        p_best: option -> share of draws in which it is best; ties are split, and the shares sum to 1.
        evpi_usd: expected value of perfect information, the loss of the best option; never negative.
        evpi_se_usd: Monte Carlo standard error of the EVPI, had the draws been independent.
    """

    best: str
    loss_usd: Mapping[str, float]
    p_best: Mapping[str, float]
    evpi_usd: float
    evpi_se_usd: float


@dataclass(frozen=True)
class InputValue:
    """What it is worth to learn the true value of one input before choosing.

    Attributes:
        evppi_usd: expected value of partial perfect information; from 0 to the EVPI.
        se_usd: its standard error before it was kept above 0; 0 where the value is 0 beyond doubt (a constant input).
            Too large, if anything, where an input tells nothing.
        raw_usd: the regression's value before the bias of noise was taken off.
    """

    name: str
    evppi_usd: float
    se_usd: float
    raw_usd: float
    bias_usd: float


@dataclass(frozen=True)
class Information:
    """The value of information of a decision: expected losses, and what it is worth to learn each input, by name."""

    losses: Losses
    inputs: Mapping[str, InputValue]

    @property
    def ranked(self) -> tuple[InputValue, ...]:
        """The inputs, the one most worth learning first; equals as they were given."""
        return tuple(sorted(self.inputs.values(), key=lambda learnt: -learnt.evppi_usd))

    def to_dict(self) -> dict[str, Any]:
        """Give everything as the verdict's JSON writes it, inputs most worth learning first."""
        return {
            "best_by_mean": self.losses.best,
            "expected_loss_by_plan_usd": dict(self.losses.loss_usd),
            "p_best": dict(self.losses.p_best),
            "evpi_usd": self.losses.evpi_usd,
            "evpi_se_usd": self.losses.evpi_se_usd,
            "evppi": [{"name": one.name, "inputs": (one.name,), **asdict(one)} for one in self.ranked],
        }


def value_of_information(net_usd: Floats, plans: Sequence[str], inputs: Mapping[str, Floats]) -> Information:
    """Value learning each input before one of the options is chosen.

    Inputs need not be independent: an input is also worth what it tells about those that go with it. The value of a
    sample (EVSI) is that of its summary: simulate one in each draw and pass what it would show as an input.

    Args:
        net_usd: net benefit in USD, shape (S, D), finite; at a fixed target, minus the total.
        plans: names of the D options, in the order of the columns.
        inputs: name -> draws of shape (S,), continuous or discrete, or (1,); infinite values are values. A regression
            on fewer than 20 draws tells nothing.
    """
    losses, y, found = expected_losses(net_usd, plans), relevant_differences(net_usd), dict[str, InputValue]()
    for name, drawn in inputs.items():
        x, raw_usd, bias_usd, se_usd = np.broadcast_to(drawn, len(net_usd)), 0.0, 0.0, 0.0
        if len(y) > 1 and (basis := basis_of(x)) is not None:
            raw_usd, bias_usd, se_usd = estimate_evppi(y, with_steps(basis, y, x))
        evppi_usd = float(np.clip(raw_usd - bias_usd, 0.0, losses.evpi_usd))
        found[name] = InputValue(name, evppi_usd, se_usd, raw_usd, bias_usd)
    return Information(losses, found)


def p_best(benefit: Floats, reached: Bools | None = None) -> Floats:
    """Give each option's share of the draws in which it is the best; equal options share a draw.

    From benefits in USD (..., n_draws, options) to shares (..., options), which sum to 1. An option that has reached
    the target beats all that have not, and where none has all share.

    Examples:
        >>> p_best(np.array([[-3.0, -2.0], [-1.0, -1.0]])).tolist()
        [0.25, 0.75]
    """
    if reached is not None:
        benefit = np.where(reached.any(axis=-1, keepdims=True), np.where(reached, benefit, -np.inf), 0.0)
    best = benefit == benefit.max(axis=-1, keepdims=True)
    return np.asarray((best / best.sum(axis=-1, keepdims=True)).mean(axis=-2))


def expected_loss(benefit: Floats) -> Floats:
    """Give what each option falls short of the best of every draw, on average; its minimum is the EVPI.

    From benefits (..., n_draws, options) to losses of 0 or more, (..., options).
    """
    return np.asarray((benefit.max(axis=-1, keepdims=True) - benefit).mean(axis=-2))


def expected_losses(net_usd: Floats, plans: Sequence[str]) -> Losses:
    """Give every option's expected loss; the least of them is the EVPI (Raiffa and Schlaifer, 1961).

    Args:
        net_usd: net benefit in USD, shape (S, D).
        plans: names of the D options.

    Example:
        Learning which of two equally likely draws is the true one saves $40 half of the time.

        >>> losses = expected_losses(np.array([[0.0, 40.0], [0.0, -60.0]]), ["random", "margin"])
        >>> losses.best, losses.evpi_usd, losses.loss_usd["margin"]
        ('random', 20.0, 30.0)
    """
    best = int(net_usd.mean(axis=0).argmax())  # the first of equals
    losses = expected_loss(net_usd)
    regret = net_usd.max(axis=1) - net_usd[:, best]
    return Losses(
        best=plans[best],
        loss_usd=dict(zip(plans, losses.tolist(), strict=True)),
        p_best=dict(zip(plans, p_best(net_usd).tolist(), strict=True)),
        evpi_usd=float(losses[best]),
        evpi_se_usd=float(regret.std(ddof=1) / np.sqrt(len(regret))),
    )


def relevant_differences(net_usd: Floats) -> Floats:
    """Give y, shape (d, S): the option with the best mean, and each that no other equals or beats in every draw.

    An option that is beaten in every draw cannot be chosen on any information, yet a regression may put it ahead by
    noise; left out, it changes nothing by construction.
    """
    # In descending order of the mean an option can be beaten everywhere only by one that comes before it.
    order = np.argsort(-net_usd.mean(axis=0), kind="stable")
    y, relevant = net_usd - net_usd[:, order[:1]], [order[0]]
    for option in order[1:]:
        if not any((y[:, option] <= y[:, better]).all() for better in relevant):
            relevant.append(option)
    return np.ascontiguousarray(y[:, relevant].T)


class Basis(NamedTuple):
    """What a net benefit is regressed on: q, the ranks of its draws, and whether it has a column for each value."""

    q: Floats
    ranks: Counts
    by_value: bool


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
    by_value = len(counts) <= FEW_VALUES and len(x) >= LEAST_PER_VALUE * len(counts)
    columns = _sorted_columns(counts, by_value)
    q = np.empty_like(columns)
    q[ranks] = columns
    return Basis(q, ranks, by_value)


def _sorted_columns(counts: Counts, by_value: bool) -> Floats:
    """Give q for draws in ascending order, from how often each value comes."""
    S = int(counts.sum())
    if len(counts) == S:
        return _distinct_columns(S)
    place = np.repeat(np.arange(len(counts)), counts)
    if by_value:
        return _orthonormal(place[:, None] == np.arange(1, len(counts)))
    splines = _splines(ndtri((np.cumsum(counts) - counts / 2) / S), S)
    atoms = np.flatnonzero(counts >= max(ATOM_SHARE * S, 2 * LEAST_PER_VALUE))
    return _orthonormal(np.column_stack([splines[place], place[:, None] == atoms]))


@lru_cache(maxsize=4)
def _distinct_columns(n_draws: int) -> Floats:
    """Give the columns for draws that all differ: the same for every such input, so made once."""
    q = _orthonormal(_splines(ndtri((np.arange(n_draws) + 0.5) / n_draws), n_draws))
    q.setflags(write=False)
    return q


def _splines(z: Floats, n_draws: int) -> Floats:
    """Give powers of z and cubic pieces that start at knots evenly spread over the draws."""
    powers = np.arange(1, int(np.clip(n_draws // 20, 1, 3)) + 1)
    n_knots = min(n_draws // DRAWS_PER_KNOT, MOST_KNOTS)
    knots = ndtri((np.arange(n_knots) + 0.5) / max(n_knots, 1))
    return np.column_stack([z[:, None] ** powers, np.maximum(z[:, None] - knots, 0.0) ** 3])


def _orthonormal(columns: Floats) -> Floats:
    """Make columns orthonormal, each to those before it and to the constant; what depends on them is dropped."""
    everything = np.column_stack([np.ones(len(columns)), columns])
    norms = np.sqrt((everything**2).sum(axis=0))
    everything = everything[:, norms > 0] / norms[norms > 0]
    q, r = np.linalg.qr(everything)
    new = np.abs(np.diag(r)) > DEPENDENT
    return q if new.all() else np.linalg.qr(everything[:, new])[0]


def with_steps(basis: Basis, y: Floats, x: Floats) -> Basis:
    """Add the jumps that a basis of one input does not have; a column for each value has them all."""
    if len(x) < DRAWS_FOR_STEPS or basis.by_value:
        return basis
    ranks = basis.ranks
    ascending = x[ranks]
    cuts = np.flatnonzero(ascending[1:] > ascending[:-1])
    sorted_y, q = y[:, ranks], basis.q[ranks]
    for _ in range(MOST_STEPS):
        cut = _sharpest_cut(sorted_y, q, cuts)
        if cut is None:
            break
        step = (np.arange(len(x)) <= cut).astype(np.float64)
        step -= q @ (q.T @ step)
        q = np.column_stack([q, step / np.sqrt(step @ step)])
    if q.shape[1] == basis.q.shape[1]:
        return basis
    in_order_of_draws = np.empty_like(q)
    in_order_of_draws[ranks] = q
    return basis._replace(q=in_order_of_draws)


def _sharpest_cut(y: Floats, q: Floats, cuts: Counts) -> int | None:
    """Find the cut whose step takes most off the residuals of an option; None where no step is surely there.

    Draws are in ascending order of the input; cuts are the places where it rises from one draw to the next.
    """
    S = len(q)
    r = y - (y @ q) @ q.T
    # The search (not the fit) is on residuals of bounded size.
    usual = USUAL_SIZES * np.abs(r).mean(axis=1, keepdims=True)
    np.clip(r, -usual, usual, out=r)
    r -= (r @ q) @ q.T
    variance = (r**2).mean(axis=1)
    noisy = variance > NO_NOISE * (y**2).mean(axis=1)
    outside = cuts + 1 - (q.cumsum(axis=0)[cuts] ** 2).sum(axis=1)  # squared length of each step outside q
    usable = outside > max(LEAST_OUTSIDE * S, LEAST_DRAWS_OUTSIDE)
    if not noisy.any() or not usable.any():
        return None
    taken_off = (r[noisy].cumsum(axis=1)[:, cuts[usable]] ** 2 / variance[noisy, None]).max(axis=0) / outside[usable]
    best = int(taken_off.argmax())
    return int(cuts[usable][best]) if taken_off[best] > 4 * np.log(S) else None


def estimate_evppi(y: Floats, basis: Basis) -> tuple[float, float, float]:
    """Estimate the value of learning what a basis is made of, before it is kept between 0 and the EVPI.

    Returns:
        In USD: the mean of the best fit less the best mean; how much of that the noise of the fit is expected to make
        up; and the standard error of their difference.
    """
    q = basis.q
    S, K = q.shape
    g = (y @ q) @ q.T
    r = (y - g) * np.sqrt(S / (S - K))
    mean = g.mean(axis=1, keepdims=True)
    # Centred fits are shrunk by the share of their mean square that is noise (James-Stein).
    signal, noise = ((g - mean) ** 2).mean(axis=1, keepdims=True), (r**2).mean(axis=1, keepdims=True) * (K - 1) / S
    centre = mean + (1 - noise / np.maximum(np.maximum(signal, noise), np.finfo(np.float64).tiny)) * (g - mean)
    n_places = min(S, N_PLACES)
    places = basis.ranks[((np.arange(n_places) + 0.5) * S / n_places).astype(np.intp)]
    e = np.stack([(r * signs) @ q for signs in _random_signs(S)], axis=1)
    bias, noise_var = _noise(S, q[places], e, centre[:, places], mean)
    raw, confirmed = g.max(axis=0), centre.max(axis=0)
    # Which draws of the input we happen to have, the noise about what it tells, and what the shrunk fit cannot confirm.
    unconfirmed = max(raw.mean() - bias - confirmed.mean(), 0.0)
    error = np.sqrt(confirmed.var() / S + noise_var + unconfirmed**2)
    return float(raw.mean()), bias, float(error)


@lru_cache(maxsize=4)
def _random_signs(n_draws: int) -> Floats:
    """Draw the signs, shape (B, S): the same for every input, so that inputs do not differ by them."""
    signs = np.random.default_rng(2014).choice([-1.0, 1.0], (N_SIGNS, n_draws))
    signs.setflags(write=False)
    return signs


def _noise(S: int, q: Floats, e: Floats, centre: Floats, mean: Floats) -> tuple[float, float]:
    """Give the bias that noise brings, and the variance that it gives to the value.

    Rows of q (P, K) and the fits' centre (d, P) are those at the places looked at; means (d, 1) are over all draws.
    """
    seen = centre[:, None]
    shape, shift = e[..., 1:] @ q[:, 1:].T, e[..., :1] / np.sqrt(S)
    fits = np.concatenate([(seen + shape).max(axis=0), (seen - shape).max(axis=0)])
    bias = max(fits.mean() - seen.max(axis=0).mean(), 0.0)
    shape += shift
    values = [
        (seen + sign * shape).max(axis=0).mean(axis=1) - (mean[:, None] + sign * shift).max(axis=(0, 2))
        for sign in (1, -1)
    ]
    return float(bias), float(np.concatenate(values).var(ddof=1))
