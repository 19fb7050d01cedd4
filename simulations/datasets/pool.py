"""One replicate of a data set: who is held out, what the annotator answers, where labelling starts.

All of it depends on the data set, the oracle and the seed alone, so every strategy, learner and batch size shares it.
"""

from dataclasses import dataclass

import numpy as np

from simulations.datasets.dataset import Dataset, FloatArray, IntArray
from simulations.datasets.registry import load_dataset
from simulations.errors import SimulationInputError
from simulations.oracle import answers_of
from simulations.trajectory import Part, stream

INITIAL_SETS = ("one_per_class", "random")


@dataclass(frozen=True)
class Pool:
    """The features of one replicate in their principal axes, with answers and held-out labels.

    Args:
        features: shape (n_pool, d), centred, scaled, rotated; the columns that varied had a mean variance of 1.
        test_features: shape (n_test, d), moved by the pool's own centre, scale and rotation.
        spectrum: shape (d,), the pool's variance along each axis, falling.
        answers: shape (n_pool,), what the oracle says when asked.
        truth: shape (n_pool,), the clean classes; for drawing the initial set, never shown to a strategy.
        test_labels: shape (n_test,), clean classes.
        classes: number of classes.
    """

    features: FloatArray
    test_features: FloatArray
    spectrum: FloatArray
    answers: IntArray
    truth: IntArray
    test_labels: IntArray
    classes: int

    @property
    def size(self) -> int:
        """Items in the pool."""
        return len(self.features)


def open_pool(dataset: Part, oracle: Part, seed: int) -> Pool:
    """Split, scale and rotate one replicate of a registered data set."""
    data = load_dataset(dataset)
    content = dataset.as_json()
    pool_rows, test_rows = split(data, stream(content, seed, "split"))
    features, test_features, spectrum = principal_axes(data, pool_rows, test_rows)
    answers = answers_of(oracle, data.observed[pool_rows], data.classes, stream(content, seed, "oracle"))
    return Pool(features, test_features, spectrum, answers, data.clean[pool_rows], data.clean[test_rows], data.classes)


def split(data: Dataset, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Draw the held-out test set, stratified by clean class; what is left is the pool.

    Its size does not depend on the draw, so the replicates of a data set run in lockstep.

    Returns:
        Row numbers of the pool and of the test set, both ascending.
    """
    free = np.ones(data.clean.size, np.bool_) if data.pool_only is None else ~data.pool_only
    rows = rng.permutation(np.flatnonzero(free))
    labels = data.clean[rows]
    # Each item's place in its class, spread evenly over (0, 1): taking the lowest takes the same share of each class.
    place = np.empty(rows.size)
    for c in range(data.classes):
        members = np.flatnonzero(labels == c)
        place[members] = (np.arange(members.size) + 0.5) / max(members.size, 1)
    held = np.sort(rows[np.argsort(place, kind="stable")[: data.test_size]])
    in_pool = np.ones(data.clean.size, np.bool_)
    in_pool[held] = False
    return np.flatnonzero(in_pool), held


def principal_axes(
    data: Dataset, pool_rows: IntArray, test_rows: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Centre, scale and rotate pool and test features to the pool's principal axes.

    Rotation changes neither distances nor an L2-penalised fit, and makes the Hessian nearly diagonal.
    A constant column becomes zeros.

    Returns:
        Pool features (n_pool, d), test features (n_test, d), spectrum (d,).
    """
    pool = data.features[pool_rows]
    centre = pool.mean(axis=0)
    pool = pool - centre
    deviation = np.sqrt((pool**2).mean(axis=0))
    # What is left of a constant column after centring is rounding, to be cleared and not blown up.
    varies = deviation > 1e-10 * np.maximum(np.abs(centre), np.finfo(np.float64).tiny)
    if data.scaling == "global":
        deviation = np.full_like(deviation, np.sqrt((deviation[varies] ** 2).mean()) if varies.any() else 1.0)
    factor = np.where(varies, 1.0 / np.where(varies, deviation, 1.0), 0.0)
    pool = pool * factor
    spectrum, axes = np.linalg.eigh(pool.T @ pool / pool.shape[0])
    axes = np.ascontiguousarray(axes[:, ::-1])
    test = (data.features[test_rows] - centre) * factor
    return pool @ axes, test @ axes, np.maximum(spectrum[::-1], 0.0)


def initial_set(pool: Pool, kind: str, size: int, rng: np.random.Generator) -> IntArray:
    """Draw the items labelled before the first round.

    Args:
        pool: the replicate.
        kind: `random` draws uniformly; `one_per_class` first draws one item of each clean class in the pool, rare
            ones too, then fills up uniformly, as a team that starts from one known example of each class would.
        size: how many items.
        rng: where the draws come from.

    Returns:
        Distinct row numbers, shape (size,).

    Raises:
        SimulationInputError: `size` is below the number of classes, or the kind is not known.
    """
    if kind not in INITIAL_SETS:
        raise SimulationInputError(f"initial_set: found '{kind}'; allowed: {', '.join(INITIAL_SETS)}")
    shuffled = rng.permutation(pool.size)
    if kind == "random":
        return shuffled[:size]
    _, firsts = np.unique(pool.truth[shuffled], return_index=True)
    if firsts.size > size:
        raise SimulationInputError(f"initial_size: found {size}; allowed: at least {firsts.size}, one item a class")
    rest = np.delete(shuffled, firsts)
    return np.concatenate([shuffled[firsts], rest[: size - firsts.size]])
