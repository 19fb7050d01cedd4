"""The pools of the bench: made once, written as one `.npz` each, read by every arm.

A pool holds standardised features, labels and, for every seed, the rows of labelplan's own split and initial set, so
that all arms solve the same problem from the same start. labelplan itself reads it as any file of a user's own.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulations.arrays import Ints, Singles

if TYPE_CHECKING:
    from simulations.trajectory import Trajectory

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".labelplan" / "bench"


class MissingPoolError(Exception):
    """A pool is a fetched data set that is not in labelplan's cache."""


@dataclass(frozen=True)
class PoolSpec:
    """What a pool is made of.

    Args:
        name: of its file.
        classes: number of classes.
        items: items in all, held-out ones included.
        held_out: test items of every seed.
        features: number of features.
        separation: mean distance of two class centres, in within-class deviations along the mean axis.
        decay: the variance of the i-th principal axis falls as i^-decay; 0 is a ball, embeddings lie near 1.
        source: `generated`, `digits`, or a data set of labelplan's cache.
        scaling: `feature` where columns were divided each by its deviation, `global` where all by one number.
        kind: what the features were made from.
    """

    name: str
    classes: int
    items: int
    held_out: int
    features: int
    separation: float = 6.0
    decay: float = 1.0
    source: str = "generated"
    scaling: str = "feature"
    kind: str = "image"

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return FOLDER / f"{self.name}.npz"


def make_features(spec: PoolSpec) -> tuple[Singles, Ints]:
    """Make or load features, standardised in float32, with their labels.

    Raises:
        MissingPoolError: it is a fetched data set that was not fetched.
    """
    if spec.source == "generated":
        return _generate(spec)
    from simulations.datasets.registry import DATASETS, load_dataset
    from simulations.errors import InputError
    from simulations.trajectory import Part

    entry = DATASETS[spec.source]
    try:
        data = load_dataset(Part.of(spec.source, entry.defaults, entry.version))
    except InputError as error:
        raise MissingPoolError(str(error)) from error
    X = np.asarray(data.features, dtype=np.float64)
    deviation = X.std(axis=0)
    varies = deviation > 0
    labels = np.asarray(data.clean, dtype=np.int64)
    if spec.scaling == "global":
        # Pixels and embeddings come as they are, divided by one number so that all arms fit with the same penalty.
        # Centring would not change the problem, the intercept being free; it is what the expert's loop adds.
        return (X / np.sqrt((deviation[varies] ** 2).mean())).astype(np.float32), labels
    return ((X - X.mean(axis=0)) / np.where(varies, deviation, 1.0)).astype(np.float32), labels


def _generate(spec: PoolSpec) -> tuple[Singles, Ints]:
    """Gaussian classes whose axes fall off in variance as an embedding's do, turned at random, then standardised."""
    rng = np.random.default_rng(7)
    d = spec.features
    variance = np.arange(1, d + 1.0) ** -spec.decay
    variance *= d / variance.sum()
    labels = rng.integers(spec.classes, size=spec.items)
    centres = rng.normal(0.0, spec.separation / np.sqrt(2 * d), (spec.classes, d)).astype(np.float32)
    X = rng.standard_normal((spec.items, d), dtype=np.float32)
    X += centres[labels]
    turn, _ = np.linalg.qr(rng.normal(size=(d, d)))
    X = X @ (np.sqrt(variance)[:, None] * turn).astype(np.float32)
    X -= X.mean(axis=0, dtype=np.float64).astype(np.float32)
    X /= X.std(axis=0, dtype=np.float64).astype(np.float32)
    return X, labels


def prepare(spec: PoolSpec, seeds: int, initial_size: int) -> Path:
    """Write the pool and, beside it, the rows of seeds 0 to `seeds` - 1, unless both are there already.

    Returns:
        Where the features are; see `rows_path` for the rest.

    Raises:
        MissingPoolError: it is a fetched data set that was not fetched.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not _stamped(spec.path, repr(spec)):
        features, labels = make_features(spec)
        np.savez(spec.path, features=features, labels=labels, stamp=np.array(repr(spec)))
    trajectories = _trajectories(spec, seeds, initial_size)
    rows = rows_path(spec.path, initial_size)
    # The key of the last seed stands for the features' bytes, the seeds and the simulator's own revision.
    if not _stamped(rows, trajectories[-1].key):
        content: dict[str, Any] = _rows(trajectories)
        np.savez(rows, **content, stamp=np.array(trajectories[-1].key), classes=np.array(spec.classes))
    return spec.path


def _stamped(path: Path, stamp: str) -> bool:
    if not path.exists():
        return False
    with np.load(path) as stored:
        return "stamp" in stored and str(stored["stamp"]) == stamp


def rows_path(pool: Path, initial_size: int) -> Path:
    """Where the splits and initial sets of a pool are."""
    return pool.with_name(f"{pool.stem}-rows-{initial_size}.npz")


def _trajectories(spec: PoolSpec, seeds: int, initial_size: int) -> "tuple[Trajectory, ...]":
    from simulations.grid import parse_grid

    block = {
        "datasets": [dataset(spec)],
        "strategies": ["random"],
        "batch_sizes": [1],
        "initial_size": initial_size,
        "rounds": 1,
        "seeds": seeds,
    }
    return parse_grid({"grid": block}).trajectories


def _rows(trajectories: "tuple[Trajectory, ...]") -> dict[str, Ints]:
    """Ask labelplan for its splits and initial sets, so that every arm starts from them."""
    from simulations.datasets.pool import initial_set, open_pool
    from simulations.trajectory import stream

    rows: dict[str, Ints] = {}
    for t in trajectories:
        pool = open_pool(t.dataset, t.oracle, t.seed)
        rng = stream(t.dataset.as_json(), t.seed, "initial", t.initial_set)
        start = initial_set(pool, t.initial_set, t.initial_size, rng)
        rows |= {f"pool-{t.seed}": pool.rows, f"test-{t.seed}": pool.test_rows, f"initial-{t.seed}": start}
    return rows


def dataset(spec: PoolSpec) -> dict[str, Any]:
    """The pool as a grid file names it: a file of the user's own."""
    return {
        "name": "file",
        "path": str(spec.path),
        "test_size": spec.held_out,
        "kind": spec.kind,
        "scaling": spec.scaling,
    }
