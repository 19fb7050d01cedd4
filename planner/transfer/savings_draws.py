"""Draws of the label savings of several strategies on the user's task, before any pilot of them.

A data set that favours margin favours entropy: the draws' correlation R is that of the data sets' effects, shrunk
towards ½ as if four more data sets had said so. It is taken for slopes too. The mismatch and the t's scale are common
to all.

Notation:
    K, T, D     ()      knots; strategies; draws
    c           (K,)    ln s at the knots
    ε           (D,)    mismatch between the model recorded and the user's, common to all strategies
    R           (T, T)  correlation of the data sets' effects between strategies
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.transfer.savings_fit import smooth_prior
from planner.transfer.savings_prior import SavingsPrior, savings_prior
from planner.transfer.savings_shape import KNOTS, HardnessTilt, log_error
from planner.transfer.task_curves import TaskDescription
from simulations.arrays import Floats
from simulations.curve_table import clean_curves
from simulations.errors import InputError

_TYPICAL, _TYPICAL_WORTH = 0.5, 4.0  # correlation between strategies before any evidence, and how many sets it counts
_SHOWN_KNOT = 2  # the knot whose savings stand in the evidence table: twelve times the initial set


def task_priors(
    table: pd.DataFrame | None,
    strategies: Sequence[str],
    task: TaskDescription,
    *,
    savings_sd: float,
    random_error: float | None = None,
    by_hardness: bool = False,
) -> tuple[list[SavingsPrior], list[str]]:
    """Predict each strategy's savings from recorded data sets, or next to nothing where it was never recorded.

    Args:
        table: a validated curve table of recorded data sets; None where there is none.
        strategies: names, without random.
        task: what the savings are for.
        savings_sd: log sd of the task's savings around those of the same task simulated.
        random_error: random's error at 16 times the initial set, where it is known.
        by_hardness: whether it differs from draw to draw; see `savings_prior`.

    Returns:
        T priors, and sentences for the user.
    """
    table, noisy = (None, []) if table is None else clean_curves(table)
    recorded = set() if table is None or table.empty else set(table["strategy"].unique())
    error = None if random_error is None else float(np.exp(log_error(random_error)))
    priors = []
    for name in strategies:
        if table is not None and name in recorded:
            priors.append(
                savings_prior(table, name, task, savings_sd=savings_sd, random_error=error, by_hardness=by_hardness)
            )
        else:
            priors.append(unknown_savings(name, savings_sd))
    return priors, list(dict.fromkeys([*noisy, *(text for prior in priors for text in prior.warnings)]))


def unknown_savings(strategy: str, savings_sd: float) -> SavingsPrior:
    """Give the prior of a strategy never recorded: as likely to lose labels as to save them."""
    return SavingsPrior(strategy, np.zeros(len(KNOTS)), smooth_prior(), None, savings_sd, ())


def savings_frame(priors: Sequence[SavingsPrior]) -> pd.DataFrame:
    """List the data sets that the savings rest on, heaviest first: columns `dataset`, `weight`, `why`.

    Weights are averaged over strategies and sum to 1, or to nothing where no data set has a say.
    """
    rows: dict[str, tuple[float, list[str]]] = {}
    for prior in priors:
        total = sum(abs(recorded.weight) for recorded in prior.datasets)
        for recorded in prior.datasets if total else ():
            weight, words = rows.get(recorded.dataset, (0.0, []))
            low, high = np.exp(recorded.interval[:, _SHOWN_KNOT])
            factor = float(np.exp(recorded.coefficients[_SHOWN_KNOT]))
            words = [*words, f"{prior.strategy} ×{factor:.2g} ({low:.2g} to {high:.2g})"]
            rows[recorded.dataset] = (weight + abs(recorded.weight) / total / len(priors), words)
    cells = [
        (
            name,
            weight,
            f"label savings only, at {np.exp(KNOTS[_SHOWN_KNOT]):.0f} times the initial set: " + ", ".join(words),
        )
        for name, (weight, words) in rows.items()
    ]
    frame = pd.DataFrame(cells, columns=["dataset", "weight", "why"])
    return frame.sort_values(["weight", "dataset"], ascending=[False, True], kind="stable", ignore_index=True)


def joint_draws(priors: Sequence[SavingsPrior], n_draws: int, rng: np.random.Generator) -> Floats:
    """Draw the savings of several strategies on one task.

    Args:
        priors: of one task.
        n_draws: D.
        rng: where the draws come from; another strategy at the end changes none of those before,
            unless it was recorded on fewer data sets.

    Returns:
        (T, D, K) ln s at `KNOTS`.

    Raises:
        InputError: no prior, or fewer than one draw.
    """
    if n_draws < 1 or not priors:
        raise InputError(f"draws: found {n_draws} draws of {len(priors)} strategies; allowed: at least 1 of each")
    return _draw_savings(priors, n_draws, rng)[0]


def tilted_draws(priors: Sequence[SavingsPrior], n_draws: int, rng: np.random.Generator) -> tuple[Floats, HardnessTilt]:
    """Draw savings, and with them how they move with how hard the task is, where that differs from draw to draw.

    Args:
        priors: of one task, any number; those without a line do not move.
        n_draws: D.
        rng: where the draws come from; another strategy at the end changes none of those before,
            unless it was recorded on fewer data sets.

    Returns:
        (T, D, K) ln s at `KNOTS` where each prior's line starts, and how it moves from there.
    """
    (of_slopes,) = rng.spawn(1)  # its own, so that a strategy more changes no other
    drawn, own, scale = _draw_savings(priors, n_draws, rng)
    slopes = np.zeros(drawn.shape)
    for t, (prior, left) in enumerate(zip(priors, correlated_normals(priors, n_draws, of_slopes), strict=True)):
        line = prior.line
        if line is not None:
            # The slope's own part of Cholesky's factor of both together, so that draws have their covariance.
            with_level = np.linalg.solve(np.linalg.cholesky(prior.covariance), line.beside.T).T
            alone = np.linalg.cholesky(line.covariance - with_level @ with_level.T)
            slopes[t] = line.mean + (own[t] @ with_level.T + left @ alone.T) * scale[t][:, None]
    lines = [prior.line for prior in priors]
    ends = [(0.0, 0.0, 0.0) if line is None else (line.middle, line.least, line.most) for line in lines]
    return drawn, HardnessTilt(slopes, *np.array(ends).reshape(-1, 3).T)


def path_scales(priors: Sequence[SavingsPrior], n_paths: int, rng: np.random.Generator) -> list[Floats]:
    """Draw the factors on the priors' sds that make normals t-distributed, (n_paths,) each, common to strategies."""
    uniform = rng.uniform(size=n_paths)
    return [_mixing_scale(prior.dof, uniform) for prior in priors]


