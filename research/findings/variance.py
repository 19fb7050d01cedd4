"""What a measured value varies by: a balanced design with random levels, split by the method of moments.

Notation
    y        values, a side for each factor; the first factor is what was selected
    U        a set of factors, written as their places; () is the mean of all
    MS_U     mean square of U
    σ²_U     variance component of U: what these factors do together beyond what fewer of them do
    n_f      levels of a factor

A mean square is expected to be the sum of σ²_V over all V that hold U, each times the levels of the factors that are
not in V (Searle, Casella & McCulloch 1992, *Variance Components*, section 4.4). Every cell has one value, and what a
value owes to nothing else is in the last component. Where the levels of the other factors are drawn anew for each level
of the first, so that level 1 of one has nothing to do with level 1 of another, U without the first factor is none of
the model, and its sum of squares belongs to U with the first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np

from simulations.arrays import Floats
from simulations.errors import InputError

__all__ = ["VarianceSplit", "components", "variance_split"]

Term = tuple[int, ...]

_LEVEL = 0.8
_FEWEST_LEVELS = 2
_ROUNDING = 1e-12


@dataclass(frozen=True)
class VarianceSplit:
    """What share of the variance each factor has.

    Attributes:
        factors: their names.
        total: the sum of all components, of which shares are taken; 0 where nothing varies.
        components: variance by the factors that make it together, none below 0: the part of one selection that is the
            order's alone stands under `("order",)`, whether or not the design draws orders anew for each selection.
        shares: of each factor, with everything that it does together with others; they add up to more than 1 where
            factors act together. None where nothing varies.
        intervals: 80% intervals of the shares, by delete-one jackknife; None where nothing varies, or with less than
            three levels of what is left out.
    """

    factors: tuple[str, ...]
    total: float
    components: Mapping[tuple[str, ...], float]
    shares: Mapping[str, float | None]
    intervals: Mapping[str, tuple[float, float] | None]


def variance_split(values: Floats, factors: tuple[str, ...], *, drawn_anew: bool = False) -> VarianceSplit:
    """Split the variance of a balanced design by its factors.

    Args:
        values: y, a side of at least two levels for each factor, every cell filled.
        factors: their names, two or three, the first being what was selected.
        drawn_anew: whether the levels of the others are other ones for each level of the first, as the seeds of
            training are in a simulated curve; they are then in nothing but the parts of one selection.

    Raises:
        InputError: there are other than two or three factors, a factor has one level, or a value is missing.
    """
    y = np.asarray(values, dtype=float)
    _check(y, factors)
    found = components(y, drawn_anew=drawn_anew)
    shares = _shares(found, len(factors), drawn_anew)
    ends = _intervals(y, shares, drawn_anew) if shares is not None else None
    named = {tuple(factors[place] for place in term): value for term, value in _without_first(found, drawn_anew)}
    return VarianceSplit(
        factors,
        sum(found.values()),
        named,
        dict(zip(factors, [None] * len(factors) if shares is None else map(float, shares), strict=True)),
        dict(zip(factors, [None] * len(factors) if ends is None else ends, strict=True)),
    )


def components(y: Floats, *, drawn_anew: bool = False) -> dict[Term, float]:
    """Estimate σ²_U for every term of the model, 0 for an estimate below it.

    Args:
        y: at least two sides of at least two levels.
        drawn_anew: see `variance_split`.
    """
    # What rounding leaves of equal values is no variance.
    squares, freedom = _squares(y if np.ptp(y) > _ROUNDING * np.abs(y).max() else np.zeros_like(y))
    terms = [term for term in squares if term and (not drawn_anew or 0 in term)]
    if drawn_anew:
        for term in [term for term in squares if term and 0 not in term]:
            squares[(0, *term)] += squares[term]
            freedom[(0, *term)] += freedom[term]
    found: dict[Term, float] = {}
    for term in sorted(terms, key=len, reverse=True):
        # Estimates below 0 are subtracted as they are, so that the others stay unbiased; the cut comes at the end.
        above = sum(_copies(y, other) * found[other] for other in found if set(term) < set(other))
        found[term] = (squares[term] / freedom[term] - above) / _copies(y, term)
    return {term: max(found[term], 0.0) for term in terms}


def _squares(y: Floats) -> tuple[dict[Term, float], dict[Term, int]]:
    """Give sums of squares and degrees of freedom of every set of factors."""
    places = range(y.ndim)
    effects: dict[Term, Floats] = {}
    for term in (term for size in range(y.ndim + 1) for term in combinations(places, size)):
        others = tuple(place for place in places if place not in term)
        effect = y.mean(axis=others, keepdims=True)
        effects[term] = effect - sum((effects[less] for less in effects if set(less) < set(term)), np.zeros(()))
    squares = {term: float((effect**2).sum()) * _copies(y, term) for term, effect in effects.items()}
    return squares, {term: prod(y.shape[place] - 1 for place in term) for term in effects}


def _copies(y: Floats, term: Term) -> int:
    """Count the values behind each effect of a term."""
    return prod(y.shape[place] for place in range(y.ndim) if place not in term)


def _without_first(found: Mapping[Term, float], drawn_anew: bool) -> Iterator[tuple[Term, float]]:
    """Name terms by what varies within a selection, where all of the others do."""
    return ((term[1:] if drawn_anew and len(term) > 1 else term, value) for term, value in found.items())


def _shares(found: Mapping[Term, float], factors: int, drawn_anew: bool = False) -> Floats | None:
    """Give each factor's share with all that it takes part in; None where nothing varies."""
    total = sum(found.values())
    if total <= 0:
        return None
    alone = [found[(0,)] if drawn_anew else _holding(found, 0)]
    return np.array([*alone, *(_holding(found, place) for place in range(1, factors))]) / total


