"""Labels that sample paths need to reach a target; draws that never reach it are counted, not dropped.

Notation: D draws; M grid points.
"""

from dataclasses import dataclass

import numpy as np

from planner.intervals import QUANTILES
from simulations.arrays import Floats


@dataclass(frozen=True, eq=False)
class LabelsToReach:
    """Labels needed to reach a target, (D,): inf where the path never reaches it within the horizon of the forecast."""

    draws: Floats
    horizon: float

    @property
    def p_unreachable(self) -> float:
        """Share of draws that never reach the target within the horizon."""
        return float(np.isinf(self.draws).mean())

    def interval(self) -> tuple[int | None, int | None, int | None]:
        """Give q10, q50 and q90 in whole labels, rounded up; None where the draws say never.

        Where the target is more likely missed than reached, none of the three is a number.
        """
        # No interpolation: between a number and "never" there is nothing.
        low, middle, high = np.quantile(self.draws, QUANTILES, method="inverted_cdf")
        if np.isinf(middle):
            return None, None, None
        return _whole(low), _whole(middle), _whole(high)


def _whole(labels: float) -> int | None:
    # The slack keeps 2000.0000000001, which is a rounding error, from becoming 2001.
    return int(np.ceil(labels - 1e-6)) if np.isfinite(labels) else None


def read_path(best: Floats, log_labels: Floats, x: Floats) -> Floats:
    """Read paths, (..., M), at their own ln labels, (...), linearly between grid points and held beyond either end.

    Values and natural logs of labels never fall along the last axis.
    """
    right = np.minimum((log_labels <= x[..., None]).sum(axis=-1), log_labels.shape[-1] - 1)[..., None]
    left = np.maximum(right - 1, 0)
    shape = (*right.shape[:-1], log_labels.shape[-1])
    axis, value = np.broadcast_to(log_labels, shape), np.broadcast_to(best, shape)
    x_left, x_right = (np.take_along_axis(axis, at, -1)[..., 0] for at in (left, right))
    y_left, y_right = (np.take_along_axis(value, at, -1)[..., 0] for at in (left, right))
    step = x_right - x_left
    share = np.clip(np.where(step > 0, (x - x_left) / np.where(step > 0, step, 1.0), 1.0), 0.0, 1.0)
    return y_left + share * (y_right - y_left)


def first_passage(best: Floats, log_labels: Floats, target: float | Floats) -> Floats:
    """Find where running-best paths first reach a value.

    Args:
        best: (..., M) values, never falling along the last axis.
        log_labels: (M,) or (..., M) natural log of labels, never falling.
        target: the value to reach, one for all or (..., 1).

    Returns:
        (...) ln(labels), interpolated linearly between grid points; inf where the target is never reached.
    """
    reached = best >= target
    right = np.argmax(reached, axis=-1)[..., None]
    left = np.maximum(right - 1, 0)
    x = np.broadcast_to(log_labels, best.shape)
    y_left, y_right = (np.take_along_axis(best, at, -1)[..., 0] for at in (left, right))
    x_left, x_right = (np.take_along_axis(x, at, -1)[..., 0] for at in (left, right))
    rise = y_right - y_left
    # A path at the target from its first point on has no step to interpolate.
    level = np.broadcast_to(np.squeeze(target, -1) if np.ndim(target) else target, rise.shape)
    share = np.where(rise > 0, (level - y_left) / np.where(rise > 0, rise, 1.0), 1.0)
    return np.where(reached[..., -1], x_left + np.clip(share, 0.0, 1.0) * (x_right - x_left), np.inf)
