"""Joint draws of all curves from a forecast of random, measurements of strategies and priors of their savings.

Notation: D draws; N label counts of the strategy beyond the initial set; S seeds shared with random at a label count.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from planner.forecast.anchors import SEED_DOF, SEED_SHARE, error_cap, make_anchors
from planner.forecast.forecast import Forecast
from planner.transfer.joint_posterior import SMALLEST_GAP_SD, JointDraws, ObservedGaps, Savings, draw_jointly
from planner.transfer.savings_draws import correlated_normals, path_scales
from planner.transfer.savings_prior import SavingsPrior
from planner.transfer.savings_shape import HARDNESS_AT, log_error
from simulations.arrays import Floats

MAX_COUNTS = 24
MAX_PATHS = 1_000  # of random, where a strategy's measurements weigh them: each costs a small regression


def observe(random: pd.DataFrame, strategy: pd.DataFrame) -> ObservedGaps:
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
        return ObservedGaps.nothing()
    own_error, random_error = (_error_by_seed(part) for part in (rows, random))
    counts = _thin_counts(np.sort(rows["labels"].unique()).astype(float))
    own_anchors = make_anchors(rows, where="pilot")
    own_variance = np.interp(np.log(counts), np.log(own_anchors.labels), own_anchors.variance)
    paired = _seeds_are_pairs(random, rows)
    gaps = {count: _paired_gaps(own_error, random_error, count) if paired else np.empty(0) for count in counts.tolist()}
    error = np.array([1.0 - rows.loc[rows["labels"] == count, "value"].mean() for count in counts])
    pooled = _pool_gap_variance(gaps, dict(zip(counts.tolist(), error.tolist(), strict=True)))
    columns = np.full((3, counts.size), np.nan)
    for i, gap in enumerate(gaps.values()):
        scale = max(error[i] * (1.0 - error[i]), 1e-4)
        if gap.size:
            columns[:, i] = error[i], error[i] - gap.mean(), max(pooled * scale / gap.size, SMALLEST_GAP_SD**2)
        else:
            columns[:, i] = error[i], np.nan, own_variance[i]
    return ObservedGaps(np.log(counts), *columns)


def _seeds_are_pairs(random: pd.DataFrame, rows: pd.DataFrame) -> bool:
    """Say whether seeds pair the curves: several of them, on values that are not means themselves."""
    stated = [part["standard_error"].notna().any() for part in (random, rows) if "standard_error" in part.columns]
    return not any(stated) and "seed" in rows.columns and rows["seed"].nunique() > 1


def _error_by_seed(rows: pd.DataFrame) -> pd.Series:
    seeded = rows if "seed" in rows.columns else rows.assign(seed=0)
    seeded = seeded.sort_values(["labels", "seed", "value"])
    return 1.0 - seeded.groupby(["labels", "seed"], sort=True)["value"].mean()


def _paired_gaps(own: pd.Series, beside: pd.Series, count: float) -> Floats:
    """Give the strategy's error less random's for each seed they share at a label count, (S,)."""
    if count not in beside.index.get_level_values(0):
        return np.empty(0)
    gap: Floats = (own.loc[count] - beside.loc[count]).dropna().to_numpy(dtype=float)
    return gap


def _pool_gap_variance(gaps: dict[float, Floats], error: dict[float, float]) -> float:
    """Pool the variance of one pair's gap over label counts, relative to e(1 − e)."""
    squares = sum(
        float(((gap - gap.mean()) ** 2).sum()) / max(error[count] * (1.0 - error[count]), 1e-4)
        for count, gap in gaps.items()
        if gap.size > 1
    )
    dof = sum(gap.size - 1 for gap in gaps.values() if gap.size > 1)
    return (squares + SEED_DOF * SEED_SHARE**2) / (dof + SEED_DOF)


def _thin_counts(counts: Floats) -> Floats:
    if counts.size <= MAX_COUNTS:
        return counts
    wanted = np.linspace(np.log(counts[0]), np.log(counts[-1]), MAX_COUNTS)
    nearest = np.abs(np.log(counts)[None, :] - wanted[:, None]).argmin(axis=1)
    thinned: Floats = counts[np.unique(nearest)]
    return thinned


def hardness(random: Forecast, initial_labels: float | None = None) -> float | None:
    """Give random's error at 16 times the initial set, which tells hard tasks from easy ones; None out of reach.

    It is kept off 0 and 1, since savings are predicted from its logarithm.

    Args:
        random: its forecast.
        initial_labels: the initial set; the forecast's first label count where it is left out.
    """
    at = HARDNESS_AT * (random.first_labels if initial_labels is None else initial_labels)
    if random.refused(at)[0]:
        return None
    return float(np.exp(log_error(1.0 - random.quantiles(at, (0.5,))[0, 0])))


def draw_together(
    random: Forecast,
    observed: Mapping[str, ObservedGaps],
    priors: Sequence[SavingsPrior],
    *,
    classes: int | None,
    pool_size: int | None,
    n_draws: int,
    rngs: tuple[np.random.Generator, np.random.Generator],
    initial_labels: float | None = None,
) -> JointDraws:
    """Draw random and all strategies jointly.

    Args:
        random: random's forecast.
        observed: strategy to its measurements; those never measured are left out.
        priors: savings of each strategy, with their mismatch.
        classes: caps the error at that of guessing, as in `fit_forecast`; None where chance is not 1/classes.
        pool_size: items there are to label; None where it is unknown.
        n_draws: joint draws.
        rngs: chance of the savings, and of all else; they may be one.
        initial_labels: from which on strategies choose; random's first label count where it is left out.
    """
    scales = path_scales(priors, random.n_draws, rngs[0])
    normals = list(correlated_normals(priors, n_draws, rngs[0]))
    return draw_jointly(
        random.log_labels,
        1.0 - random.paths,
        [observed.get(prior.strategy, ObservedGaps.nothing()) for prior in priors],
        [Savings(prior.mean, prior.widened, scale) for prior, scale in zip(priors, scales, strict=True)],
        normals,
        log_first=float(np.log(random.first_labels if initial_labels is None else initial_labels)),
        log_pool=None if pool_size is None else float(np.log(pool_size)),
        cap=error_cap(classes),
        n_draws=n_draws,
        rng=rngs[1],
    )
