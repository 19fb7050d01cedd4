"""What recorded curves say of label savings: a fit for every pair of curves, made once for a table.

Notation: K knots of ln s; v progress ln(n ÷ n0).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from planner.curves.replicates import BASELINE, FAMILY_KEYS, Replicates, families
from planner.curves.savings.fit import SavingsFit, fit_savings
from planner.curves.savings.hardness import HARDNESS_AT
from planner.curves.table import clean_curves
from simulations.errors import InputError

_ABOUT = ("kind", "classes", "imbalance", "pool_size", "test_size")
_KEPT = 8  # tables and metrics


@dataclass(frozen=True, eq=False)
class Finding:
    """The savings of one strategy in one setting.

    Attributes:
        dataset: name of the data set, without its settings: settings of one data set are no independent data sets.
        setting: the full name, learner and batch size, in words.
        learner: its name.
        metric: what the values measure.
        kind: of data; None when not recorded.
        classes: number of classes; None when not recorded.
        imbalance: largest over smallest class share; None when not recorded.
        log_error: ln of random's error at `HARDNESS_AT` times the initial set.
        fit: the savings.
    """

    dataset: str
    setting: str
    learner: str
    metric: str
    kind: str | None
    classes: float | None
    imbalance: float | None
    log_error: float
    fit: SavingsFit

    @property
    def synthetic(self) -> bool:
        """Whether the data set was made up by a generator."""
        return self.dataset.startswith("synthetic")


class _Keyed:
    """A table that a cache can hold: equal where all cells are."""

    def __init__(self, table: pd.DataFrame) -> None:
        wanted = (*FAMILY_KEYS, *_ABOUT, "strategy", "seed", "labels", "value")
        self.table = table[[name for name in wanted if name in table.columns]]
        self.key = (*self.table.columns, pd.util.hash_pandas_object(self.table, index=False).to_numpy().tobytes())

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self.key == other.key


def recorded_metrics(table: pd.DataFrame, strategy: str) -> list[str]:
    """Name the metrics a strategy was recorded in.

    Raises:
        InputError: it was not recorded at all.
    """
    rows = table["strategy"] == strategy
    if strategy == BASELINE or not rows.any():
        known = sorted(set(table["strategy"]) - {BASELINE})
        raise InputError(
            f"strategy: found '{strategy}', of which no savings are recorded; allowed: {', '.join(known) or 'none'}"
        )
    return sorted(table.loc[rows, "metric"].unique())


def findings(table: pd.DataFrame, strategy: str, metric: str) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Fit the savings of a strategy in every setting where random stands beside it.

    Args:
        table: a validated curve table; curves simulated with wrong answers are left aside.
        strategy: compared with random.
        metric: whose values are read.

    Returns:
        The findings, sorted by data set and setting, and a sentence for each setting that could not be fitted.
    """
    clean, _ = clean_curves(table)
    return _findings(_Keyed(clean[clean["metric"] == metric]), strategy)


@lru_cache(maxsize=_KEPT)
def _families(keyed: _Keyed) -> tuple[tuple[dict[str, Any], dict[str, Replicates], dict[str, Any]], ...]:
    keys = [key for key in FAMILY_KEYS if key in keyed.table.columns]
    columns = [name for name in _ABOUT if name in keyed.table.columns]
    if not columns:
        return tuple((identity, curves, {}) for identity, curves in families(keyed.table))
    about = keyed.table.groupby(keys, sort=True)[columns].first().to_dict("records")
    return tuple(
        (identity, curves, {str(name): cell for name, cell in one.items()})
        for (identity, curves), one in zip(families(keyed.table), about, strict=True)
    )


@lru_cache(maxsize=4 * _KEPT)
def _findings(keyed: _Keyed, strategy: str) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    made, failed = [], []
    for identity, curves, about in _families(keyed):
        if strategy not in curves:
            continue
        setting = f"{identity['dataset']}, {identity['learner']}, batch size {identity['batch_size']}"
        if BASELINE not in curves:
            failed.append(f"{setting}: no curve of {BASELINE} stands beside {strategy}, so its savings are not used.")
            continue
        try:
            made.append(_finding(setting, identity, about, curves[strategy], curves[BASELINE]))
        except InputError as error:
            failed.append(f"{setting}: {error}; not used.")
    return tuple(made), tuple(failed)


def _finding(
    setting: str, identity: Mapping[str, Any], about: Mapping[str, Any], curve: Replicates, random: Replicates
) -> Finding:
    pool, tested = about.get("pool_size"), about.get("test_size")
    fit = fit_savings(
        curve,
        random,
        pool=None if pool is None else float(pool),
        **({} if tested is None else {"test_size": int(tested)}),
    )
    error = fit.baseline.error(np.array([fit.log_first + np.log(HARDNESS_AT)]))
    kind, classes, imbalance = (about.get(name) for name in ("kind", "classes", "imbalance"))
    return Finding(
        dataset=str(identity["dataset"]).partition(" [")[0],
        setting=setting,
        learner=str(identity["learner"]),
        metric=str(identity["metric"]),
        kind=None if kind is None else str(kind),
        classes=None if classes is None else float(classes),
        imbalance=None if imbalance is None else float(imbalance),
        log_error=float(np.log(error[0])),
        fit=fit,
    )
