"""A measured strategy's curve beside random's: its own forecast, held near the gap that was last measured.

Random and the strategy are forecast apart, and their draws paired by rank: where one goes on well, so does the other.
Ahead of the strategy's last label count the gap is a blend of what the two forecasts say and of the last gap:

    gap(n) = w · own(n) · √share(n) + (1 − w) · (own(n_last) · left(n) + drift),   w = a ÷ (a + u)

Notation: D draws; M points of random's paths; K knots; gap = error of random − error of the strategy.
    own     (D, M)  the gap between the two forecasts
    u       (M,)    ln(n ÷ n_last), 0 up to the strategy's last label count n_last
    share   (M,)    the share of the pool not yet labelled, relative to that at n_last; 1 without a pool
    left    (M,)    ln(pool ÷ n), likewise: with all of the pool labelled both have the same model
"""

import numpy as np

from planner.forecast import Forecast, first_passage
from planner.transfer.savings_shape import KNOTS, savings_for_shift
from simulations.arrays import Floats

_OWN_SPAN = 0.5  # a: in ln(labels), ahead of which the last gap weighs as much as the two forecasts
_GAP_DRIFT = 0.05  # sd of the change of a gap over one unit of ln(labels), as a share of the error


def draw_beside(
    random: Forecast, own: Forecast, *, pool_size: int | None, cap: float, rng: np.random.Generator
) -> Floats:
    """Draw a measured strategy's errors beside random's paths.

    Args:
        random: random's forecast.
        own: the strategy's, with as many draws.
        pool_size: items there are to label; None where it is unknown.
        cap: error of guessing.
        rng: chance of the gap's drift.

    Returns:
        (D, M) errors in [0, cap] at random's label counts; draw d belongs with random's path d.
    """
    at, last = random.log_labels, np.log(own.last_labels)
    begin, end = own.log_labels[[0, -1]]
    ranks = random.paths[:, -1].argsort().argsort()
    paths = own.paths[own.paths[:, -1].argsort()[ranks]]

    def read_gap(x: Floats) -> Floats:
        return _read_paths(paths, own.log_labels, x) - _read_paths(random.paths, at, x)

    # Both begin with the same labels, also where the strategy was first measured with more.
    gap = read_gap(np.clip(at, begin, end)) * np.interp(at, [min(at[0], begin), begin], [0.0, 1.0])
    last_gap = read_gap(np.array([last]))
    u = np.maximum(at - last, 0.0)
    weight = _OWN_SPAN / (_OWN_SPAN + u)
    share, left = np.ones(at.size), np.ones(at.size)
    if pool_size is not None:
        room, room_at_last = (np.maximum(np.log(pool_size) - x, 0.0) for x in (at, last))
        share, left = (
            np.divide(it, most, out=np.zeros(at.size), where=most > 0).clip(0.0, 1.0)
            for it, most in ((-np.expm1(-room), -np.expm1(-room_at_last)), (room, room_at_last))
        )
    error = 1.0 - np.median(_read_paths(random.paths, at, np.array([last])))
    drift = _GAP_DRIFT * error * u * rng.standard_normal((len(gap), 1))
    blend = weight * gap * np.sqrt(share) + (1.0 - weight) * (last_gap + drift) * left
    errors: Floats = np.clip(1.0 - random.paths - blend, 0.0, cap)
    return errors


def measured_savings(random: Floats, best: Floats, log_labels: Floats, log_first: float, log_pool: float) -> Floats:
    """Give ln s at `KNOTS`, (D, K), by which random's path becomes the strategy's there.

    Where random never has as much, savings go as far as its path.

    Args:
        random: (D, M) running-best values of random.
        best: (D, M) of the strategy.
        log_labels: (M,) ln of the label counts; knots beyond the last are read there.
        log_first: ln of the initial set.
        log_pool: ln of the pool, whose cap on savings is undone; inf where it is unknown.
    """
    at = np.minimum(log_first + KNOTS, log_labels[-1])
    level = _read_paths(best, log_labels, at)
    same = np.stack([first_passage(random, log_labels, column[:, None]) for column in level.T], axis=1)
    shift = np.minimum(same, log_labels[-1]) - at
    return shift if np.isinf(log_pool) else savings_for_shift(shift, log_pool - at)


def _read_paths(paths: Floats, log_labels: Floats, x: Floats) -> Floats:
    """Read paths (D, M) at ln labels (G,), held beyond either end: (D, G)."""
    return np.stack([np.interp(x, log_labels, path) for path in paths])
