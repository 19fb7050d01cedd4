"""What one measurement is asked to do, and what it answers; plain JSON between the bench and its arms.

Nothing but numpy is imported here, since arms run in two environments.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Job:
    """One measurement of one arm.

    Args:
        arm: module under `arms`.
        pool: the `.npz` of features and labels that every arm reads.
        rows: the `.npz` of classes, and every seed's split and initial set.
        dataset: the pool as a grid file names it.
        strategies: names as labelplan knows them.
        seeds: replicates; one lane for each strategy and seed.
        batch_size: items labelled in each round.
        rounds: acquisition rounds after the initial set, R; R + 1 trainings.
        initial_size: items labelled before the first round.
        l2: penalty; scikit-learn's C is its inverse.
        every: a slow peer is measured at every so many rounds and skips those between with random picks.
        processes: worker processes, where the arm has them.
        dtype: of the features that a peer is given; labelplan has its own.
    """

    arm: str
    pool: str
    rows: str
    dataset: dict[str, Any]
    strategies: tuple[str, ...]
    seeds: tuple[int, ...]
    batch_size: int
    rounds: int
    initial_size: int
    l2: float = 1.0
    every: int = 1
    processes: int = 1
    dtype: str = "float32"

    @property
    def lanes(self) -> int:
        """Trajectories asked for."""
        return len(self.strategies) * len(self.seeds)

    def write(self, path: Path) -> None:
        """Write the job where its arm will read it."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Job":
        """Read what `write` wrote."""
        plain: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in plain.items()}
        return cls(**values)


@dataclass
class Answer:
    """What a measurement found.

    Args:
        wall_ms: wall milliseconds per lane-round: fit, test evaluation and selection.
        cpu_ms: processor milliseconds per lane-round, children included.
        phases_ms: the same by phase, wall, where the arm can tell.
        lane_rounds: lane-rounds measured.
        prepare_s: seconds before the clock started: reading, preparing, compiling.
        curves: accuracy at every round by `strategy/seed`; empty where rounds were skipped.
        versions: of the packages measured.
        peak_mb: largest resident memory of the process so far (VmHWM).
        notes: anything a reader must know, such as a shim.
        extra: counts that only some arms have.
    """

    wall_ms: float
    cpu_ms: float
    phases_ms: dict[str, float]
    lane_rounds: int
    prepare_s: float
    curves: dict[str, list[float]]
    versions: dict[str, str]
    peak_mb: float = 0.0
    notes: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Replicate:
    """One seed's share of a pool: what may be labelled, what is held out, where labelling starts.

    Args:
        features: shape (n, d), standardised.
        labels: shape (n,).
        test_features: shape (m, d).
        test_labels: shape (m,).
        initial: row numbers of the pool.
        classes: number of classes.
    """

    features: Floats
    labels: Ints
    test_features: Floats
    test_labels: Ints
    initial: Ints
    classes: int


def replicates(job: Job) -> list[Replicate]:
    """Read the replicates of a job's seeds, in their order."""
    with np.load(job.pool) as stored:
        features, labels = stored["features"].astype(job.dtype), stored["labels"]
    with np.load(job.rows) as stored:
        classes = int(stored["classes"])
        rows = [[stored[f"{part}-{seed}"] for part in ("pool", "test", "initial")] for seed in job.seeds]
    return [
        Replicate(features[pool], labels[pool], features[test], labels[test], initial, classes)
        for pool, test, initial in rows
    ]


def peak_mb() -> float:
    """Largest resident memory of this process so far, in megabytes; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def versions(*names: str) -> dict[str, str]:
    """Versions of installed distributions."""
    from importlib.metadata import version

    return {name: version(name) for name in names}


def lowest(scores: Sequence[float] | npt.NDArray[Any], k: int) -> Ints:
    """Positions of the k lowest scores, in no order."""
    return np.argpartition(scores, k - 1)[:k]
