"""The area under a learning curve: one figure for how good a strategy is all along the way, not only at the end."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from planner.arrays import Floats
from simulations.errors import InputError

Scale = Literal["log", "linear"]


def area_under_curve(
    labels: Sequence[float] | Floats,
    values: Sequence[float] | Floats,
    *,
    scale: Scale = "log",
    start: float | None = None,
    end: float | None = None,
) -> float:
    """Give the mean height of a learning curve, by the trapezoid rule, between two label counts.

    Over log labels (the default) every doubling of the labels weighs the same. That is the axis on which label savings
    are a plain shift, and the one of the Active Learning Challenge (Guyon, Cawley, Dror & Lemaire 2011); over linear
    labels the flat tail of a long curve hides what the first, dearest labels bring. Dividing by the width of the
    interval keeps the area in the metric's own unit, so a flat curve at 0.8 has the area 0.8 on either axis.

    Args:
        labels: (M,) label counts of at least 1, strictly rising.
        values: (M,) the metric there.
        scale: `log` or `linear`, the axis to integrate over.
        start: label count to begin at, within the curve; its first when not given.
        end: label count to stop at, likewise; where it equals `start`, the area is the value there.

    Raises:
        InputError: what is given is not a curve, or the interval leaves it.

    >>> round(area_under_curve([10, 20, 40], [0.5, 0.7, 0.9]), 6)
    0.7
    >>> round(area_under_curve([10, 20, 40], [0.5, 0.7, 0.9], scale="linear"), 6)
    0.733333
    """
    if scale not in ("log", "linear"):
        raise InputError(f"area under the curve: found the scale {scale!r}; allowed: log, linear")
    counts, heights = _checked(labels, values)
    low, high = (counts[0] if start is None else start), (counts[-1] if end is None else end)
    if not counts[0] <= low <= high <= counts[-1]:
        allowed = f"within {counts[0]:g} to {counts[-1]:g}, the labels that were measured"
        raise InputError(f"area under the curve: found the interval {low:g} to {high:g}; allowed: {allowed}")
    inside = np.concatenate([[low], counts[(counts > low) & (counts < high)], [high]])
    axis, measured = (np.log(inside), np.log(counts)) if scale == "log" else (inside, counts)
    interpolated = np.interp(axis, measured, heights)
    if axis[0] == axis[-1]:
        return float(interpolated[0])
    from scipy.integrate import trapezoid

    return float(trapezoid(interpolated, axis) / (axis[-1] - axis[0]))


def _checked(labels: Sequence[float] | Floats, values: Sequence[float] | Floats) -> tuple[Floats, Floats]:
    counts, heights = np.asarray(labels, dtype=float), np.asarray(values, dtype=float)
    where = "area under the curve"
    if counts.ndim != 1 or counts.shape != heights.shape or not counts.size:
        raise InputError(f"{where}: found {counts.size} labels and {heights.size} values; allowed: as many, 1 or more")
    if not np.isfinite(heights).all():
        raise InputError(f"{where}: found a value that is no number; allowed: numbers")
    if not np.isfinite(counts).all() or counts[0] < 1 or (np.diff(counts) <= 0).any():
        raise InputError(f"{where}: found labels {counts.tolist()}; allowed: counts of at least 1, strictly rising")
    return counts, heights
