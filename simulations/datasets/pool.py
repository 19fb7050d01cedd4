"""One replicate of a data set: held-out items, the annotator's answers, and the initial set.

All of it depends on the data set, the oracle and the seed alone, so every strategy, learner and batch size shares it.
The features are laid out once for the data set; a replicate is a division of its rows.

Notation
    N, d, C  items, features and classes of the data set; δ (N, C) discriminants
    n, k     items in the pool, items to start with
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from simulations.arrays import Bools, Features, Floats, Ints, Reals
from simulations.datasets.dataset import Dataset
from simulations.datasets.registry import DATASETS, load_dataset
from simulations.errors import InputError
from simulations.oracles.annotations import Items, ItemTimes, answers_of, draw_times
from simulations.oracles.registry import tells_seconds, votes_each
from simulations.strategies.clustering import cluster, nearest_distinct
from simulations.trajectory import Part, stream


@lru_cache(maxsize=4)
def hardness_of(dataset: Part) -> Items:
    """Give the hardness of a registered data set's items; the same for every replicate, learner and strategy."""
    return measure_hardness(load_dataset(dataset))


def measure_hardness(data: Dataset) -> Items:
    """Rank the items by how little their own class stands out, to a model that was told every clean label.

    The model is linear discriminant analysis with Ledoit & Wolf's shrinkage (2004, Journal of Multivariate Analysis
    88:365), as scikit-learn fits it: in closed form, and not one of the learners that are compared. An item's margin is
    δ of its own class less the largest other; the smallest margin, mistaken ones first, is the hardest item.

    Returns:
        Hardness evenly over (0, 1), ties in the order of the items, the class with the largest other δ, and the
        features, each with mean 0 and variance 1.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.preprocessing import StandardScaler

    features = StandardScaler().fit_transform(data.features.astype(np.float64))
    features = features[:, features.any(axis=0)]
    present = np.unique(data.clean)
    own = np.searchsorted(present, data.clean)
    if not features.shape[1] or present.size < 2:
        return _rank_items(np.zeros(own.size), present[(own + 1) % present.size], np.zeros((own.size, 1)))
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(features, data.clean)
    scores = model.decision_function(features)
    if present.size == 2:
        scores = np.column_stack([-scores, scores]) / 2
    rows = np.arange(own.size)
    of_own = scores[rows, own].copy()
    scores[rows, own] = -np.inf
    likest = scores.argmax(axis=1)
    return _rank_items(of_own - scores[rows, likest], present[likest], features)


def _rank_items(margin: Floats, mistaken_for: Ints, features: Floats) -> Items:
    place = np.empty(margin.size)
    place[np.argsort(-margin, kind="stable")] = np.arange(margin.size)
    return Items((place + 0.5) / margin.size, mistaken_for.astype(np.int64), features.astype(np.float32))


_CHUNK_NUMBERS = 4_000_000
_ROUNDING = 64 * np.finfo(np.float64).eps


@dataclass(frozen=True)
class Space:
    """The features of a data set, which all its replicates share.

    Args:
        features: shape (N, d), centred and scaled, in principal axes or as columns; the columns that varied had a
            mean variance of 1.
        spectrum: shape (d,), the variance along each axis, falling where they are principal.
        data: the data set, its features replaced by these, so that they are not kept twice.
        part: its name and settings.
        lay_out: other points (m, d) to where they lie among these; None where features are token numbers.
    """

    features: Features
    spectrum: Floats
    data: Dataset
    part: Part
    lay_out: Callable[[Reals], Features] | None = None


@dataclass(frozen=True)
class Pool:
    """One replicate: the rows that may be labelled, those held out, and the answers.

    Args:
        space: the data set.
        rows: shape (n_pool,), its items in the pool, shuffled: a strategy gives ties to the lowest row, and a file may
            be sorted by class.
        test_rows: shape (n_test,), its items held out, ascending.
        answers: shape (n_pool,), what the oracle says when asked.
        truth: shape (n_pool,), the clean classes; for drawing the initial set, never shown to a strategy.
        test_labels: shape (n_test,), clean classes.
        times: what each item of the pool takes to annotate; None where the oracle does not tell.
    """

    space: Space
    rows: Ints
    test_rows: Ints
    answers: Ints
    truth: Ints
    test_labels: Ints
    times: ItemTimes | None = None

    @property
    def size(self) -> int:
        """Items in the pool."""
        return self.rows.size

    @cached_property
    def test_features(self) -> Features:
        """The held-out features, (n_test, d)."""
        features = self.space.features[self.test_rows]
        features.flags.writeable = False
        return features


def open_pool(dataset: Part, oracle: Part, seed: int, axes: str = "principal") -> Pool:
    """Divide one replicate of a data set and let the oracle answer; axes as in `simulations.learners.LearnerEntry`."""
    space = open_space(dataset, axes)
    data, content = space.data, dataset.as_json()
    pool_rows, test_rows = split(data, stream(content, seed, "split"))
    rng = stream(content, seed, "oracle")

    def hardness() -> Items:
        every = hardness_of(dataset)
        return Items(every.hardness[pool_rows], every.mistaken_for[pool_rows], every.features[pool_rows])

    answers = answers_of(oracle, data.observed[pool_rows], data.classes, rng, hardness)
    times = None
    if tells_seconds(oracle):
        # A stream of its own, so that the answers are those of an oracle that tells no time.
        times = draw_times(oracle, votes_each(oracle), hardness().hardness, stream(content, seed, "seconds"))
    return Pool(space, pool_rows, test_rows, answers, data.clean[pool_rows], data.clean[test_rows], times)


@lru_cache(maxsize=4)
def open_space(dataset: Part, axes: str) -> Space:
    """Load a registered data set and lay out its features, or in their place the token numbers of its texts."""
    data = load_dataset(dataset)
    read_tokens = DATASETS[dataset.name].tokens
    lay_out = None
    if axes == "tokens" and read_tokens is not None:
        features = read_tokens()
        spectrum = np.ones(features.shape[1])
    else:
        features, spectrum, lay_out = lay_out_features(data, rotate=axes == "principal")
    features.flags.writeable = False
    return Space(features, spectrum, replace(data, features=features), dataset, lay_out)


def split(data: Dataset, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Draw the rows of the pool, shuffled, and of the held-out test set, ascending, stratified by clean class.

    Their numbers do not depend on the draw, so the replicates of a data set run in lockstep.
    """
    free = np.ones(data.clean.size, np.bool_) if data.pool_only is None else ~data.pool_only
    if data.groups is not None:
        return _split_by_group(data, data.groups, free, rng)
    rows = rng.permutation(np.flatnonzero(free))
    held = np.sort(same_share(rows, data.clean[rows], data.test_size))
    in_pool = np.ones(data.clean.size, np.bool_)
    in_pool[held] = False
    return rng.permutation(np.flatnonzero(in_pool)), held


