"""`python -m research.label_errors [SOURCE]`: measures what wrong labels cost, and how well a rule foretells it.

SOURCE is the store that `make evidence-errors` fills, or a curve table; without it, the curves kept in this folder.
Curves with wrong answers are compared with the curve of the same data set, learner and strategy with right ones.

Notation:
    n       labels delivered, by class: all of them ÷ classes
    eta     share of them that is wrong
    gap     value with right labels less value with wrong ones, at the same n, a fraction; means over seeds
    loss    gap ÷ eta: points lost for a point of errors

The rule is gap = eta · exp(a) · (n/100)^−b, with `a` for each kind of error, learner and strategy, and `b` for each
kind and learner (`planner.transfer.label_errors`). The textbook formula reads the curve of right labels at (1 − 2·eta)²
times the labels.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from planner import evidence
from planner.cli.output import print_json
from planner.curves.replicates import BASELINE
from planner.evidence.results import LABEL_LOSSES
from planner.render import chart_style
from planner.render.image_export import check_chart_path, save_chart
from planner.transfer.label_errors import ANY_LEARNER, ANY_STRATEGY, REFERENCE_LABELS, measure_gaps
from research.command import finish, read_table
from research.evidence.judged import write_results
from simulations.arrays import Floats
from simulations.curve_table import IDENTITY_COLUMNS, NOISE_COLUMN

KEPT = Path(__file__).parent / "evidence" / "errors.parquet"
KINDS = {"flip": "random", "class_flip": "one confusing class", "region_flip": "systematic"}
COLUMNS = (*IDENTITY_COLUMNS, "labels", "metric", "value", NOISE_COLUMN)
METHODS = ("rule", "formula", "no errors")

LEAST_DATA_SETS = 10  # of a learner whose losses are shipped


def fit_losses(gaps: pd.DataFrame, by: str = "part") -> pd.DataFrame:
    """Fit losses by least squares, in which every data set weighs alike, to gaps as `measure_gaps` gives them.

    Args:
        gaps: of one learner or of several.
        by: the column that a, b and the spread are fitted for.

    Returns:
        One row a kind of error, learner and strategy, all learners and all active strategies together among them:
        `loss_at_100` (exp(a)), `b`, `spread` (standard deviation over data sets of ln of what a data set loses ÷ what
        is fitted) and `data_sets`.
    """
    rows = []
    everyone = gaps.assign(learner=ANY_LEARNER)
    for (kind, learner), group in pd.concat([gaps, everyone]).groupby([by, "learner"]):
        strategies = sorted(group["strategy"].unique())
        place = group["strategy"].map({name: i for i, name in enumerate(strategies)}).to_numpy()
        eta, gap = group["error_rate"].to_numpy(), group["gap"].to_numpy()
        log_n = np.log(group["labels_a_class"].to_numpy() / REFERENCE_LABELS)

        def residuals(p: Floats) -> Floats:
            expected: Floats = eta * np.exp(p[place] - p[-1] * log_n)  # noqa: B023 (called within this turn)
            return np.asarray((gap - expected) / np.sqrt(eta))  # noqa: B023

        bounds = [-np.inf] * len(strategies) + [0.0], np.inf  # more labels never make errors dearer
        solution = least_squares(residuals, np.append(np.full(len(strategies), -1.0), 0.2), bounds=bounds).x
        expected = eta * np.exp(solution[place] - solution[-1] * log_n)
        sums = group.assign(top=expected * gap, below=expected**2).groupby("data_set")[["top", "below"]].sum()
        ratios = np.log(np.maximum(sums["top"] / sums["below"], 0.05))
        spread = float(ratios.std(ddof=1)) if len(ratios) > 1 else 0.0
        fitted = dict(zip(strategies, solution[:-1].tolist(), strict=True))
        active = [a for name, a in fitted.items() if name != BASELINE]
        fitted[ANY_STRATEGY] = float(np.mean(active or [*fitted.values()]))
        rows += [
            {by: kind, "learner": learner, "strategy": name, "loss_at_100": float(np.exp(a))}
            | {"b": float(solution[-1]), "spread": spread, "data_sets": len(ratios)}
            for name, a in fitted.items()
        ]
    return pd.DataFrame(rows)


def foretell_left_out(gaps: pd.DataFrame) -> pd.DataFrame:
    """Foretell each data set's values by the rule that the others give.

    Returns:
        The rows of `gaps` with `rule`, the value foretold, and `low` and `high`, its 80% interval.
    """
    parts = []
    for name, rows in gaps.groupby("data_set"):
        rule = fit_losses(gaps[gaps["data_set"] != name], "oracle")
        both = rows.merge(rule, on=["oracle", "learner", "strategy"])
        loss = both["loss_at_100"] * (both["labels_a_class"] / REFERENCE_LABELS) ** -both["b"]
        gap, wide = both["error_rate"] * loss, np.exp(1.2816 * both["spread"])
        parts.append(
            both.assign(rule=both["clean"] - gap, low=both["clean"] - gap * wide, high=both["clean"] - gap / wide)
        )
    return pd.concat(parts, ignore_index=True)


def summarise(foretold: pd.DataFrame) -> pd.DataFrame:
    """Average over data sets, each weighing alike: points lost, and the error of each method in points."""
    each = foretold.assign(
        lost=100 * foretold["gap"],
        inside=(foretold["low"] <= foretold["value"]) & (foretold["value"] <= foretold["high"]),
        **{name: 100 * (foretold[name] - foretold["value"]).abs() for name in ("rule", "formula")},
        **{"no errors": 100 * foretold["gap"].abs()},
    )
    keys = ["learner", "oracle", "error_rate"]
    columns = ["lost", *METHODS, "inside"]
    by_set = each.groupby([*keys, "data_set"])[columns].mean()
    summary = by_set.groupby(keys)[columns].mean()
    summary.insert(0, "data_sets", by_set.groupby(keys).size())
    return summary.reset_index()


def left_out_chart(foretold: pd.DataFrame) -> alt.HConcatChart:
    """Draw foretold against measured values by the formula and by the rule, a point a data set, kind and rate."""
    mean = foretold.groupby(["data_set", "oracle", "error_rate"])[["value", "rule", "formula"]].mean().round(3)
    mean = mean.reset_index().assign(kind=lambda rows: rows["oracle"].map(KINDS))
    hues = dict(zip(KINDS.values(), (chart_style.QUIET, chart_style.GAIN, chart_style.LOSS), strict=True))
    colour = chart_style.colour_by("kind", hues, columns=3)
    diagonal = pd.DataFrame({"value": [0.0, 1.0], "same": [0.0, 1.0]})

    def draw(method: str, title: str) -> alt.LayerChart:
        whole, percent = alt.Scale(domain=[0, 1]), alt.Axis(format="%")
        x = alt.X("value:Q", title="Measured accuracy", scale=whole, axis=percent)
        y = alt.Y(f"{method}:Q", title="Foretold", scale=whole, axis=percent)
        line = alt.Chart(diagonal).mark_line(color=chart_style.QUIET).encode(x="value:Q", y="same:Q")
        points = alt.Chart(mean).mark_circle(size=26, opacity=0.7).encode(x=x, y=y, color=colour)
        return alt.LayerChart(layer=[line, points], width=280, height=280, title=title)

    parts = draw("formula", "Textbook formula"), draw("rule", "Rule fitted to the other data sets")
    told = (
        "Accuracy with wrong labels on data sets left out, foretold against measured, by the formula and by the rule."
    )
    return alt.hconcat(*parts, spacing=24).properties(description=told)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, fit, foretell what was left out, and print it."""
    parser = argparse.ArgumentParser(prog="python -m research.label_errors", description=__doc__)
    parser.add_argument("source", nargs="?", type=Path, default=KEPT, help="a store's folder or a curve table")
    keep = f"keep the learners with {LEAST_DATA_SETS} data sets or more, and ship what is fitted"
    parser.add_argument("--keep", action="store_true", help=keep)
    parser.add_argument("--chart", type=Path, help="draw foretold against measured values: .html, .svg or .png")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    asked = parser.parse_args(arguments)
    return finish(lambda: _answer(asked))


