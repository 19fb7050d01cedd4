"""`python -m research.label_errors [SOURCE]`: measures what wrong labels cost, and how well a rule foretells it.

SOURCE is the store that `make evidence-errors` fills, or a curve table; without it, the curves kept in this folder.
Curves with wrong answers are compared with the curve of the same data set, learner and strategy with right ones.

Notation:
    n       labels delivered, by class: all of them ÷ classes
    eta     share of them that is wrong
    gap     value with right labels less value with wrong ones, at the same n, a fraction; means over seeds
    loss    gap ÷ eta: points lost for a point of errors

The rule is gap = eta · exp(a) · (n/100)^−b, with `a` for each kind of error, learner and strategy, and `b` for each
kind and learner. The textbook formula reads the curve of right labels at (1 − 2·eta)² times the labels.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression, least_squares

from planner.cli.output import print_json
from planner.transfer.noise_factor import textbook_factor
from research.command import finish, read_table
from simulations.arrays import Floats
from simulations.curve_table import NOISE_COLUMN

KEPT = Path(__file__).parent / "evidence" / "errors.parquet"
KINDS = {"flip": "random", "class_flip": "one confusing class", "region_flip": "systematic"}
METHODS = ("rule", "formula", "no errors")

_DEPTHS = (0.25, 0.5, 1.0)  # of the largest label count of a curve
_REFERENCE_LABELS = 100.0  # a class


def measure_gaps(table: pd.DataFrame) -> pd.DataFrame:
    """Compare curves with wrong answers with curves with right ones.

    Args:
        table: a validated curve table; noisy curves are named as a grid names them, `digits [flip rate=0.1]`.

    Returns:
        One row a data set, learner, strategy, kind of error, rate and depth: `labels_a_class`, `clean` and `value`
        (means over seeds, made to rise), `formula` (the clean value at the textbook formula's labels) and `gap`.
    """
    table = table[table["metric"] == "accuracy"]
    named = table["dataset"].str.extract(r"^(?P<data_set>[^ ]+)(?: \[(?P<kind>\w+))?")
    keyed = pd.concat([table[["learner", "strategy", "labels", "classes", "value", NOISE_COLUMN]], named], axis=1)
    keyed["kind"] = keyed["kind"].fillna("none")
    keyed["error_rate"] = keyed[NOISE_COLUMN].round(3)
    keys = ["data_set", "learner", "strategy"]
    clean = {key: _mean_curve(rows) for key, rows in keyed[keyed["kind"] == "none"].groupby(keys)}
    found: list[dict[str, object]] = []
    for key, rows in keyed[keyed["kind"] != "none"].groupby([*keys, "kind", "error_rate"]):
        if key[:3] not in clean:
            continue
        right, wrong, classes = clean[key[:3]], _mean_curve(rows), int(rows["classes"].iloc[0])
        for depth in _DEPTHS:
            n = float(wrong.index[round(depth * len(wrong)) - 1])
            worth = float(textbook_factor(float(rows["error_rate"].iloc[0])))
            values = {
                "clean": _read(right, n),
                "value": _read(wrong, n),
                "formula": _read(right, max(n * worth, 1.0)),
            }
            found.append(
                {**dict(zip([*keys, "kind", "error_rate"], key, strict=True)), "labels_a_class": n / classes, **values}
            )
    gaps = pd.DataFrame(found)
    return gaps.assign(gap=gaps["clean"] - gaps["value"])


def _mean_curve(rows: pd.DataFrame) -> "pd.Series[float]":
    mean = rows.groupby("labels")["value"].mean()
    return pd.Series(isotonic_regression(mean.to_numpy()).x, index=mean.index)


def _read(curve: "pd.Series[float]", labels: float) -> float:
    """Read a curve on a logarithmic axis; before its first count it has the first value."""
    return float(np.interp(np.log(labels), np.log(curve.index.to_numpy(dtype=float)), curve.to_numpy()))


def fit_rule(gaps: pd.DataFrame) -> pd.DataFrame:
    """Fit the rule by least squares, in which every data set weighs alike.

    Returns:
        One row a kind, learner and strategy: `loss_at_100` (exp(a)), `b`, and `spread`, the standard deviation over
        data sets of ln of what a data set loses ÷ what the rule says.
    """
    rows = []
    for (kind, learner), group in gaps.groupby(["kind", "learner"]):
        strategies = sorted(group["strategy"].unique())
        place = group["strategy"].map({name: i for i, name in enumerate(strategies)}).to_numpy()
        eta, gap = group["error_rate"].to_numpy(), group["gap"].to_numpy()
        log_n = np.log(group["labels_a_class"].to_numpy() / _REFERENCE_LABELS)

        def residuals(p: Floats) -> Floats:
            said: Floats = eta * np.exp(p[place] - p[-1] * log_n)  # noqa: B023 (called within this turn)
            return np.asarray((gap - said) / np.sqrt(eta))  # noqa: B023

        solution = least_squares(residuals, np.append(np.full(len(strategies), -1.0), 0.2)).x
        said = eta * np.exp(solution[place] - solution[-1] * log_n)
        scale = group.assign(top=said * gap, below=said**2).groupby("data_set")[["top", "below"]].sum()
        spread = float(np.log(np.maximum(scale["top"] / scale["below"], 0.05)).std(ddof=1)) if len(scale) > 1 else 0.0
        for name, a in zip(strategies, solution[:-1], strict=True):
            rows.append(
                {"kind": kind, "learner": learner, "strategy": name}
                | {"loss_at_100": float(np.exp(a)), "b": float(solution[-1]), "spread": spread}
            )
    return pd.DataFrame(rows)


def foretell_left_out(gaps: pd.DataFrame) -> pd.DataFrame:
    """Foretell each data set's values by the rule that the others give.

    Returns:
        The rows of `gaps` with `rule`, the value foretold, and `low` and `high`, its 80% interval.
    """
    parts = []
    for name, rows in gaps.groupby("data_set"):
        rule = fit_rule(gaps[gaps["data_set"] != name])
        both = rows.merge(rule, on=["kind", "learner", "strategy"])
        loss = both["loss_at_100"] * (both["labels_a_class"] / _REFERENCE_LABELS) ** -both["b"]
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
    keys = ["learner", "kind", "error_rate"]
    columns = ["lost", *METHODS, "inside"]
    by_set = each.groupby([*keys, "data_set"])[columns].mean()
    summary = by_set.groupby(keys)[columns].mean()
    summary.insert(0, "data_sets", by_set.groupby(keys).size())
    return summary.reset_index()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, fit, foretell what was left out, and print it."""
    parser = argparse.ArgumentParser(prog="python -m research.label_errors", description=__doc__)
    parser.add_argument("source", nargs="?", type=Path, default=KEPT, help="a store's folder or a curve table")
    parser.add_argument("--keep", action="store_true", help="keep the learners that have every data set, as one file")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    asked = parser.parse_args(arguments)
    return finish(lambda: _answer(asked))


def _answer(asked: argparse.Namespace) -> None:
    table = read_table(asked.source)
    if asked.keep:
        columns = ["dataset", "classes", "learner", "strategy", "seed", "labels", "metric", "value", NOISE_COLUMN]
        whole = table.groupby("learner")["dataset"].transform("nunique") == table["dataset"].nunique()
        table = table.loc[whole, columns].assign(value=table["value"].round(4))
        table.to_parquet(KEPT, index=False, compression="zstd")
    gaps = measure_gaps(table)
    rule, summary = fit_rule(gaps), summarise(foretell_left_out(gaps))
    if asked.json:
        print_json({"rule": rule.to_dict("records"), "left_out": summary.to_dict("records")})
        return
    print("Points lost for each point of errors at 100 labels a class, by kind, learner and strategy")
    print(rule.assign(kind=rule["kind"].map(KINDS)).round(3).to_string(index=False))
    print("\nPoints of accuracy lost, and error of each method in points, data sets left out")
    print(summary.assign(kind=summary["kind"].map(KINDS)).round(2).to_string(index=False))


if __name__ == "__main__":
    sys.exit(main())
