"""A curve table in a few figures: each curve's last value, and the labels it saves against random.

Notation:
    V       (n_seeds, n_anchors)    values of one curve, a row a seed
    v       ()                      the value random reaches at the end of its mean curve
    s       ()                      label savings factor n_random(v) ÷ n_strategy(v)
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.curves.table import CURVE_KEYS
from planner.errors import InputError

Floats = npt.NDArray[np.float64]

RESAMPLES = 400


def summarise_curves(table: pd.DataFrame) -> pd.DataFrame:
    """Summarise every curve of a validated table, one row each.

    Returns:
        The columns of `CURVE_KEYS`, then `seeds`, `rounds`, `labels` (most measured), `value` (mean there), `q10` and
        `q90` (over seeds), `savings_factor` with `savings_q10` and `savings_q90` (bootstrap over seeds; at the value
        random ends with) and `p_never` (share of resamples that never reach that value); all None for random itself
        and where no random curve stands beside; a factor is None where the curve never reaches that value.
    """
    rows = []
    for keys, curve in table.groupby(list(CURVE_KEYS), sort=True):
        wide = _wide(curve)
        beside = table[_same_but_strategy(table, keys) & (table["strategy"] == "random")]
        last = wide.iloc[:, -1].to_numpy(dtype=float)
        rows.append(
            {
                **dict(zip(CURVE_KEYS, keys, strict=True)),
                "seeds": len(wide),
                "rounds": wide.shape[1],
                "labels": int(wide.columns[-1]),
                "value": float(last.mean()),
                "q10": float(np.quantile(last, 0.1)),
                "q90": float(np.quantile(last, 0.9)),
                **(_savings(wide, _wide(beside)) if len(beside) and keys[2] != "random" else _UNKNOWN),
            }
        )
    summary = pd.DataFrame(rows)
    # Columns of plain objects keep None as None; a float column would turn it into NaN.
    return summary.astype(dict.fromkeys(_UNKNOWN, object)).where(summary.notna(), None)


def write_curves(table: pd.DataFrame, path: Path) -> None:
    """Write a curve table as CSV or Parquet, by the ending of the path.

    Raises:
        InputError: another ending, or the file cannot be written.
    """
    if path.suffix not in (".csv", ".parquet"):
        raise InputError(f"{path}: found the ending '{path.suffix}'; allowed: .csv or .parquet")
    try:
        if path.suffix == ".csv":
            table.to_csv(path, index=False)
        else:
            table.to_parquet(path, compression="zstd", index=False)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error


_UNKNOWN = {"savings_factor": None, "savings_q10": None, "savings_q90": None, "p_never": None}


def _same_but_strategy(table: pd.DataFrame, keys: tuple[object, ...]) -> "pd.Series[bool]":
    same = pd.Series(True, index=table.index)
    for name, key in zip(CURVE_KEYS, keys, strict=True):
        if name != "strategy":
            same &= table[name] == key
    return same


def _wide(curve: pd.DataFrame) -> pd.DataFrame:
    """Give seeds × label counts, over the counts that every seed has (all of them when none is shared)."""
    wide = curve.pivot_table(index="seed", columns="labels", values="value", aggfunc="mean")
    shared = wide.dropna(axis=1)
    return shared if shared.shape[1] else wide.ffill(axis=1).bfill(axis=1)


def _savings(curve: pd.DataFrame, random: pd.DataFrame) -> dict[str, float | None]:
    rng = np.random.default_rng(0)  # a summary of the same table is the same summary
    values, beside = curve.to_numpy(dtype=float), random.to_numpy(dtype=float)
    counts = [np.asarray(wide.columns, dtype=float) for wide in (curve, random)]
    factor = _factor(values.mean(axis=0), beside.mean(axis=0), *counts)
    again: list[float | None] = []
    for _ in range(RESAMPLES):
        means = (V[rng.integers(0, len(V), len(V))].mean(axis=0) for V in (values, beside))
        again.append(_factor(*means, *counts))
    # A resample that never gets there saves less than any that does; where it is the quantile, the quantile is None.
    ordered = sorted(again, key=lambda one: -1.0 if one is None else one)
    return {
        "savings_factor": factor,
        "savings_q10": ordered[RESAMPLES // 10],
        "savings_q90": ordered[RESAMPLES - 1 - RESAMPLES // 10],
        "p_never": again.count(None) / RESAMPLES,
    }


def _factor(mean: Floats, mean_random: Floats, labels: Floats, labels_random: Floats) -> float | None:
    level = np.maximum.accumulate(mean_random)[-1]
    needs = [_first_passage(m, n, level) for m, n in ((mean_random, labels_random), (mean, labels))]
    return None if needs[0] is None or needs[1] is None else needs[0] / needs[1]


def _first_passage(mean: Floats, labels: Floats, level: float) -> float | None:
    """Give the label count at which the running best of a mean curve first reaches `level`, log-interpolated."""
    best = np.maximum.accumulate(mean)
    reached = np.flatnonzero(best >= level)
    if not len(reached):
        return None
    i = int(reached[0])
    if i == 0:
        return float(labels[0])
    share = (level - best[i - 1]) / (best[i] - best[i - 1])
    return float(np.exp(np.log(labels[i - 1]) + share * np.log(labels[i] / labels[i - 1])))
