"""What one round of each query strategy costs one lane, on two pools: digits' size, and 20,000 x 384 with 10 classes.

Prints a Markdown table (the one in docs/extend/add-a-strategy.md) of CPU milliseconds on one thread: the median of the
rounds after the first, from 50 labels on, everything compiled, and what the first round on a new pool takes on top.
Run: python benchmarks/bench_strategies.py [strategy ...]
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import statistics
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulations.strategies import STRATEGIES, RoundView, Strategy
from simulations.strategies.view import Landscape, SequenceScores, Values
from simulations.testing import example_streams

REPEATS = 4
MEMBERS = 20
LABELS = 50
CASES = {"1,297 × 64 × 10, k = 20": (1297, 64, 10, 20), "20,000 × 384 × 10, k = 100": (20_000, 384, 10, 100)}


@dataclass(frozen=True)
class Pool:
    """What is measured on; `order` says who is labelled first."""

    features: np.ndarray
    probabilities: np.ndarray
    truth: np.ndarray
    order: np.ndarray
    landscape: Landscape


def pool(n: int, d: int, classes: int, seed: int = 0) -> Pool:
    """Make clustered features with a falling spectrum, a linear model's class-major probabilities, and the classes."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=n)
    axes = (1.0 + np.arange(d)) ** -0.5
    centres = rng.normal(size=(classes, d)) * axes
    X = centres[truth] + rng.normal(size=(n, d)) * axes
    scores = ((X - X.mean(axis=0)) / axes**2) @ (centres - centres.mean(axis=0)).T * (4.0 / d)
    P = np.exp(scores - scores.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    X -= X.mean(axis=0)
    features = (X / np.sqrt((X**2).mean())).astype(np.float32)
    features.flags.writeable = False
    W = (centres - centres.mean(axis=0)) / axes**2
    model = Landscape(lambda X: X @ W.T, lambda X: np.broadcast_to(W, (X.shape[0], *W.shape)), linear=True)
    return Pool(features, np.ascontiguousarray(P.T, dtype=np.float32), truth, rng.permutation(n), model)


def round_view(strategy: Strategy, data: Pool, labels: int) -> RoundView:
    answers = np.full((1, data.truth.size), -1)
    rows = data.order[:labels]
    answers[0, rows] = data.truth[rows]
    return RoundView([data.features], answers, **shown(strategy, data, answers))


def shown(strategy: Strategy, data: Pool, answers: np.ndarray) -> dict[str, Any]:
    """Make what the strategy asks to see of a round, and nothing else."""
    P = data.probabilities
    given: dict[str, Any] = {}
    if "probabilities" in strategy.needs:
        given["probabilities"] = P.T[None]
    if strategy.needs_members:
        members = tilted(P, MEMBERS)
        given["members"] = lambda lane: iter([(slice(None), members)])
    if "committee" in strategy.needs:
        committee = tilted(P, strategy.committee_size)
        given["committee"] = lambda lane: committee
    if "gradients" in strategy.needs:
        given["landscape"] = lambda lane: data.landscape
    if "sequences" in strategy.needs:
        given["sequences"] = spelt(P)
    if "values" in strategy.needs:
        given["values"] = predicted(data, answers)
    if "costs" in strategy.needs:
        given["costs"] = np.random.default_rng(3).uniform(0.5, 2.0, (1, data.truth.size))
    return given


def predicted(data: Pool, answers: np.ndarray) -> Values:
    """Make numbers along an axis of the features, and members of a model that err about them."""
    X = data.features[:, 0].astype(np.float64)
    members = X + np.random.default_rng(4).normal(size=(MEMBERS, X.size)) / 4
    known = np.where(answers >= 0, X, 0.0)
    return Values(members.mean(axis=0)[None], members[None], known)


def tilted(P: np.ndarray, members: int) -> np.ndarray:
    """Make members that agree with class-major probabilities (C, n) more or less, (members, n, C)."""
    powers = np.random.default_rng(1).uniform(0.5, 1.5, (members, P.shape[0], 1))
    shares = P ** powers.astype(np.float32)
    return (shares / shares.sum(axis=1, keepdims=True)).transpose(0, 2, 1)


def spelt(P: np.ndarray) -> SequenceScores:
    """Make answers of one to thirty symbols, each as sure as the item's class; probabilities are class-major (C, n)."""
    lengths = np.random.default_rng(2).integers(1, 31, size=P.shape[1])
    second, first = np.sort(P, axis=0)[-2:]
    entropy = -(P * np.log(np.maximum(P, np.finfo(P.dtype).tiny))).sum(axis=0)
    return SequenceScores(
        (lengths * np.log(first))[None],
        (lengths * entropy)[None],
        (first - second)[None],
        lengths[None],
        (lengths * (1 - (P**2).sum(axis=0)))[None],
    )


def cpu_ms(strategy: Strategy, view: RoundView, k: int) -> float:
    start = time.process_time()
    chosen = strategy.select(view, k, example_streams(1))
    if strategy.copies is not None:
        strategy.copies(view, 0, chosen[0])
    return 1e3 * (time.process_time() - start)


def measured(strategy: Strategy, case: tuple[int, int, int, int], seed: int) -> tuple[float, float]:
    n, d, classes, k = case
    data = pool(n, d, classes, seed)
    # Round after round, each with k labels more; the first on a new pool also pays for what is kept.
    first, *later = (cpu_ms(strategy, round_view(strategy, data, LABELS + r * k), k) for r in range(REPEATS))
    return statistics.median(later), max(0.0, first - statistics.median(later))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("strategies", nargs="*", default=list(STRATEGIES))
    options = parser.parse_args()
    for name in options.strategies:
        # Compiles, so that what is measured as new to the pool is not the compiler.
        STRATEGIES[name].select(round_view(STRATEGIES[name], pool(500, 8, 3), 20), 5, example_streams(1))
    print("| strategy |" + "".join(f" {case} | once a pool |" for case in CASES))
    print("|---|" + "---:|---:|" * len(CASES))
    for seed, name in enumerate(options.strategies):
        # A pool of its own for each, so that none finds what another one left behind.
        times = (measured(STRATEGIES[name], case, seed) for case in CASES.values())
        cells = [f" {t:.2f} | {once:.0f} |" for t, once in times]
        print(f"| `{name}` |" + "".join(cells), flush=True)


if __name__ == "__main__":
    main()
