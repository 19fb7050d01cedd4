"""Curves made by hand."""

import numpy as np
import pandas as pd

from planner.transfer.task_curves import TaskCurves


def power_laws(needs, log_factor, *, slope=0.4, points=60):
    """Curves with error 0.1 at `needs` labels for random, and at `needs` ÷ factor for margin."""
    axis = np.broadcast_to(np.linspace(np.log(100), np.log(200_000), points), (2, needs.size, points))
    need = np.stack([np.log(needs), np.log(needs) - log_factor])[:, :, None]
    error = np.minimum(0.1 * np.exp(-slope * (axis - need)), 0.9)
    return TaskCurves(
        ("random", "margin"),
        "accuracy",
        1.0 - error,
        axis,
        np.full((2, needs.size), np.log(200_000.0)),
        pd.DataFrame(columns=["dataset", "weight", "why"]),
        (),
        clean_labels=False,
    )
