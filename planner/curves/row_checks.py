"""Faults of a curve table that no single cell shows: a measurement given twice, standard errors for a part alone."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from simulations.errors import InputError

STATED_COLUMN = "standard_error"
"""Of values that are themselves means; a curve has it for every point or for none."""


def check_repeats(frame: pd.DataFrame, where: str) -> None:
    """Refuse a row that repeats another in every cell, where a column `seed` tells measurements apart.

    It would count as a replicate that never was. Without that column, rows at one label count are replicates, and two
    of them may well agree: on a test set of 200 items, two trainings often have the same accuracy.

    Args:
        frame: as it was read, before any column takes its default.
        where: the table's name in messages.

    Raises:
        InputError: names both rows (1 = first data row).
    """
    if "seed" not in {str(name).strip() for name in frame.columns}:
        return
    repeats = frame.duplicated().to_numpy()
    if not repeats.any():
        return
    row = int(np.argmax(repeats))
    alike = frame.groupby(list(frame.columns), dropna=False, sort=False).ngroup().to_numpy()
    first = int(np.argmax(alike == alike[row]))
    raise InputError(
        f"{where}, row {row + 1}: repeats row {first + 1} in every cell; allowed: each measurement once, and "
        "replicates under seeds of their own"
    )


def stated_errors(frame: pd.DataFrame, where: str, keys: Sequence[str]) -> pd.Series:
    """Give the standard errors as numbers, NaN for curves that have none.

    Args:
        frame: a curve table with that column.
        where: the table's name in messages.
        keys: columns that tell curves apart.

    Raises:
        InputError: one is no fraction, or is stated for a part of a curve; names row (1 = first data row), what was
            found, what is allowed.
    """
    cells = frame[STATED_COLUMN]
    stated = pd.to_numeric(cells, errors="coerce")
    empty = (cells.isna() | (cells.astype(str).str.strip() == "")).to_numpy()
    bad = ~empty & ~stated.between(0.0, 1.0).to_numpy()
    if bad.any():
        raise _fault(where, bad, repr(str(cells.iloc[int(np.argmax(bad))])), "a fraction from 0 to 1")
    some = pd.Series(~empty).groupby([frame[key] for key in keys if key in frame.columns]).transform("any").to_numpy()
    if (some & empty).any():
        raise _fault(
            where, some & empty, "''", "a fraction from 0 to 1 for every point of a curve, or for none of them"
        )
    return stated.astype(float)


def _fault(where: str, bad: np.ndarray[tuple[int], np.dtype[np.bool_]], found: str, allowed: str) -> InputError:
    return InputError(
        f"{where}, row {int(np.argmax(bad)) + 1}, column '{STATED_COLUMN}': found {found}; allowed: {allowed}"
    )
