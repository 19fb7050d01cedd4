"""A pilot that arrives as the bytes of a CSV file: read in memory, checked like any curve table, never written."""

import pandas as pd

from simulations.curve_table import CURVE_KEYS, parse_curves
from simulations.errors import InputError
from simulations.files import check_size

MOST_BYTES = 5_000_000
MOST_ROWS = 100_000
MOST_CURVES = 60


def read_pilot(data: bytes, *, name: str, metric: str | None = None, test_size: int | None = None) -> pd.DataFrame:
    """Read and validate a curve table from the bytes of a CSV file.

    Args:
        data: the file.
        name: what messages call it.
        metric: see `read_curves`.
        test_size: see `read_curves`.

    Raises:
        InputError: too large, not a CSV table in UTF-8, or it breaks the contract of `validate_curves`.
    """
    check_size(data, MOST_BYTES, name)
    # A name that ends otherwise would be read otherwise.
    if b"\0" in data or not name.lower().endswith(".csv"):
        raise InputError(f"{name}: not a CSV file; allowed: a table in text, its name ending in .csv")
    if data.count(b"\n") > MOST_ROWS:
        raise InputError(f"{name}: found more than {MOST_ROWS:,} rows; allowed: up to that many")
    table = parse_curves(data, where=name, metric=metric, test_size=test_size)
    curves = len(table[[key for key in CURVE_KEYS if key in table.columns]].drop_duplicates())
    if curves > MOST_CURVES:
        raise InputError(f"{name}: found {curves:,} curves; allowed: up to {MOST_CURVES} in a pilot")
    return table


def pilot_template(metric: str, strategies: tuple[str, ...], test_size: int | None = None) -> str:
    """Write a CSV file that explains itself: the columns of a pilot, and example rows as comments.

    Args:
        metric: of the plan.
        strategies: the plan's, random aside; the first of them stands in the examples.
        test_size: the plan's test labels.
    """
    other = next((name for name in strategies if name != "random"), "margin")
    tested = test_size or 1_000
    examples = [
        f"# {strategy},{seed},{labels},{value},{tested}"
        for strategy, seed, labels, value in (
            ("random", 0, 100, 0.71),
            ("random", 0, 200, 0.78),
            ("random", 0, 400, 0.83),
            ("random", 0, 800, 0.86),
            (other, 0, 100, 0.71),
            (other, 0, 200, 0.80),
        )
    ]
    lines = [
        f"# Your own learning curves in {metric}: one row a training. Lines that begin with # are not read.",
        "# labels: items labelled. value: a fraction from 0 to 1 (0.93, not 93). Both are needed.",
        "# strategy: how these were chosen, random where the column is left out; a forecast needs random at four",
        "#   label counts or more, a comparison needs another strategy beside it.",
        "# seed: one number a repeat; the same seed of two strategies shares split and first labels.",
        "# test_size: held-out items that the value was measured on.",
        "# More columns may be added: batch_size, initial_size, learner, metric, classes.",
        "strategy,seed,labels,value,test_size",
        *examples,
    ]
    return "\n".join(lines) + "\n"
