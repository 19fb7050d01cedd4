"""Why retrain from scratch? Learning curves of a perceptron that starts each round from scratch, warm, or fine-tuned.

Prints, for each data set, query strategy and start: the mean held-out accuracy over the curve and at its end, each as
the difference to training from scratch on the same seeds, and CPU seconds a trajectory; all with 95% intervals by
Student's t, over seeds for accuracy and over blocks of seeds for seconds. Then, for each start, what margin sampling
gains over random labels at the end. Nothing is tuned: the settings are the learner's defaults, with its dropout and
without any.

With --losses: what fine-tuning loses on eight data sets and two schedules, as the table that plans draw from. The loss
is a share of each doubling of labels: the fine-tuned network, with n labels after n0 initial ones, is as good at the
end as one trained anew on n0·(n/n0)^(1 − loss).
Run: python benchmarks/retraining.py [--seeds 12] [--rounds 15] [--data digits]
     python benchmarks/retraining.py --losses [--seeds 6] [--write]
With --spread: how far apart the rows of that table are, in labels, points and errors.
     python benchmarks/retraining.py --spread
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import json
import time
import tomllib
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from research.quality.agreement import interval
from simulations.engine import run_lanes
from simulations.grid import parse_grid
from simulations.learners.neural.settings import STARTS

DATASETS = {"digits": 20, "letter": 52}
"""Data sets, and the labels they start from: two a class."""

CLASSES = {"digits": 10, "penbased": 10, "satimage": 6, "magic": 2, "page-blocks": 5, "nursery": 5}
CLASSES |= {"letter": 26, "kr-vs-k": 18}
"""Data sets that ship, of which none is a part of another, and their classes."""

SCHEDULES = ((2, 20, 15), (10, 100, 10))
"""Initial labels a class, batch size and rounds."""

MOST_LOST = 0.95
TABLE = Path(str(files("planner"))) / "evidence" / "fine_tuning.toml"

STRATEGIES = ("random", "margin")
BATCH, BLOCK = 20, 3


def trajectories(
    dataset: str, start: str, seeds: list[int], rounds: int, dropout: float, *, first: int = 0, batch: int = BATCH
) -> list:
    grid = {
        "datasets": [dataset],
        "learners": [{"name": "mlp", "start": start, "dropout": dropout}],
        "strategies": list(STRATEGIES),
        "batch_sizes": [batch],
        "initial_size": first or DATASETS[dataset],
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


def lost_share(labels: np.ndarray, anew: np.ndarray, tuned: np.ndarray, at: int) -> float:
    """Give the share of each doubling that is lost by a round, as training anew reaches the same value earlier.

    Curves are means over seeds, (R + 1,).
    """
    rising = isotonic_regression(anew).x
    steps = np.log(labels / labels[0])
    same = np.interp(tuned[at], rising + 1e-12 * np.arange(len(rising)), steps)
    return round(float(np.clip(1 - same / steps[at], 0, MOST_LOST)), 3)


def losses(seeds: int) -> list[dict]:
    rows = []
    for dataset, classes in CLASSES.items():
        for per_class, batch, rounds in SCHEDULES:
            first = per_class * classes
            curves = defaultdict(list)
            for start in ("scratch", "finetune"):
                lanes = trajectories(dataset, start, list(range(seeds)), rounds, 0.25, first=first, batch=batch)
                for record in run_lanes(lanes):
                    curves[start, record.trajectory.strategy.name].append(record.series["accuracy"])
            for strategy in STRATEGIES:
                anew, tuned = (np.mean(curves[start, strategy], axis=0) for start in ("scratch", "finetune"))
                row = {"data_set": dataset, "learner": "mlp", "strategy": strategy, "initial_labels": first}
                row |= {"batch_size": batch, "labels": first + batch * rounds}
                row |= {"anew": round(float(anew[-1]), 4), "fine_tuned": round(float(tuned[-1]), 4)}
                labels = first + batch * np.arange(rounds + 1)
                half, loss = (lost_share(labels, anew, tuned, at) for at in (rounds // 2, rounds))
                rows.append({**row, "loss_halfway": half, "loss": loss})
                points, times = 100 * (tuned[-1] - anew[-1]), (1 - tuned[-1]) / (1 - anew[-1])
                print(
                    f"| {dataset} | {strategy} | {first} | {batch} | {row['labels']} | {100 * anew[-1]:.1f} | "
                    f"{100 * tuned[-1]:.1f} | {points:+.1f} | {times:.2f} | {half:.2f} | {loss:.2f} |",
                    flush=True,
                )
    return rows


def write_table(rows: list[dict], seeds: int) -> None:
    """Write the table that ships."""
    head = [
        "# What fine-tuning a network on each new batch alone loses against training it anew on all labels: a share of",
        "# each doubling of labels since the initial set (docs/method/retraining.md). Accuracies are means at the end.",
        f'command = "python benchmarks/retraining.py --losses --seeds {seeds} --write"',
        f'source = "own simulations: {len(CLASSES)} data sets, {len(SCHEDULES)} schedules, {seeds} seeds"',
    ]
    cells = [", ".join(f"{key} = {json.dumps(value)}" for key, value in row.items()) for row in rows]
    lines = [*head, "", "rows = [", *(f"    {{{row}}}," for row in cells), "]", ""]
    TABLE.write_text("\n".join(lines), encoding="utf-8")


def print_spread() -> None:
    """Print how far apart the shipped rows of chosen labels are, and whether the loss moves along a curve."""
    table = pd.DataFrame(tomllib.loads(TABLE.read_text(encoding="utf-8"))["rows"])
    chosen = table[table["strategy"] != "random"]
    measures = {
        "loss": chosen["loss"],
        "points of accuracy": 100 * (chosen["anew"] - chosen["fine_tuned"]),
        "ln(times the error)": np.log((1 - chosen["fine_tuned"]) / (1 - chosen["anew"])),
    }
    for name, x in measures.items():
        print(f"{name}: {x.min():.2f} to {x.max():.2f}, standard deviation / mean {x.std() / x.mean():.2f}")
    for size, rows in chosen.groupby("batch_size"):
        print(f"batches of {size}: median loss {rows['loss'].median():.2f}")
    end, half = chosen["loss"], chosen["loss_halfway"]
    apart, alike = (end - half).abs().mean(), end.corr(half)
    print(f"halfway and at the end: {apart:.2f} apart on average, correlation {alike:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, help="12 unless told; 6 with --losses")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--data", choices=[*DATASETS], action="append", help="this data set alone")
    parser.add_argument("--losses", action="store_true", help="what fine-tuning loses, on eight data sets")
    parser.add_argument("--spread", action="store_true", help="how far apart the rows of the shipped table are")
    parser.add_argument("--write", action="store_true", help="with --losses: write the table that ships")
    asked = parser.parse_args()
    if asked.spread:
        print_spread()
        return
    if asked.losses:
        seeds = asked.seeds or 6
        print(f"mlp with its default settings, {seeds} seeds; means over seeds, at the end")
        heads = ("data", "strategy", "initial", "batch", "labels", "anew", "fine-tuned", "points", "error, times")
        print("|", " | ".join((*heads, "loss halfway", "loss")), "|")
        print("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
        rows = losses(seeds)
        if asked.write:
            write_table(rows, seeds)
        return
    asked.seeds = asked.seeds or 12
    run_lanes(trajectories("digits", "scratch", [0], 0, 0.25))  # imports, which no arm is to pay for
    print(f"mlp, {asked.seeds} seeds, {asked.rounds} rounds of {BATCH} labels; differences in points of accuracy")
    print("| data | dropout | strategy | start | mean | less scratch | end | less scratch | CPU s | times faster |")
    print("|---|---|---|---|---:|---:|---:|---:|---:|---:|")
    for dataset in asked.data or DATASETS:
        for dropout in (0.25, 0.0):
            report(dataset, asked.seeds, asked.rounds, dropout)


if __name__ == "__main__":
    main()
