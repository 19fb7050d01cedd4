"""Generation with few labels: what choosing gains, what the value varies by, and how long a fit takes.

Prints three tables. CPU seconds of a fit, of 2,000 held-out answers and of 4,000 scored items, at 100 and 500 labels.
Strategies minus random in symbol accuracy, the mean over the counts after the first, in points with an 80% interval by
Student's t over seeds. The variance at one label count by selection, order and initialisation, each with what it does
together with the others, and 80% jackknife intervals over selections. Nothing is tuned: the settings are the learner's
defaults. With a store what has run is kept, and a second call goes on where one stopped.
Run: python benchmarks/generation.py [--seeds 10] [--orders 3] [--starts 2] [--labels 100] [--data pronunciations]
     [--pretrained none overlapping disjoint] [--store DIR] [--parts speed gain split]
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from research.backtest.score_tables import mean_estimate
from research.findings.variance import variance_split
from simulations.datasets import DATASETS
from simulations.grid import parse_grid
from simulations.learners import LEARNERS
from simulations.run import run_grid
from simulations.store import Store
from simulations.tasks.task import Chances
from simulations.trajectory import stream

DATA = {"pronunciations": {"last": "m"}, "number-words": {}}
STRATEGIES = ("random", "mnlp", "sequence_entropy", "coreset_deep", "coreset")
METRIC = "symbol_accuracy"
FACTORS = ("selection", "order", "initialisation")


def simulated(store: Store, name: str, learners: list[dict], strategies: tuple[str, ...], first: int, rounds: int,
              seeds: int) -> pd.DataFrame:  # fmt: skip
    """Rows of the metric of one grid, simulated unless the store holds them."""
    grid = parse_grid({
        "grid": {
            "datasets": [{"name": name, **DATA[name]}],
            "learners": [{"name": "seq2seq", **learner} for learner in learners],
            "strategies": list(strategies),
            "batch_sizes": [200],
            "initial_size": first,
            "rounds": rounds,
            "seeds": seeds,
        }
    })  # fmt: skip
    run_grid(grid, store, processes=1)
    table = store.frame()
    keys = {t.key for t in grid.trajectories}
    return table[table["trajectory"].isin(keys) & (table["metric"] == METRIC)]


def speed(name: str) -> None:
    entry, learner = DATASETS[name], LEARNERS["seq2seq"]
    data, made = entry.load(**{**entry.defaults, **DATA[name]}), learner.make(**learner.defaults)
    rows = np.random.default_rng(0).permutation(len(data.items))
    for labels in (10, 100, 500):  # the first is not told: it imports torch
        marks = [time.process_time()]
        model = made.fit(data, rows[:labels], None, Chances(stream("start"), stream("order")))
        for part in (lambda m: m.evaluate(rows[-2000:]), lambda m: m.sequences(rows[:4000])):
            marks.append(time.process_time())
            part(model)
        marks.append(time.process_time())
        if labels > 10:
            fit, evaluate, score = np.diff(marks)
            print(f"| {name} | {labels} | {fit:.1f} | {evaluate:.1f} | {score:.1f} |", flush=True)


def gain(store: Store, name: str, pretrained: str, seeds: int) -> None:
    table = simulated(store, name, [{"pretrained": pretrained}], STRATEGIES, 100, 2, seeds)
    means = table[table["labels"] > 100].groupby(["strategy", "seed"])["value"].mean().unstack("strategy")
    for strategy in STRATEGIES[1:]:
        found = mean_estimate((means[strategy] - means["random"]).to_numpy())
        ends = "" if found.q10 is None else f" ({100 * found.q10:+.2f} to {100 * found.q90:+.2f})"
        print(f"| {name} | {pretrained} | {strategy} | {100 * found.mean:+.2f}{ends} | {len(means)} |", flush=True)


def split(store: Store, name: str, pretrained: str, shape: tuple[int, int, int], labels: int) -> None:
    seeds, orders, starts = shape
    learners = [
        {"pretrained": pretrained, "order_seed": o + 1, "start_seed": i + 1}
        for o in range(orders)
        for i in range(starts)
    ]
    table = simulated(store, name, learners, ("random",), labels, 0, seeds)
    values = table.pivot(index="seed", columns="learner", values="value").to_numpy().reshape(shape)
    found = variance_split(values, FACTORS, drawn_anew=True)
    told = " | ".join(
        f"{found.shares[f]:.0%}"
        + ("" if found.intervals[f] is None else " ({:.0%} to {:.0%})".format(*found.intervals[f]))
        for f in FACTORS
    )
    print(f"| {name} | {pretrained} | {labels} | {100 * found.total**0.5:.2f} | {told} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--orders", type=int, default=3)
    parser.add_argument("--starts", type=int, default=2)
    parser.add_argument("--labels", type=int, default=100)
    parser.add_argument("--data", nargs="+", default=list(DATA), choices=DATA)
    parser.add_argument("--pretrained", nargs="+", default=["none", "overlapping", "disjoint"])
    parser.add_argument("--parts", nargs="+", default=["speed", "gain", "split"], choices=["speed", "gain", "split"])
    parser.add_argument("--store", type=Path)
    asked = parser.parse_args()
    cases = [(name, which) for name in asked.data for which in asked.pretrained]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(asked.store or Path(folder))
        if "speed" in asked.parts:
            print("| data set | labels | fit, s | 2,000 answers, s | 4,000 scored, s |\n|---|---|---|---|---|")
            for name in asked.data:
                speed(name)
        if "gain" in asked.parts:
            print("\n| data set | pre-trained | strategy | − random, points | seeds |\n|---|---|---|---|---|")
            for case in cases:
                gain(store, *case, asked.seeds)
        if "split" in asked.parts:
            heads = "data set | pre-trained | labels | sd, points | selection | order | initialisation"
            print(f"\n| {heads} |\n|---|---|---|---|---|---|---|")
            for case in cases:
                split(store, *case, (asked.seeds, asked.orders, asked.starts), asked.labels)


if __name__ == "__main__":
    main()
