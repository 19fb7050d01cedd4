"""The items labelled before the first round, the same for every strategy, learner and batch size of a seed.

Notation: n items in the pool; k of them to start with.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from simulations.arrays import IntArray
from simulations.datasets.pool import Pool, open_space, same_share, short
from simulations.errors import InputError

INITIAL_SETS = ("one_per_class", "random", "stratified", "diverse")


def initial_set(pool: Pool, kind: str, size: int, rng: np.random.Generator) -> IntArray:
    """Draw the items labelled before the first round.

    Args:
        pool: the replicate.
        kind: `random` draws uniformly; `stratified` draws the same share of each clean class; `one_per_class` first
            draws one item of each clean class in the pool, rare ones too, then fills up uniformly, as a team that
            starts from one known example of each class would; `diverse` knows no class and takes the middle of each of
            k clusters (Hu, Mac Namee & Delany 2010, Off to a good start), so that what is rare and apart is seen early.
        size: k.
        rng: where the draws come from.

    Returns:
        Distinct row numbers, shape (k,).

    Raises:
        InputError: `size` is below the number of classes, or the kind is not known.
    """
    if kind not in INITIAL_SETS:
        raise InputError(f"initial_set: found '{kind}'; allowed: {', '.join(INITIAL_SETS)}")
    if kind == "diverse":
        # In columns whatever the learner reads: rounding would otherwise give learners sets of their own.
        return middles(open_space(pool.space.part, "columns").features[pool.rows], size, rng)
    shuffled = rng.permutation(pool.size)
    if kind == "random":
        return shuffled[:size]
    if kind == "stratified":
        return same_share(shuffled, pool.truth[shuffled], size)
    _, firsts = np.unique(short(pool.truth[shuffled]), return_index=True)
    if firsts.size > size:
        raise InputError(f"initial_size: found {size}; allowed: at least {firsts.size}, one item a class")
    rest = np.delete(shuffled, firsts)
    return np.concatenate([shuffled[firsts], rest[: size - firsts.size]])


def middles(features: npt.NDArray[np.floating[Any]], size: int, rng: np.random.Generator) -> IntArray:
    """Take the item in the middle of each of k clusters.

    Args:
        features: shape (n, d).
        size: k, at most n.
        rng: draws where clustering starts.

    Returns:
        Distinct row numbers, shape (k,).
    """
    from simulations.strategies.lloyd import cluster
    from simulations.strategies.structure import nearest_distinct

    if size == len(features):
        return np.arange(size)
    _, centres = cluster(features, size, rng)
    return nearest_distinct(features, centres)
