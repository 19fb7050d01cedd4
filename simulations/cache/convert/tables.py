"""KEEL tables: comma-separated rows, sometimes below header lines that begin with `@`, the class last."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from simulations.cache.errors import FetchError
from simulations.cache.resource import Counts, Members

if TYPE_CHECKING:
    import pandas as pd

TABLE = "table.parquet"


def keel_table(members: Members, folder: Path) -> Counts:
    """Keep one table as Parquet: columns `x1`, `x2`, …, numbers or categories, then `label` as a word.

    Raises:
        FetchError: a row has more or fewer values than the first, or a value is missing.
    """
    (content,) = members.values()
    frame = parse_keel(content.decode("utf-8"))
    frame.to_parquet(folder / TABLE, index=False)
    return len(frame), int(frame["label"].nunique())


def parse_keel(text: str) -> "pd.DataFrame":
    """Read a KEEL table; a column is numeric when each of its values is a number."""
    import pandas as pd

    rows = [line for line in text.splitlines() if line.strip() and not line.startswith("@")]
    widths = {line.count(",") for line in rows}
    if len(widths) != 1:
        raise FetchError(f"a table's rows have different numbers of values: {sorted(width + 1 for width in widths)}")
    # Without missing values: `NA` and `None` are words in these tables.
    frame = pd.read_csv(io.StringIO("\n".join(rows)), header=None, skipinitialspace=True, na_filter=False)
    frame.columns = pd.Index([*(f"x{i + 1}" for i in range(frame.shape[1] - 1)), "label"])
    frame["label"] = frame["label"].astype(str).str.strip()
    words = [name for name in frame.columns[:-1] if not pd.api.types.is_numeric_dtype(frame[name])]
    # Categories are stored as small numbers, and read back ten times faster than words.
    for name in words:
        frame[name] = frame[name].astype(str).str.strip().astype("category")
    return frame
