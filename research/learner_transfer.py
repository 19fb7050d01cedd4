"""`python -m research.learner_transfer`: how far one learner's label savings lie from those of linear heads.

Of each data set on which both were recorded from the same initial set, the difference of ln s at 4 and 12 times the
initial set, for margin and entropy. The spread is what is left of its variance over data sets when that of seeds is
taken out: the `savings_sd` of a plan with that learner, where it does not say one.

Notation: J data sets; d (J,) mean differences of ln s; v (J,) their variances by seeds.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from planner.evidence import BASE_LEARNER, FINE_TUNED, published_curves, recorded_savings_table
from planner.intervals import Z80
from planner.render.terminal import Columns, print_records
from planner.transfer.savings_fit import RecordedSavings, fit_settings, read_savings, smooth_prior
from research.command import finish
from simulations.curve_table import base_name

STRATEGIES = ("margin", "entropy")
KNOTS_READ = (1, 2)
MOST_SD = 0.4
"""Of ln s at a knot, by seeds: what is known less well is not compared."""


def differences(findings: Sequence[RecordedSavings], base: str) -> pd.DataFrame:
    """Give a row a data set, learner and knot known of both: `dataset`, `learner`, `difference`, `variance`."""
    prior = np.linalg.inv(smooth_prior())
    fitted = [(one, np.linalg.inv(one.information + prior)) for one in findings]
    rows = [
        (one.dataset, one.learner, one.strategy, round(one.initial_labels), k, (C @ one.weighted)[k], C[k, k])
        for one, C in fitted
        for k in KNOTS_READ
        if C[k, k] < MOST_SD**2
    ]
    keys = ["dataset", "strategy", "initial", "knot"]
    table = pd.DataFrame(rows, columns=["dataset", "learner", "strategy", "initial", "knot", "mean", "variance"])
    of_base = table["learner"] == base
    both = table[~of_base].merge(table[of_base], on=keys, suffixes=("", "_base"))
    return both.assign(difference=both["mean"] - both["mean_base"], variance=both["variance"] + both["variance_base"])


def summarise(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Give a record a learner: `data_sets`, `shift` with its standard error, and `spread`."""
    return [_row(str(learner), part) for learner, part in rows.groupby("learner")]


def _row(learner: str, part: pd.DataFrame) -> dict[str, Any]:
    # Settings of one data set share its test items, so that their noise does not average out.
    sets = part.groupby("dataset").agg(d=("difference", "mean"), v=("variance", "mean"))
    J = len(sets)
    sd = float(sets["d"].std()) if J > 1 else float("nan")
    spread = float(np.sqrt(max(sd**2 - sets["v"].mean(), 0.0))) if J > 1 else float("nan")
    return {
        "learner": learner,
        "data_sets": J,
        "shift": float(sets["d"].mean()),
        "shift_se": sd / J**0.5,
        "spread": spread,
    }


def recorded_differences() -> pd.DataFrame:
    """Compare the learners of the recorded library, and of LabelBench its fine-tuned models with its linear heads."""
    savings = recorded_savings_table()
    recorded = [one for name in STRATEGIES for one in read_savings(savings, name, "accuracy")]
    ours = [one for one in recorded if not one.dataset.startswith(("openal", "labelbench"))]
    published = published_curves().drop(columns="source")
    published = published[published["learner"].str.contains("semi-supervised")]
    published = published.assign(learner=published["learner"].map(base_name))
    theirs = [one for one, _ in fit_settings(published, STRATEGIES, ["accuracy"])[0]]
    return pd.concat([differences(ours, BASE_LEARNER), differences(theirs, "clip-linear")])


def _ends(one: Mapping[str, Any]) -> str:
    if one["data_sets"] == 1:
        return "one data set"
    half = Z80 * one["shift_se"]
    return f"{one['shift'] - half:+.2f} to {one['shift'] + half:+.2f}"


_COLUMNS: Columns = (
    ("beside linear heads", lambda one: f"  {one['learner']}"),
    ("data sets", lambda one: str(one["data_sets"])),
    ("shift of ln s", lambda one: f"{one['shift']:+.2f}"),
    ("80%", _ends),
    ("spread", lambda one: "not known" if one["data_sets"] == 1 else f"{one['spread']:.2f}"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, and print a row a learner."""
    argparse.ArgumentParser(prog="python -m research.learner_transfer", description=__doc__).parse_args(arguments)
    return finish(lambda: _print(summarise(recorded_differences())))


def _print(found: Sequence[Mapping[str, Any]]) -> None:
    print_records(_COLUMNS, [("", found)])
    print(f"{FINE_TUNED} and clip-mlp are LabelBench's, with unlabelled images; the others are recorded.")


if __name__ == "__main__":
    sys.exit(main())
