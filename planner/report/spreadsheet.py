"""Tables as CSV files that people open in a spreadsheet."""

from typing import Any

import pandas as pd


def as_csv(frame: pd.DataFrame) -> str:
    """Write what a chart shows as CSV; a name that a spreadsheet would run is kept text by an apostrophe."""
    text: dict[str, Any] = {
        name: frame[name].map(lambda cell: f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@" else cell)
        for name in frame.columns
    }
    return str(pd.DataFrame(text).to_csv(index=False))