def _split_by_group(data: Dataset, groups: Ints, free: Bools, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Hold out items of whole groups, drawn until there are enough; those of them beyond the test set are left out."""
    order = rng.permutation(int(groups.max()) + 1)
    enough = np.cumsum(np.bincount(groups, weights=free)[order]) >= data.test_size
    apart = np.isin(groups, order[: int(enough.argmax()) + 1])
    rows = rng.permutation(np.flatnonzero(apart & free))
    held = np.sort(same_share(rows, data.clean[rows], data.test_size))
    # As many in every replicate, whatever the size of the groups that are held out.
    return rng.permutation(np.flatnonzero(~apart))[: data.usable_items - data.test_size], held


def same_share(rows: Ints, labels: Ints, size: int) -> Ints:
    """Take the first `size` of the shuffled rows that make the same share of each class."""
    # Each item's place in its class, spread evenly over (0, 1): taking the lowest takes the same share of each class.
    counts, order = np.bincount(labels), np.argsort(narrow_integers(labels), kind="stable")
    classes = labels[order]
    place = np.empty(rows.size)
    place[order] = (np.arange(rows.size) - (np.cumsum(counts) - counts)[classes] + 0.5) / counts[classes]
    if not 0 < size < rows.size:
        return rows[np.argsort(place, kind="stable")[:size]]
    near = np.flatnonzero(place <= np.partition(place, size - 1)[size - 1])
    return rows[near[np.argsort(place[near], kind="stable")[:size]]]


def narrow_integers(labels: Ints) -> npt.NDArray[np.integer[Any]]:
    """Write class numbers with as few bytes as they take: those of 16 bits or less are sorted by counting."""
    return labels.astype(np.min_scalar_type(int(labels.max(initial=0))))


def lay_out_features(data: Dataset, *, rotate: bool = True) -> tuple[Features, Floats, Callable[[Reals], Features]]:
    """Centre and scale features and rotate them to their principal axes, in single precision from sums in double.

    Rotation changes neither distances nor an L2-penalised fit, and makes the Hessian nearly diagonal. Held-out items
    are part of it, as they are of any standardisation that is done once: no label is. A constant column becomes zeros.

    Returns:
        Features (N, d), spectrum (d,), and what lays out other points (m, d) likewise.
    """
    X = data.features
    items, width = X.shape
    step = max(1, _CHUNK_NUMBERS // width)
    chunks = [slice(at, at + step) for at in range(0, items, step)]
    largest = np.abs(X).max(axis=0).astype(np.float64)
    unit = np.where(largest > 0, largest, 1.0)
    centre = sum(((X[rows] / unit).sum(axis=0) for rows in chunks), np.zeros(width)) / items
    moment = np.zeros((width, width))
    for rows in chunks:
        centred = X[rows] / unit - centre
        moment += centred.T @ centred
    moment /= items
    deviation = np.sqrt(np.diagonal(moment))
    # What is left of a constant column after centring is rounding, to be cleared and not blown up.
    varies = deviation > _ROUNDING * np.abs(centre)
    if data.scaling == "global":
        spread = deviation * unit
        deviation = (np.sqrt((spread[varies] ** 2).mean()) if varies.any() else 1.0) / unit
    factor = np.where(varies, 1.0 / np.where(varies, deviation, 1.0), 0.0)
    covariance = moment * factor * factor[:, None]
    if rotate:
        spectrum, axes = np.linalg.eigh(covariance)
        spectrum, turn = spectrum[::-1], factor[:, None] * axes[:, ::-1]
    else:
        spectrum, turn = np.diagonal(covariance), np.diag(factor)

    def lay_out(X: Reals) -> Features:
        return np.asarray((X / unit - centre) @ turn, np.float32)

    features = np.empty((items, width), np.float32)
    for rows in chunks:
        features[rows] = lay_out(X[rows])
    return features, np.maximum(spectrum, 0.0), lay_out


INITIAL_SETS = ("one_per_class", "random", "stratified", "diverse")


def initial_set(pool: Pool, kind: str, size: int, rng: np.random.Generator) -> Ints:
    """Draw the rows (k,) labelled before the first round.

    The kind `random` draws uniformly; `stratified` draws the same share of each clean class; `one_per_class` first
    draws one item of each clean class in the pool, rare ones too, then fills up uniformly, as a team that starts from
    one known example of each class would; `diverse` knows no class and takes the middle of each of k clusters (Hu, Mac
    Namee & Delany 2010, Off to a good start), so that what is rare and apart is seen early.

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
    _, firsts = np.unique(narrow_integers(pool.truth[shuffled]), return_index=True)
    if firsts.size > size:
        raise InputError(f"initial_size: found {size}; allowed: at least {firsts.size}, one item a class")
    rest = np.delete(shuffled, firsts)
    return np.concatenate([shuffled[firsts], rest[: size - firsts.size]])


def middles(features: Reals, size: int, rng: np.random.Generator) -> Ints:
    """Take the item in the middle of each of k ≤ n clusters of features (n, d): distinct row numbers, (k,)."""
    if size == len(features):
        return np.arange(size)
    _, centres = cluster(features, size, rng)
    return nearest_distinct(features, centres)
