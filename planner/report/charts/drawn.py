"""The rows that a chart draws, which it offers to whoever wants them as numbers."""

from collections.abc import Iterator
from typing import Any

import pandas as pd


def drawn(chart: Any) -> pd.DataFrame:
    """Give the rows of a chart's largest layer: the marks themselves, and not a rule or a word beside them.

    Args:
        chart: an altair chart, layered or not.

    Raises:
        ValueError: it draws no table.
    """
    frames = list(_frames(chart))
    if not frames:
        raise ValueError("the chart draws no table")
    return max(frames, key=len)


def _frames(chart: Any) -> Iterator[pd.DataFrame]:
    layers = getattr(chart, "layer", None)
    if isinstance(getattr(chart, "data", None), pd.DataFrame):
        yield chart.data
    if isinstance(layers, list):
        for layer in layers:
            yield from _frames(layer)
