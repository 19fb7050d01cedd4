"""Draws of what several strategies save on one task, together.

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

from planner.arrays import Floats
from planner.curves.savings.hardness import HardnessTilt
from planner.curves.savings.prior import SavingsPrior
from planner.curves.savings.shape import KNOTS
from simulations.errors import InputError

_TYPICAL, _TYPICAL_WORTH = 0.5, 4.0  # correlation between strategies before any evidence, and how many sets it counts


def joint_draws(
    priors: Sequence[SavingsPrior], n_draws: int, rng: np.random.Generator, savings_sd: float | None = None
) -> Floats:
    """Draw the savings of several strategies on one task.

    Args:
        priors: of one task.
        n_draws: D.
        rng: where the draws come from; another strategy at the end changes none of those before,
            unless it was recorded on fewer data sets.
        savings_sd: log sd of the mismatch; each prior's own when not given.

    Returns:
        (T, D, K) ln s at `KNOTS`.

    Raises:
        InputError: no prior, fewer than one draw, or a negative sd.
    """
    if n_draws < 1 or not priors:
        raise InputError(f"draws: found {n_draws} draws of {len(priors)} strategies; allowed: at least 1 of each")
    return _drawn(priors, n_draws, rng, savings_sd)[0]


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
    drawn, own, scale = _drawn(priors, n_draws, rng, None)
    slopes = np.zeros(drawn.shape)
    for t, (prior, left) in enumerate(zip(priors, correlated_normals(priors, n_draws, of_slopes), strict=True)):
        line = prior.line
        if line is not None:
            # The slope's own part of Cholesky's factor of both together, so that draws have their covariance.
            with_level = np.linalg.solve(np.linalg.cholesky(prior.covariance), line.beside.T).T
            alone = np.linalg.cholesky(line.covariance - with_level @ with_level.T)
            slopes[t] = line.mean + (own[t] @ with_level.T + left @ alone.T) * scale[t][:, None]
    ends = [(0.0, 0.0, 0.0) if one.line is None else one.line.span for one in priors]
    return drawn, HardnessTilt(slopes, *np.array(ends).reshape(-1, 3).T)


def strategy_correlation(priors: Sequence[SavingsPrior]) -> Floats:
    """Estimate R from the data sets that all priors rest on, (T, T)."""
    T = len(priors)
    gram = _TYPICAL_WORTH * (np.full((T, T), _TYPICAL) + (1.0 - _TYPICAL) * np.eye(T))
    effects = [{one.dataset: one.effect for one in prior.datasets} for prior in priors]
    common = sorted(set.intersection(*(set(one) for one in effects))) if effects else []
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
    R: Floats = gram / scale[:, None] / scale
    return R


def correlated_normals(priors: Sequence[SavingsPrior], n_draws: int, rng: np.random.Generator) -> Floats:
    """Draw standard normals for each prior, correlated as the data sets' effects are between strategies: (T, D, K)."""
    normal = rng.standard_normal((len(priors), n_draws, len(KNOTS)))
    mixed: Floats = np.einsum("ab,bdk->adk", np.linalg.cholesky(strategy_correlation(priors)), normal)
    return mixed


def mixing_scale(dof: float | None, uniform: Floats) -> Floats:
    """Turn a normal into a t of the same covariance: √((ν − 2) ÷ χ²ν), at uniform draws (D,)."""
    if dof is None:
        return np.ones(len(uniform))
    from scipy.special import gammaincinv

    scale: Floats = np.sqrt((dof - 2.0) / (2.0 * gammaincinv(dof / 2.0, np.clip(uniform, 1e-12, 1.0))))
    return scale


def path_scales(priors: Sequence[SavingsPrior], n_paths: int, rng: np.random.Generator) -> list[Floats]:
    """Draw the factors on the priors' sds that make normals t-distributed, (n_paths,) each, common to strategies."""
    uniform = rng.uniform(size=n_paths)
    return [mixing_scale(prior.dof, uniform) for prior in priors]


def _drawn(
    priors: Sequence[SavingsPrior], n_draws: int, rng: np.random.Generator, savings_sd: float | None
) -> tuple[Floats, Floats, Floats]:
    """Draw c, (T, D, K), and give the normals, (T, D, K), and the scales, (T, D), that it was drawn with."""
    epsilon, uniform = rng.standard_normal(n_draws), rng.uniform(size=n_draws)
    own, drawn, scales = correlated_normals(priors, n_draws, rng), [], []
    for prior, normal in zip(priors, own, strict=True):
        scale = mixing_scale(prior.dof, uniform)
        root = np.linalg.cholesky(prior.covariance)
        mismatch = epsilon[:, None] * prior.mismatch(savings_sd)
        drawn.append(prior.mean + normal @ root.T * scale[:, None] + mismatch)
        scales.append(scale)
    shape = len(priors), n_draws
    return np.reshape(drawn, (*shape, len(KNOTS))), own, np.reshape(scales, shape)
