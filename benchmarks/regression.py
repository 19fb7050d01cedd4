"""When does active learning save labels where the answers are numbers? Every strategy against random labels.

Prints, for each data set, learner and strategy: the mean of held-out r2 over the curve less that of random labels on
the same seeds, in points, with its 80% interval by Student's t over seeds; and the label savings factor, which is the
labels random needs over those the strategy needs for the lower of the two best values, both read off the mean
curves, with an 80% interval by bootstrap over seeds. Nothing is tuned: the settings are the defaults of learners and
strategies, and every strategy starts from the same random labels.
Run: python benchmarks/regression.py [--seeds 12] [--labels 120] [--batch 10] [--data NAME] [--learner NAME]
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import argparse
from collections import defaultdict

import numpy as np

from simulations.engine import run_lanes
from simulations.grid import parse_grid

DATASETS = {
    "diabetes": {"name": "diabetes"},
    "endings": {"name": "endings", "test_size": 20_260},
    "friedman 1": {"name": "friedman"},
    "friedman 1, crowded": {"name": "friedman", "crowding": 0.8},
    "friedman 1, half noise": {"name": "friedman", "noise_share": 0.5},
}
"""Endings keep a pool of 5,000, which is scored in every round."""

LEARNERS = {
    "ridge_regression": {"name": "ridge_regression"},
    "gaussian_process": {"name": "gaussian_process"},
    "forest_regression": {"name": "forest_regression", "trees": 50},
}
STRATEGIES = ("random", "coreset", "gsy", "igs", "committee_variance", "model_change")
INITIAL, DRAWS = 20, 2000


def curves_of(data: str, learner: str, seeds: int, batch: int, rounds: int) -> dict[str, np.ndarray]:
    """Held-out r2 by strategy, (seeds, rounds + 1)."""
    grid = {
        "datasets": [DATASETS[data]],
        "learners": [LEARNERS[learner]],
        "strategies": list(STRATEGIES),
        "batch_sizes": [batch],
        "initial_size": INITIAL,
        "initial_set": "random",
        "rounds": rounds,
        "seeds": seeds,
    }
    curves = defaultdict(list)
    for record in run_lanes(list(parse_grid({"grid": grid}).trajectories)):
        curves[record.trajectory.strategy.name].append(record.series["r2"])
    return {name: np.array(own) for name, own in curves.items()}


def labels_for(curve: np.ndarray, value: float, labels: np.ndarray) -> float:
    """Labels at which a mean curve, made to rise, first has a value that it reaches."""
    rising = np.maximum.accumulate(curve)
    at = int(np.argmax(rising >= value))
    if at == 0:
        return float(labels[0])
    share = (value - rising[at - 1]) / (rising[at] - rising[at - 1])
    return float(labels[at - 1] + share * (labels[at] - labels[at - 1]))


def savings(random: np.ndarray, own: np.ndarray, labels: np.ndarray) -> float:
    """Label savings factor of mean curves (rounds + 1,)."""
    value = min(random.max(), own.max())
    return labels_for(random, value, labels) / labels_for(own, value, labels)


def bootstrapped(random: np.ndarray, own: np.ndarray, labels: np.ndarray) -> tuple[float, float, float]:
    """The factor of curves (seeds, rounds + 1), and its 10th and 90th percentile over resamples of the seeds."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(own), size=(DRAWS, len(own)))
    factors = [savings(random[rows].mean(axis=0), own[rows].mean(axis=0), labels) for rows in drawn]
    low, high = np.quantile(factors, [0.1, 0.9])
    return savings(random.mean(axis=0), own.mean(axis=0), labels), float(low), float(high)


def interval(values: np.ndarray) -> tuple[float, float, float]:
    """Mean with its 80% interval by Student's t."""
    from scipy.stats import t

    half = t.ppf(0.9, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size)
    return float(values.mean()), float(values.mean() - half), float(values.mean() + half)


def report(data: str, learner: str, seeds: int, batch: int, rounds: int) -> None:
    curves = curves_of(data, learner, seeds, batch, rounds)
    labels = INITIAL + batch * np.arange(rounds + 1)
    random = curves["random"]
    for name, own in curves.items():
        start = f"| {data} | {learner} | {name} | {own[:, -1].mean():.3f} |"
        if name == "random":
            print(f"{start} | |", flush=True)
            continue
        gain = "{:+.1f} ({:+.1f} to {:+.1f})".format(*(100 * v for v in interval((own - random).mean(axis=1))))
        factor = "{:.2f} ({:.2f} to {:.2f})".format(*bootstrapped(random, own, labels))
        print(f"{start} {gain} | {factor} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--labels", type=int, default=120, help="labels to choose")
    parser.add_argument("--batch", type=int, default=10, help="labels in each round")
    parser.add_argument("--data", choices=[*DATASETS], action="append", help="this data set alone")
    parser.add_argument("--learner", choices=[*LEARNERS], action="append", help="this learner alone")
    asked = parser.parse_args()
    rounds = asked.labels // asked.batch
    final = INITIAL + asked.batch * rounds
    print(f"{asked.seeds} seeds, {INITIAL} random labels to start with, {rounds} batches of {asked.batch}")
    print(f"| data | learner | strategy | r2 at {final} labels | mean of the curve less random's | savings factor |")
    print("|---|---|---|---:|---:|---:|")
    for learner in asked.learner or LEARNERS:
        for data in asked.data or DATASETS:
            report(data, learner, asked.seeds, asked.batch, rounds)


if __name__ == "__main__":
    main()
