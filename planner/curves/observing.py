"""What a pilot measured of a strategy beside random, seeds as pairs where they are.

Notation: N label counts of the strategy beyond the initial set; S seeds shared with random at a label count.
"""

import numpy as np
import pandas as pd

from planner.arrays import Floats
from planner.curves.anchors import make_anchors
from planner.curves.joint import SMALLEST_GAP_SD, Observed

MAX_COUNTS = 24
_PAIR_SHARE = 0.03  # sd of one seed's gap ÷ √(e(1 − e)) where seeds cannot tell, as for a single curve
_PRIOR_DOF = 2.0  # how many pairs that guess is worth


def observe(random: pd.DataFrame, strategy: pd.DataFrame) -> Observed:
    """Reduce a strategy's measurements to anchors beside random's.

    At label counts where seeds are shared with random, the gap is averaged over them, and its noise pooled over label
    counts; elsewhere, and where one seed or stated standard errors leave pairs in doubt, the strategy's own mean
    stands, with its own noise. More than 24 label counts are thinned evenly in ln(labels), the last kept.

    Args:
        random: random's points, with columns `labels`, `value` and maybe `seed`, `test_size`.
        strategy: the strategy's.
    """
    first = float(random["labels"].min())
    # Sorted, so that sums and all later digits do not depend on the order of rows.
    rows = strategy[strategy["labels"] > first].sort_values(["labels", "value"])
    if rows.empty:
        return Observed.nothing()
    own, beside = (_by_seed(part) for part in (rows, random))
    counts = _thinned(np.sort(rows["labels"].unique()).astype(float))
    alone = make_anchors(rows, where="pilot")
    at_own = np.interp(np.log(counts), np.log(alone.labels), alone.variance)
    paired = _are_pairs(random, rows)
    gaps = {count: _gap(own, beside, count) if paired else np.empty(0) for count in counts.tolist()}
    error = np.array([1.0 - rows.loc[rows["labels"] == count, "value"].mean() for count in counts])
    pooled = _pooled_variance(gaps, dict(zip(counts.tolist(), error.tolist(), strict=True)))
    found = np.full((3, counts.size), np.nan)
    for i, gap in enumerate(gaps.values()):
        scale = max(error[i] * (1.0 - error[i]), 1e-4)
        if gap.size:
            found[:, i] = error[i], error[i] - gap.mean(), max(pooled * scale / gap.size, SMALLEST_GAP_SD**2)
        else:
            found[:, i] = error[i], np.nan, at_own[i]
    return Observed(np.log(counts), *found)


def _are_pairs(random: pd.DataFrame, rows: pd.DataFrame) -> bool:
    """Say whether seeds tell what belongs together: several of them, on values that are no means themselves."""
    stated = [part["standard_error"].notna().any() for part in (random, rows) if "standard_error" in part.columns]
    return not any(stated) and "seed" in rows.columns and rows["seed"].nunique() > 1


def _by_seed(rows: pd.DataFrame) -> pd.Series:
    seeded = rows if "seed" in rows.columns else rows.assign(seed=0)
    seeded = seeded.sort_values(["labels", "seed", "value"])
    return 1.0 - seeded.groupby(["labels", "seed"], sort=True)["value"].mean()


def _gap(own: pd.Series, beside: pd.Series, count: float) -> Floats:
    """Give the strategy's error less random's for each seed they share at a label count, (S,)."""
    if count not in beside.index.get_level_values(0):
        return np.empty(0)
    gap: Floats = (own.loc[count] - beside.loc[count]).dropna().to_numpy(dtype=float)
    return gap


def _pooled_variance(gaps: dict[float, Floats], error: dict[float, float]) -> float:
    """Pool the variance of one pair's gap over label counts, relative to e(1 − e)."""
    squares = sum(
        float(((gap - gap.mean()) ** 2).sum()) / max(error[count] * (1.0 - error[count]), 1e-4)
        for count, gap in gaps.items()
        if gap.size > 1
    )
    dof = sum(gap.size - 1 for gap in gaps.values() if gap.size > 1)
    return (squares + _PRIOR_DOF * _PAIR_SHARE**2) / (dof + _PRIOR_DOF)


def _thinned(counts: Floats) -> Floats:
    if counts.size <= MAX_COUNTS:
        return counts
    wanted = np.linspace(np.log(counts[0]), np.log(counts[-1]), MAX_COUNTS)
    nearest = np.abs(np.log(counts)[None, :] - wanted[:, None]).argmin(axis=1)
    kept: Floats = counts[np.unique(nearest)]
    return kept