def _holding(found: Mapping[Term, float], place: int) -> float:
    return sum(value for term, value in found.items() if place in term)


def _intervals(y: Floats, shares: Floats, drawn_anew: bool) -> list[tuple[float, float] | None]:
    """Leave out one level at a time; of factors that cross, the variances add (Owen 2007, The pigeonhole bootstrap).

    Where training is drawn anew for each selection, selections are independent draws and all that is left out.
    """
    from scipy.stats import t

    left_out = [0] if drawn_anew else list(range(y.ndim))
    fewest = min(y.shape[place] for place in left_out)
    if fewest <= _FEWEST_LEVELS:
        return [None] * y.ndim
    variance = sum(_jackknifed(y, place, shares, drawn_anew) for place in left_out)
    half = t.ppf(0.5 + _LEVEL / 2, fewest - 1) * np.sqrt(variance)
    low, high = np.clip(shares - half, 0.0, 1.0), np.clip(shares + half, 0.0, 1.0)
    return [(float(a), float(b)) for a, b in zip(low, high, strict=True)]


def _jackknifed(y: Floats, place: int, shares: Floats, drawn_anew: bool) -> Floats:
    """Give the jackknife variance of the shares over the levels of a factor (Efron & Tibshirani 1993, eq. 11.5)."""
    levels = y.shape[place]
    without = [
        _shares(components(np.delete(y, level, axis=place), drawn_anew=drawn_anew), y.ndim, drawn_anew)
        for level in range(levels)
    ]
    # A sample in which nothing varies says nothing against the shares of the whole.
    spread = np.array([shares if one is None else one for one in without])
    variance: Floats = (levels - 1) / levels * ((spread - spread.mean(axis=0)) ** 2).sum(axis=0)
    return variance


def _check(y: Floats, factors: tuple[str, ...]) -> None:
    if len(factors) not in (2, 3) or y.ndim != len(factors):
        raise InputError(
            f"variance split: found {y.ndim} sides and {len(factors)} factors; allowed: two or three, a side each"
        )
    for name, levels in zip(factors, y.shape, strict=True):
        if levels < _FEWEST_LEVELS:
            raise InputError(f"variance split, {name}: found {levels} level; allowed: at least {_FEWEST_LEVELS}")
    if not np.isfinite(y).all():
        raise InputError("variance split: a cell of the design has no value; allowed: one value in every cell")
