"""EVPPI of whatever a regression basis is made of: one input, or a few together.

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

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from planner.arrays import Counts, Floats
from planner.decision.information.basis import Basis

N_SIGNS = 16  # each used with both signs, which removes what is linear in the noise from the bias
N_PLACES = 250


@dataclass(frozen=True)
class Estimate:
    """An EVPPI before it is kept within its limits.

    Attributes:
        raw_usd: mean of the best fit less the best mean.
        bias_usd: how much of that the noise of the fit is expected to make up.
        se_usd: standard error of raw_usd - bias_usd; too large, if anything, where an input tells nothing.
    """

    raw_usd: float
    bias_usd: float
    se_usd: float


NOTHING = Estimate(0.0, 0.0, 0.0)


def estimate(y: Floats, basis: Basis) -> Estimate:
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
    return Estimate(float(raw.mean()), float(bias), float(error))


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
