"""Summarise a curve table: each curve's last value, and its area and label savings beside random's."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from planner.curves.comparisons import compare_areas
from planner.curves.label_savings import LabelSavings, label_savings
from planner.curves.replicates import BASELINE, Replicates, families
from simulations.curve_table import CURVE_KEYS

_SAVINGS = {
    "factor": "savings_factor",
    "q10": "savings_q10",
    "q90": "savings_q90",
    "p_never": "p_never",
    "pairs": "pairs",
    "unreached": "unreached",
    "reason": "reason",
}
_AGAINST_RANDOM = ("area_difference", "area_q10", "area_q90", "area_p", *_SAVINGS.values())


def summarise_curves(table: pd.DataFrame, savings: Sequence[LabelSavings] | None = None) -> pd.DataFrame:
    """Summarise every curve of a validated table, one row each.

    Args:
        table: from `read_curves` or `validate_curves`.
        savings: from `label_savings` of the same table, where it is at hand.

    Returns:
        The columns of `CURVE_KEYS` (`initial_size` is None where the table has none), then `seeds`, `rounds` and
        `labels` (label counts that all seeds cover: how many, and the last), `value` (mean there), `q10` and `q90`
        (over two or more seeds), `area_difference` with `area_q10`, `area_q90` and `area_p` (mean area under the curve
        minus random's, seeds as pairs, uncorrected p), and `savings_factor` with `savings_q10`, `savings_q90`,
        `p_never`, `pairs` and `unreached` (see `LabelSavings`, at the value random ends with). What is unknown is None;
        `reason` says why.
    """
    last = {
        tuple(getattr(point, key) for key in CURVE_KEYS): point
        for point in (label_savings(table) if savings is None else savings)
        if point.share == 1.0 or point.at is None
    }
    rows = []
    for identity, curves in families(table):
        for name, curve in curves.items():
            own = {key: ({"strategy": name} | identity)[key] for key in CURVE_KEYS}
            against = _against_random(curve, curves.get(BASELINE), last.get(tuple(own.values())))
            rows.append({**own, **_curve_end(curve), **against})
    # Plain objects keep None as None; a float column would turn it into NaN.
    return pd.DataFrame(rows, dtype=object)


def _curve_end(curve: Replicates) -> dict[str, Any]:
    """Say where a curve ends and how high; the value of seeds that share no label count is unknown."""
    if curve.ends is None:
        return {"seeds": len(curve.curves), **dict.fromkeys(("rounds", "labels", "value", "q10", "q90"))}
    counts, values = curve.grid()
    last = values[:, -1]
    # One seed says nothing of others.
    low, high = np.quantile(last, (0.1, 0.9)).tolist() if len(last) > 1 else (None, None)
    end = {"seeds": len(last), "rounds": len(counts), "labels": int(counts[-1])}
    return {**end, "value": float(last.mean()), "q10": low, "q90": high}


def _against_random(curve: Replicates, random: Replicates | None, savings: LabelSavings | None) -> dict[str, Any]:
    """Compare a curve with random's, where it has one beside it and is none itself."""
    fields: dict[str, Any] = dict.fromkeys(_AGAINST_RANDOM)
    if curve.ends is None:
        fields["reason"] = "its seeds share no range of labels"
    if savings is None:
        return fields
    fields.update({column: getattr(savings, name) for name, column in _SAVINGS.items()})
    if random is not None:
        d = compare_areas(curve, random)["paired"]
        fields.update(area_difference=d.difference, area_q10=d.q10, area_q90=d.q90, area_p=d.p_value)
    return fields
