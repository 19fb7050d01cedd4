"""Curve families the peers fit: the reducible error as a function of labels, scaled to 1 at the first anchor.

error(n) = c + s · φ(n; θ),   c in [0, 1], s ≥ 0: the two linear parameters; θ: the others

Notation: M label counts; T settings of θ; q parameters in θ; l (M,) ln(labels ÷ labels at the first anchor);
L ln(last anchor ÷ first); ln φ (T, M).

Sources: Viering & Loog 2023, "The shape of learning curves: a review", table 1 (the families); Mohr et al. 2022,
"LCDB 1.0" (their names, by number of parameters). Written for the error instead of the accuracy: the same functions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Axis = tuple[float, float, int]

_LARGEST_LOG = 40.0  # exp of it is far beyond any curve within [0, 1], and finite


@dataclass(frozen=True)
class Family:
    """A family of curves.

    Attributes:
        name: as in LCDB; the digit counts its parameters.
        parameters: how many there are, linear ones included.
        log_phi: ln φ from (l, θ (T, q), L), never rising in l.
        axes: for L, the lower end, upper end and number of starting values of each parameter of θ.
        has_asymptote: False where c is 0 by definition.
    """

    name: str
    parameters: int
    log_phi: Callable[[FloatArray, FloatArray, float], FloatArray]
    axes: Callable[[float], tuple[Axis, ...]]
    has_asymptote: bool = True


def _pow(log_x: FloatArray, theta: FloatArray, span: float) -> FloatArray:
    """a·n^−b + c, with θ = (ln b)."""
    fall: FloatArray = -np.exp(theta[:, :1]) * log_x
    return fall


def _pow4(log_x: FloatArray, theta: FloatArray, span: float) -> FloatArray:
    """a·(n + d)^−b + c, with θ = (ln b, ln(1 + d/n₁)); d may be negative, down to the first anchor's neighbourhood."""
    shifted = np.expm1(log_x) + np.exp(theta[:, 1:])
    fall: FloatArray = -np.exp(theta[:, :1]) * (np.log(np.maximum(shifted, 1e-300)) - theta[:, 1:])
    return fall


def _log_odds(log_x: FloatArray, theta: FloatArray, span: float) -> FloatArray:
    """Give ln (n/k)^d, with θ = (its value midway between first and last anchor on the log axis, ln d)."""
    odds: FloatArray = theta[:, :1] + np.exp(theta[:, 1:]) * (log_x - span / 2.0)
    return odds


def _mmf4(log_x: FloatArray, theta: FloatArray, span: float) -> FloatArray:
    """(a·b + c·n^d) ÷ (b + n^d) = c + (a − c) ÷ (1 + (n/k)^d), b = k^d."""
    at_first = np.logaddexp(0.0, _log_odds(np.zeros(1), theta, span))
    fall: FloatArray = at_first - np.logaddexp(0.0, _log_odds(log_x, theta, span))
    return fall


def _wbl4(log_x: FloatArray, theta: FloatArray, span: float) -> FloatArray:
    """b·exp(−a·n^d) + c, a = k^−d."""
    at_first = np.exp(_log_odds(np.zeros(1), theta, span))
    fall: FloatArray = at_first - np.exp(np.minimum(_log_odds(log_x, theta, span), _LARGEST_LOG))
    return fall


def _power_axes(span: float) -> tuple[Axis, ...]:
    return ((np.log(0.005), np.log(10.0), 32),)


def _pow4_axes(span: float) -> tuple[Axis, ...]:
    return (np.log(0.005), np.log(20.0), 16), (np.log(0.1), span + 2.0, 12)


def _mmf4_axes(span: float) -> tuple[Axis, ...]:
    return (-6.0, 6.0, 14), (np.log(0.05), np.log(8.0), 14)


def _wbl4_axes(span: float) -> tuple[Axis, ...]:
    return (-6.0, 3.5, 14), (np.log(0.05), np.log(8.0), 14)


FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family("pow2", 2, _pow, _power_axes, has_asymptote=False),
        Family("pow3", 3, _pow, _power_axes),
        Family("pow4", 4, _pow4, _pow4_axes),
        Family("mmf4", 4, _mmf4, _mmf4_axes),
        Family("wbl4", 4, _wbl4, _wbl4_axes),
    )
}
