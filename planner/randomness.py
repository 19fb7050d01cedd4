"""Keyed and stratified random draws: the same inputs give the same draws, whatever else is computed beside them."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from scipy.special import ndtri

from simulations.arrays import Floats, Ints


def keyed_seed(seed: int, *names: str) -> list[int]:
    """Give the entropy of one named stream, so that adding a strategy changes no other strategy's draws."""
    return [seed, *(crc32(name.encode()) for name in names)]


def keyed_rng(seed: int, *names: str) -> np.random.Generator:
    """Give the generator of one named stream."""
    return np.random.default_rng(np.random.SeedSequence(keyed_seed(seed, *names)))


def stratified_normal(n_draws: int, rng: np.random.Generator) -> Floats:
    """Draw n standard normals, one in each n-th of the distribution, in random order: (n_draws,)."""
    draws: Floats = ndtri((rng.permutation(n_draws) + rng.uniform(0.05, 0.95, n_draws)) / n_draws)
    return draws


def allocate(weights: Sequence[float] | Floats, n_draws: int) -> Ints:
    """Share draws out by weight, by largest remainder: each share is within one draw of what is due.

    The weights, (J,), are non-negative and not all zero. The shares, (J,), sum to `n_draws`; ties go to the earlier.
    """
    due = np.asarray(weights, dtype=float) / np.sum(weights) * n_draws
    shares = np.floor(due).astype(np.int64)
    order = np.argsort(-(due - shares), kind="stable")
    shares[order[: n_draws - int(shares.sum())]] += 1
    return shares


def resample(weights: Floats, n_draws: int, rng: np.random.Generator) -> Ints:
    """Draw indices by weight, systematically: each comes within one draw of its due share (Kitagawa 1996).

    The weights, (J,), are non-negative and not all zero; the indices, (n_draws,), come in random order.
    """
    cumulative = np.cumsum(weights)
    at = (np.arange(n_draws) + rng.random()) / n_draws * cumulative[-1]
    # Rounding may put the last of them a hair beyond the end.
    indices: Ints = rng.permutation(np.minimum(np.searchsorted(cumulative, at), weights.size - 1))
    return indices


def group_indices(labels: Ints) -> list[tuple[int, Ints]]:
    """Give each value that occurs, rising, with the places where it does, in their order."""
    order = np.argsort(labels, kind="stable")
    values, first = np.unique(labels[order], return_index=True)
    return list(zip(values.tolist(), np.split(order, first[1:]), strict=True))
