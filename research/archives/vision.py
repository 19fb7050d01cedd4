"""Reads the image part of the scaling benchmark of Alabdulmohsin, Neyshabur & Zhai 2022 (NeurIPS)."""

from pathlib import Path

import numpy as np
import pandas as pd

from research.archives.tables import read_table
from research.backtest.curves import Curve, CurveSet
from simulations.errors import InputError

__all__ = ["read_vision"]


def read_vision(path: Path) -> CurveSet:
    """Read error rates by examples seen, of image models (CSV, may be gzipped).

    The tasks of one data set (`bird_5`, `bird_10`) are one group. The benchmark's own cut is not used.

    Raises:
        InputError: a column is missing, or a loss is no error rate.
    """
    rows = read_table(path, str(path), texts=["Domain", "Task", "Model"], numbers=["Seen Examples", "Loss"])
    if not rows["Loss"].between(0, 1).all():
        raise InputError(f"{path}: a loss is not from 0 to 1; allowed: the domain IC, whose losses are error rates")
    ordered = rows.sort_values(["Task", "Model", "Seen Examples"])
    curves = [_curve(str(task), str(model), part) for (task, model), part in ordered.groupby(["Task", "Model"])]
    return CurveSet(f"{path.name} (vision scaling benchmark)", curves)


def _curve(task: str, model: str, part: pd.DataFrame) -> Curve:
    return Curve(
        dataset=task,
        learner=model,
        strategy="random",
        batch_size=1,
        labels=part["Seen Examples"].to_numpy(dtype=float),
        error=part["Loss"].to_numpy(dtype=float),
        standard_error=np.full(len(part), np.nan),
        group=task.rpartition("_")[0] or task,
    )
