"""Reads the tables of archives of learning curves: the columns that are needed, as numbers where numbers belong."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd

from simulations.errors import InputError

__all__ = ["read_table"]


def read_table(
    source: IO[bytes] | Path,
    where: str,
    *,
    texts: Sequence[str],
    numbers: Sequence[str],
    optional: Collection[str] = (),
) -> pd.DataFrame:
    """Read some columns of a CSV, which may be gzipped.

    Args:
        source: an open file, or a path.
        where: the name used in messages.
        texts: columns that are read as they are.
        numbers: columns that must hold finite numbers.
        optional: numeric columns that may be missing, and that may be empty in places.

    Raises:
        InputError: it cannot be read, lacks a column, has no rows, or holds something else than a number.
    """
    wanted = {*texts, *numbers, *optional}
    try:
        rows = pd.read_csv(source, usecols=lambda name: name in wanted, low_memory=False)
    except (ValueError, OSError, EOFError) as error:
        raise InputError(f"{where}: cannot be read as a table ({str(error).splitlines()[0]})") from error
    missing = [name for name in (*texts, *numbers) if name not in rows.columns]
    if missing:
        raise InputError(f"{where}: column '{missing[0]}' is missing; needed: {', '.join((*texts, *numbers))}")
    if rows.empty:
        raise InputError(f"{where}: the table has no rows")
    for name in (*numbers, *(name for name in optional if name in rows.columns)):
        rows[name] = _finite(rows[name], where, empty_too=name in optional)
    return rows


def _finite(column: pd.Series, where: str, *, empty_too: bool) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = ~np.isfinite(numbers.to_numpy(dtype=float))
    if empty_too:
        wrong &= column.notna().to_numpy()
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(
            f"{where}, row {row + 1}, column '{column.name}': found {str(column.iloc[row])!r}; allowed: a number"
        )
    return numbers
