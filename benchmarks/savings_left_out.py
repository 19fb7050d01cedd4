"""Prints how well label savings are predicted on each recorded data set from the others alone.

python benchmarks/savings_left_out.py [METRIC]

Data sets that were set aside are left out, so that this may be run while a model is built.
"""

import sys

import pandas as pd

from planner.evidence import recorded_curves
from research.evidence.campaigns import frozen_sources, source_of
from research.savings_left_out import leave_one_out, summarise_left_out
from simulations.curve_table import validate_curves

STRATEGIES = ("margin", "entropy", "coreset")


def main(metric: str = "accuracy") -> None:
    """Print, for all data sets, for the real ones and for each kind, the error and coverage of ln s and of the gap."""
    table = validate_curves(recorded_curves(), where="recorded curves")
    aside = {name for name in table["dataset"].unique() if source_of(name) in frozen_sources()}
    for know in (False, True):
        each = [leave_one_out(table, name, metric, know_error=know, exclude=aside) for name in STRATEGIES]
        rows = pd.concat(each)
        real = rows[~rows["synthetic"]]
        parts = {"all data sets": rows, "real data sets": real, "real, margin": each[0][~each[0]["synthetic"]]}
        parts |= {f"real, {kind}": part for kind, part in real.groupby("kind")}
        pilot = "a pilot of random" if know else "no pilot"
        for title, part in parts.items():
            print(f"\n{metric}, {pilot}, {title} ({part['dataset'].nunique()})")
            print(summarise_left_out(part).to_string(float_format=lambda x: f"{x:.3f}"))


if __name__ == "__main__":
    main(*sys.argv[1:])
