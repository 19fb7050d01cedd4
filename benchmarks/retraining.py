"""Why retrain from scratch? Learning curves of a perceptron that starts each round from scratch, warm, or fine-tuned.

Prints, for each data set, query strategy and start: the mean held-out accuracy over the curve and at its end, each as
the difference to training from scratch on the same seeds, and CPU seconds a trajectory; all with 95% intervals by
Student's t, over seeds for accuracy and over blocks of seeds for seconds. Then, for each start, what margin sampling
gains over random labels at the end. Nothing is tuned: the settings are the learner's defaults, with its dropout and
without any.
Run: python benchmarks/retraining.py [--seeds 12] [--rounds 15] [--data digits]
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import time
from collections import defaultdict

import numpy as np

from research.quality.agreement import interval
from simulations.engine import run_lanes
from simulations.grid import parse_grid
from simulations.learners.neural.settings import STARTS

DATASETS = {"digits": 20, "letter": 52}
"""Data sets, and the labels they start from: two a class."""

STRATEGIES = ("random", "margin")
BATCH, BLOCK = 20, 3


def trajectories(dataset: str, start: str, seeds: list[int], rounds: int, dropout: float) -> list:
    grid = {
        "datasets": [dataset],
        "learners": [{"name": "mlp", "start": start, "dropout": dropout}],
        "strategies": list(STRATEGIES),
        "batch_sizes": [BATCH],
        "initial_size": DATASETS[dataset],
        "rounds": rounds,
        "seeds": seeds,
    }
    return list(parse_grid({"grid": grid}).trajectories)


def measured(dataset: str, seeds: int, rounds: int, dropout: float) -> tuple[dict, dict]:
    """Accuracies (seeds, rounds + 1) by start and strategy, and by start the CPU seconds a trajectory of each block."""
    curves, seconds = defaultdict(list), defaultdict(list)
    for at in range(0, seeds, BLOCK):
        own = list(range(at, min(at + BLOCK, seeds)))
        for start in STARTS:  # in turn, so that whatever else the machine does meets all of them
            began = time.process_time()
            records = run_lanes(trajectories(dataset, start, own, rounds, dropout))
            seconds[start].append((time.process_time() - began) / len(records))
            for record in records:
                curves[start, record.trajectory.strategy.name].append(record.series["accuracy"])
    return {key: np.array(own) for key, own in curves.items()}, {key: np.array(own) for key, own in seconds.items()}


def shown(values: np.ndarray, scale: float = 1.0, signed: bool = True) -> str:
    mean, low, high = (scale * v for v in interval(values))
    return f"{mean:+.2f} ({low:+.2f} to {high:+.2f})" if signed else f"{mean:.2f} ({low:.2f} to {high:.2f})"


def report(dataset: str, seeds: int, rounds: int, dropout: float) -> None:
    curves, seconds = measured(dataset, seeds, rounds, dropout)
    for strategy in STRATEGIES:
        scratch = curves["scratch", strategy]
        for start in STARTS:
            own = curves[start, strategy]
            whole = shown(100 * (own - scratch).mean(axis=1)) if start != "scratch" else ""
            end = shown(100 * (own - scratch)[:, -1]) if start != "scratch" else ""
            faster = shown(seconds["scratch"] / seconds[start], signed=False) if start != "scratch" else ""
            print(
                f"| {dataset} | {dropout:g} | {strategy} | {start} | {100 * own.mean():.1f} | {whole} | "
                f"{100 * own[:, -1].mean():.1f} | {end} | {shown(seconds[start], signed=False)} | {faster} |",
                flush=True,
            )

    for start in STARTS:
        gain = 100 * (curves[start, "margin"] - curves[start, "random"])[:, -1]
        print(f"| {dataset} | {dropout:g} | margin less random | {start} | | | | {shown(gain)} | | |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--data", choices=[*DATASETS], action="append", help="this data set alone")
    asked = parser.parse_args()
    run_lanes(trajectories("digits", "scratch", [0], 0, 0.25))  # imports, which no arm is to pay for
    print(f"mlp, {asked.seeds} seeds, {asked.rounds} rounds of {BATCH} labels; differences in points of accuracy")
    print("| data | dropout | strategy | start | mean | less scratch | end | less scratch | CPU s | times faster |")
    print("|---|---|---|---|---:|---:|---:|---:|---:|---:|")
    for dataset in asked.data or DATASETS:
        for dropout in (0.25, 0.0):
            report(dataset, asked.seeds, asked.rounds, dropout)


if __name__ == "__main__":
    main()