def _count_data_sets(names: "pd.Series[str]") -> int:
    return int(names.str.split(" [", regex=False).str[0].nunique())


def _answer(asked: argparse.Namespace) -> None:
    if asked.chart is not None:
        check_chart_path("--chart", asked.chart)
    table = read_table(asked.source)
    if asked.keep:
        columns = list(COLUMNS)
        enough = table.groupby("learner")["dataset"].transform(_count_data_sets) >= LEAST_DATA_SETS
        table = table.loc[enough, columns].assign(value=table["value"].round(4))
        table.to_parquet(KEPT, index=False, compression="zstd")
    gaps = measure_gaps(table, metric="accuracy")
    if asked.keep:
        losses = fit_losses(gaps).round(4).to_dict("records")
        write_results(LABEL_LOSSES, table, {"losses": losses}, Path(evidence.__file__).parent)
    foretold = foretell_left_out(gaps)
    rule, summary = fit_losses(gaps, "oracle"), summarise(foretold)
    if asked.chart is not None:
        save_chart(left_out_chart(foretold), asked.chart)
    if asked.json:
        print_json({"rule": rule.to_dict("records"), "left_out": summary.to_dict("records")})
        return
    print("Points lost for each point of errors at 100 labels a class, by kind, learner and strategy")
    print(rule.assign(oracle=rule["oracle"].map(KINDS)).round(3).to_string(index=False))
    print("\nPoints of accuracy lost, and error of each method in points, data sets left out")
    print(summary.assign(oracle=summary["oracle"].map(KINDS)).round(2).to_string(index=False))


if __name__ == "__main__":
    sys.exit(main())
