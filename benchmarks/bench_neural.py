"""Neural learners: perceptrons of many lanes stacked against one by one, and both against scikit-learn.

CPU milliseconds on one thread, the median of arms run in turn; every arm trains for the same number of epochs, so that
what is compared is the cost of a step. Also counts how often the products of a lane depend on the lanes beside it, with
sides of any length and with the whole tiles that the learners use.
Run: python benchmarks/bench_neural.py [--quick]
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import statistics
import time
import warnings
from collections.abc import Callable
from itertools import product

import numpy as np

from simulations.learners.learner import Labelled
from simulations.learners.neural import training
from simulations.learners.neural.cnn import CnnLearner, convolve
from simulations.learners.neural.mlp import EnsembleLearner, MlpLearner
from simulations.learners.neural.network import deterministic_arithmetic, padded_features, round_up_to_tile
from simulations.learners.neural.settings import Training

LANES, NETWORKS, EPOCHS = 20, 5, 10
HIDDEN = 128
CASES = {
    "64 x 10, 100 labels, full batch": (64, 10, 100, 100),
    "64 x 10, 500 labels, batches of 32": (64, 10, 500, 32),
    "384 x 10, 500 labels, batches of 32": (384, 10, 500, 32),
    "384 x 10, 4,000 labels, batches of 512": (384, 10, 4000, 512),
}


def how(batch: int, dropout: float = 0.0) -> Training:
    return Training(EPOCHS, 0.003, 0.0, dropout, batch, "scratch", 20)


def task(d: int, classes: int, labels: int, lanes: int) -> Labelled:
    rng = np.random.default_rng(0)
    items = 2 * labels + 1000
    truth = rng.integers(classes, size=items)
    X = (rng.normal(size=(classes, d))[truth] + rng.normal(size=(items, d))).astype(np.float32)
    X.flags.writeable = False
    rows = np.stack([rng.permutation(items)[:labels] for _ in range(lanes)])
    return Labelled(X, rows, truth[rows], np.ones(d), classes)


def streams(lanes: int) -> list[np.random.Generator]:
    return [np.random.default_rng(lane) for lane in range(lanes)]


def in_turn(arms: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Median CPU milliseconds of each arm."""
    spent: dict[str, list[float]] = {name: [] for name in arms}
    for turn in range(repeats + 1):
        for name, arm in arms.items():
            began = time.process_time()
            arm()
            if turn:  # the first warms up
                spent[name].append(1e3 * (time.process_time() - began))
    return {name: statistics.median(values) for name, values in spent.items()}


def scikit_learn(labelled: Labelled, batch: int) -> None:
    from sklearn.neural_network import MLPClassifier

    for lane, rows in enumerate(labelled.rows):
        net = MLPClassifier((HIDDEN,), alpha=0.0, batch_size=min(batch, rows.size), learning_rate_init=0.003)
        net.set_params(max_iter=EPOCHS, n_iter_no_change=EPOCHS + 1, tol=0.0, random_state=lane)
        net.fit(labelled.features[rows], labelled.answers[lane])


def perceptrons(case: tuple[int, int, int, int], repeats: int) -> str:
    d, classes, labels, batch = case
    labelled, few = task(d, classes, labels, LANES), 4
    learner = MlpLearner((HIDDEN,), how(batch))

    def one_by_one() -> None:
        for lane in range(few):
            learner.fit(labelled.take([lane]), None, streams(1))

    spent = in_turn(
        {
            "stacked": lambda: learner.fit(labelled, None, streams(LANES)),
            "one by one": one_by_one,
            "scikit-learn": lambda: scikit_learn(labelled.take(range(few)), batch),
        },
        repeats,
    )
    ours = spent["stacked"] / LANES
    alone, theirs = spent["one by one"] / few, spent["scikit-learn"] / few
    return f"{ours:.1f} | {alone:.1f} | {theirs:.1f} | {alone / ours:.1f} | {theirs / ours:.1f}"


def ensembles(case: tuple[int, int, int, int], repeats: int) -> str:
    d, classes, labels, batch = case
    labelled, few = task(d, classes, labels, LANES), 2
    learner, single = EnsembleLearner((HIDDEN,), NETWORKS, how(batch)), MlpLearner((HIDDEN,), how(batch))

    def apart() -> None:
        for lane, _ in product(range(few), range(NETWORKS)):
            single.fit(labelled.take([lane]), None, streams(1))

    spent = in_turn(
        {
            "stacked": lambda: learner.fit(labelled, None, streams(LANES)),
            "one lane": lambda: learner.fit(labelled.take([0]), None, streams(1)),
            "apart": apart,
        },
        repeats,
    )
    ours, lane, alone = spent["stacked"] / LANES, spent["one lane"], spent["apart"] / few
    return f"{ours:.1f} | {lane:.1f} | {alone:.1f} | {alone / ours:.1f} | {alone / lane:.1f}"


