"""Margin's gain for every pair of a model that chooses and one that is trained, as a table (T7).

`python -m research.findings.model_pairs CURVES` prints it from a curve table, as `labelplan curves STORE --out
CURVES` writes it.

Notation: as in `research.findings.transfer`.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from research.command import finish
from research.findings.curves import NotRecordedError, RecordedCurves
from research.findings.estimates import mean_over_seeds
from research.findings.part import Figure
from research.findings.transfer import MODELS, SCHEDULES, gains
from simulations.curve_table import read_curves

__all__ = ["table_of_pairs"]


def table_of_pairs(curves: RecordedCurves) -> str:
    """Write the gain of every pair in points with its 80% interval over seeds, a row a data set and who chooses.

    A data set that lacks a curve has one row, which says which.
    """
    lines = ["| data | chooses | " + " | ".join(f"{name} is trained" for name in MODELS) + " |"]
    lines.append("| --- | --- |" + " ---: |" * len(MODELS))
    for dataset in SCHEDULES:
        try:
            pairs = gains(curves, dataset)
        except NotRecordedError as missing:
            lines.append(f"| {dataset} | {missing} |" + " |" * len(MODELS))
            continue
        for chooses in MODELS:
            cells = (_cell(pairs[trained, chooses]) for trained in MODELS)
            lines.append(f"| {dataset} | {chooses} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(gain: "pd.Series[float]") -> str:
    part = mean_over_seeds(Figure("", "points"), {"": gain})
    figures = [part.figure, *(part.interval or ())]
    told = [f"{100 * figure:+.1f}".replace("-", "−") for figure in figures if figure is not None]
    return told[0] if len(told) == 1 else f"{told[0]} ({told[1]} to {told[2]})"


def main() -> int:
    """Read a curve table and print the gains."""
    parser = argparse.ArgumentParser(description="Print margin's gain over random for every pair of models.")
    parser.add_argument("curves", type=Path, help="a curve table, of which accuracy is taken")
    asked = parser.parse_args()
    return finish(lambda: print(table_of_pairs(RecordedCurves(read_curves(asked.curves)))))


if __name__ == "__main__":
    sys.exit(main())