def strategy_correlation(priors: Sequence[SavingsPrior]) -> Floats:
    """Estimate R from the data sets that all priors rest on, (T, T)."""
    T = len(priors)
    gram = _TYPICAL_WORTH * (np.full((T, T), _TYPICAL) + (1.0 - _TYPICAL) * np.eye(T))
    effects = [{recorded.dataset: recorded.effect for recorded in prior.datasets} for prior in priors]
    common = sorted(set.intersection(*map(set, effects))) if effects else []
    if common:
        whitened = np.stack(
            [
                np.concatenate([np.linalg.solve(np.linalg.cholesky(prior.covariance), own[name]) for name in common])
                for prior, own in zip(priors, effects, strict=True)
            ]
        )
        size = np.sqrt((whitened**2).mean(axis=1, keepdims=True))
        whitened = np.divide(whitened, size, out=np.zeros_like(whitened), where=size > 0)
        gram = gram + whitened @ whitened.T / len(KNOTS)
    scale = np.sqrt(np.diag(gram))
    return gram / scale[:, None] / scale


def correlated_normals(priors: Sequence[SavingsPrior], n_draws: int, rng: np.random.Generator) -> Floats:
    """Draw standard normals for each prior, correlated as the data sets' effects are between strategies: (T, D, K)."""
    normal = rng.standard_normal((len(priors), n_draws, len(KNOTS)))
    mixed: Floats = np.einsum("ab,bdk->adk", np.linalg.cholesky(strategy_correlation(priors)), normal)
    return mixed


def _mixing_scale(dof: float | None, uniform: Floats) -> Floats:
    """Turn a normal into a t of the same covariance: √((ν − 2) ÷ χ²ν), at uniform draws (D,)."""
    if dof is None:
        return np.ones(len(uniform))
    from scipy.special import gammaincinv

    scale: Floats = np.sqrt((dof - 2.0) / (2.0 * gammaincinv(dof / 2.0, np.clip(uniform, 1e-12, 1.0))))
    return scale


def _draw_savings(
    priors: Sequence[SavingsPrior], n_draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Draw c, (T, D, K), and give the normals, (T, D, K), and the scales, (T, D), that it was drawn with."""
    epsilon, uniform = rng.standard_normal(n_draws), rng.uniform(size=n_draws)
    own, drawn, scales = correlated_normals(priors, n_draws, rng), [], []
    for prior, normal in zip(priors, own, strict=True):
        scale = _mixing_scale(prior.dof, uniform)
        root = np.linalg.cholesky(prior.covariance)
        mismatch = epsilon[:, None] * prior.mismatch
        drawn.append(prior.mean + normal @ root.T * scale[:, None] + mismatch)
        scales.append(scale)
    shape = len(priors), n_draws
    return np.reshape(drawn, (*shape, len(KNOTS))), own, np.reshape(scales, shape)