def convolutions(repeats: int, lanes: int = 8, items: int = 32) -> str:
    """Forward and backward through two layers of convolutions: lanes in turn, and as groups of one convolution."""
    import torch

    rng = np.random.default_rng(0)
    images = [padded_features(rng.normal(size=(items, 784)).astype(np.float32)) for _ in range(lanes)]
    kernels = [rng.normal(0, 0.1, size).astype(np.float32) for size in ((16, 1, 3, 3), (16,), (32, 16, 3, 3), (32,))]
    leaves = [torch.from_numpy(K).requires_grad_() for K in kernels]
    wide = [torch.from_numpy(np.concatenate([K] * lanes)).requires_grad_() for K in kernels]
    side_by_side = torch.stack([own[:, :784] for own in images], dim=1).view(items, lanes, 28, 28)

    def in_lockstep() -> None:
        from torch.nn.functional import conv2d, max_pool2d

        Z = side_by_side
        for K, bias in zip(wide[::2], wide[1::2], strict=True):
            Z = max_pool2d(conv2d(Z, K, bias, padding=1, groups=lanes).relu(), 2)
        torch.autograd.grad(Z.sum(), wide)

    def one_by_one() -> None:
        for own in images:
            torch.autograd.grad(convolve(own, (28, 28, 1), leaves).sum(), leaves)

    with deterministic_arithmetic():
        spent = in_turn({"lockstep": in_lockstep, "one by one": one_by_one}, 3 * repeats)
    ratio = spent["one by one"] / spent["lockstep"]
    return f"{spent['one by one'] / lanes:.2f} | {spent['lockstep'] / lanes:.2f} | {ratio:.2f}"


def cnns(repeats: int) -> str:
    labelled = task(784, 10, 200, 2)
    learner = CnnLearner("28x28", (16, 32), (HIDDEN,), how(32, 0.25))
    spent = in_turn({"cnn": lambda: learner.fit(labelled, None, streams(2))}, repeats)
    return f"{spent['cnn'] / 2:.0f}"


def packed_products(whole_tiles: bool) -> tuple[int, int]:
    """Count products whose bits depend on the lanes beside, of all that are tried."""
    import torch

    rng = np.random.default_rng(0)
    size: Callable[[int], int] = round_up_to_tile if whole_tiles else int
    tried = differ = 0
    for b, i, o in product((2, 5, 20, 33, 100), (9, 65, 129, 385), (10, 26, 65, 129)):
        sides = ((size(b), size(i)), (size(i), size(o)), (size(b), size(o)))
        A, W, G = (torch.from_numpy(rng.normal(size=(24, *s)).astype(np.float32)) for s in sides)
        for lanes in ([0], [3, 4], [7, 1, 2], [*range(16)]):
            a, w, g = A[lanes], W[lanes], G[lanes]
            pairs = (
                (torch.bmm(a, w), torch.bmm(A, W)),
                (torch.bmm(a.transpose(1, 2), g), torch.bmm(A.transpose(1, 2), G)),
                (torch.bmm(g, w.transpose(1, 2)), torch.bmm(G, W.transpose(1, 2))),
            )
            tried += len(pairs)
            differ += sum(not torch.equal(part, whole[lanes]) for part, whole in pairs)
    return differ, tried


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one repeat of each arm")
    repeats = 1 if parser.parse_args().quick else 3
    # Every arm runs all of its epochs.
    training.ENOUGH, training.PATIENCE = 0.0, EPOCHS + 1
    warnings.simplefilter("ignore")
    print(f"CPU ms a lane and round, {EPOCHS} epochs, {HIDDEN} hidden units, {LANES} lanes stacked")
    print("| features x classes, labels | stacked | one by one | scikit-learn | times faster | than scikit-learn |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, case in CASES.items():
        print(f"| {name} | {perceptrons(case, repeats)} |", flush=True)
    print(f"\nEnsembles of {NETWORKS}: {LANES} lanes stacked, one lane stacked, its members apart")
    print("| features x classes, labels | lanes stacked | one lane | apart | times faster | one lane |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, case in list(CASES.items())[:3]:
        print(f"| {name} | {ensembles(case, repeats)} |", flush=True)
    print("\nConvolutions of 8 lanes, 32 images of 28 x 28, CPU ms a lane and step")
    print("| one by one | in lockstep (groups) | times faster |\n|---:|---:|---:|")
    print(f"| {convolutions(repeats)} |")
    print(f"\ncnn, 28 x 28, 200 labels, {EPOCHS} epochs: {cnns(repeats)} CPU ms a lane and round")
    with deterministic_arithmetic():
        for name, whole in (("any length", False), ("whole tiles", True)):
            differ, tried = packed_products(whole)
            print(f"sides of {name}: {differ} of {tried} products depend on the lanes beside them")


if __name__ == "__main__":
    main()
