"""What margin sampling gains over random, in points of accuracy, at batch sizes from a quarter to eight initial sets.

Behind `planner.decision.comparison`, which tries batches of a quarter to twice the initial set: up to there the gain
hardly falls, beyond it a strategy chooses too much with too old a model. Seeds are pairs; ± is a standard error.
Run: python benchmarks/batch_size.py (a minute)
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from planner.cli.entry import main as labelplan
from simulations.store import Store

DATASETS = ("letter", "penbased", "satimage", "magic", "digits", "synthetic-redundant")
INITIAL, SEEDS = 40, 10
ROUNDS = {10: 64, 40: 16, 80: 8, 160: 4, 320: 2}  # batch size -> rounds to 680 labels
AT = (360, 680)

GRID = """
[[grid]]
datasets = {datasets}
learners = ["linear"]
strategies = ["{strategy}"]
batch_sizes = [{batch}]
initial_size = {initial}
rounds = {rounds}
seeds = {seeds}
"""


def grid_file() -> str:
    """Write the grid: random once, margin at each batch size."""
    runs = [("random", INITIAL, 16), *(("margin", batch, rounds) for batch, rounds in ROUNDS.items())]
    return "".join(
        GRID.format(
            datasets=list(DATASETS), strategy=name, batch=batch, initial=INITIAL, rounds=rounds, seeds=SEEDS
        ).replace("'", '"')
        for name, batch, rounds in runs
    )


def gains(curves: pd.DataFrame) -> pd.DataFrame:
    """Give margin less random at the label counts, in points, with its standard error over paired seeds."""
    rows = curves[(curves["metric"] == "accuracy") & curves["labels"].isin(AT)]
    random = rows[rows["strategy"] == "random"].set_index(["dataset", "labels", "seed"])["value"]
    margin = rows[rows["strategy"] == "margin"].set_index(["dataset", "labels", "batch_size", "seed"])["value"]
    frame = margin.reset_index("batch_size").join(random.rename("random"))
    points = (100 * (frame["value"] - frame["random"])).groupby(
        [frame.index.get_level_values("dataset"), frame.index.get_level_values("labels"), frame["batch_size"]]
    )
    told = points.mean().round(2).astype(str) + " ± " + (points.std() / np.sqrt(points.count())).round(2).astype(str)
    return told.unstack("batch_size")


def main() -> None:
    """Simulate, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        grid, store = Path(folder) / "grid.toml", Path(folder) / "store"
        grid.write_text(grid_file(), encoding="utf-8")
        sys.argv = ["labelplan", "simulate", str(grid), "--store", str(store)]
        try:
            labelplan()
        except SystemExit as done:
            if done.code:
                raise
        curves, _ = Store(store).curves()
    print(f"initial set {INITIAL}, {SEEDS} seeds: points of accuracy above random, by batch size")
    print(gains(curves).to_string())


if __name__ == "__main__":
    main()
