"""The pool-based loop that every peer runs: fit, evaluate, choose, one lane after the other.

The clock runs around what the peer does; splitting, answering and book-keeping are outside it.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from job import Answer, Floats, Ints, Job, Replicate, peak_mb, replicates


class Peer(Protocol):
    """One lane of a peer; made anew for each lane."""

    def fit(self, rows: Ints, answers: Ints) -> None:
        """Train on all that is labelled so far, in the order in which it was labelled."""

    def predict(self, features: Floats) -> Ints:
        """Classes of held-out items, (m,)."""

    def choose(self, rows: Ints, answers: Ints, k: int) -> Ints:
        """Choose k distinct unlabelled row numbers; `rows` are labelled already."""


MakePeer = Callable[[Replicate, str, int, Job], Peer]


@dataclass
class _Clock:
    """Sums of wall and processor seconds, and how often each phase ran."""

    wall: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    cpu: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    count: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall[name] += time.perf_counter() - wall
        self.cpu[name] += time.process_time() - cpu
        self.count[name] += 1


def drive(make: MakePeer, job: Job, versions: dict[str, str], notes: tuple[str, ...] = ()) -> Answer:
    """Run all lanes of a job one after the other.

    Per lane-round, each phase counts as often as in the whole trajectory (R + 1 fits, R selections), however many
    of its rounds were measured.
    """
    began = time.perf_counter()
    pools = replicates(job)
    prepared = time.perf_counter() - began
    curves: dict[str, list[float]] = {}
    per_strategy: dict[str, float] = {}
    clocks: list[_Clock] = []
    for strategy in job.strategies:
        clock = _Clock()
        for seed, pool in zip(job.seeds, pools, strict=True):
            curve = _lane(make(pool, strategy, seed, job), pool, job, clock, seed)
            if job.every == 1:
                curves[f"{strategy}/{seed}"] = curve
        per_strategy[strategy] = sum(_per_round(clock.wall, clock, job).values())
        clocks.append(clock)
    walls, cpus = ([_per_round(getattr(c, kind), c, job) for c in clocks] for kind in ("wall", "cpu"))
    phases = {name: float(np.mean([wall[name] for wall in walls])) for name in walls[0]}
    return Answer(
        wall_ms=sum(phases.values()),
        cpu_ms=float(np.mean([sum(cpu.values()) for cpu in cpus])),
        phases_ms=phases,
        lane_rounds=sum(c.count["fit"] for c in clocks),
        prepare_s=prepared,
        curves=curves,
        versions=versions,
        peak_mb=peak_mb(),
        notes=list(notes),
        extra={"strategy_ms": per_strategy},
    )


def _lane(peer: Peer, pool: Replicate, job: Job, clock: _Clock, seed: int) -> list[float]:
    labelled: Ints = pool.initial
    curve: list[float] = []
    rng = np.random.default_rng(seed)
    for r in range(job.rounds + 1):
        answers = pool.labels[labelled]
        measured = r % job.every == 0
        if measured:
            with clock.phase("fit"):
                peer.fit(labelled, answers)
            with clock.phase("evaluate"):
                found = peer.predict(pool.test_features)
            curve.append(float(np.mean(found == pool.test_labels)))
        if r == job.rounds:
            break
        if measured:
            with clock.phase("select"):
                chosen = peer.choose(labelled, answers, job.batch_size)
        else:
            chosen = rng.choice(np.setdiff1d(np.arange(len(pool.labels)), labelled), job.batch_size, replace=False)
        labelled = np.concatenate([labelled, chosen])
        if np.unique(labelled).size != labelled.size:
            raise RuntimeError(f"{job.arm} chose an item twice")
    return curve


def _per_round(seconds: dict[str, float], clock: _Clock, job: Job) -> dict[str, float]:
    share = {"fit": 1.0, "evaluate": 1.0, "select": job.rounds / (job.rounds + 1)}
    return {name: 1e3 * share[name] * seconds[name] / clock.count[name] for name in share}
