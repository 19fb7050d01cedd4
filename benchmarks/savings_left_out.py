"""Prints how well label savings are predicted on each recorded data set from the others alone.

python benchmarks/savings_left_out.py [METRIC]
"""

import sys

import pandas as pd

from planner.evidence import recorded_curves
from research.savings_left_out import leave_one_out, summarise_left_out
from simulations.curve_table import validate_curves

STRATEGIES = ("margin", "entropy", "coreset")


def main(metric: str = "accuracy") -> None:
    """Print, for all data sets and for the real ones, the error and coverage of ln s and of the gap."""
    table = validate_curves(recorded_curves(), where="recorded curves")
    for know in (False, True):
        rows = pd.concat([leave_one_out(table, name, metric, know_error=know) for name in STRATEGIES])
        pilot = "a pilot of random" if know else "no pilot"
        for title, part in (("all data sets", rows), ("real data sets", rows[~rows["synthetic"]])):
            print(f"\n{metric}, {pilot}, {title} ({part['dataset'].nunique()})")
            print(summarise_left_out(part).to_string(float_format=lambda x: f"{x:.3f}"))


if __name__ == "__main__":
    main(*sys.argv[1:])
