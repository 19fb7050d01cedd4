"""The tables that ship with labelplan: classics of the field from the UCI repository, and scikit-learn's digits.

`tables/tables.toml` describes them and `tables/ATTRIBUTION.md` names their donors; `research/prepare_tables.py` wrote
them.
"""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from simulations.arrays import Ints, Singles
from simulations.datasets.dataset import Dataset, DatasetEntry, check_test_size, rare_items

FOLDER = Path(__file__).parent / "tables"
_DIGITS = 1797
"""Items of `digits`, of 64 features and 10 classes."""


def read_table(name: str) -> tuple[Singles, Ints, list[str]]:
    """Read the features (n, d), the class numbers (n,) and the class names (C,) of a shipped table."""
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as arrays:
        values, levels = arrays["values"], arrays["levels"]
        decimals, labels, classes = int(arrays["decimals"]), arrays["labels"], arrays["classes"]
    if levels.any():
        columns = [values[:, j, None] == np.arange(count) for j, count in enumerate(levels)]
        features = np.concatenate(columns, axis=1).astype(np.float32)
    else:
        # Divided in double precision, so that each number is the single one nearest to the decimal published.
        features = (values / 10.0**decimals).astype(np.float32)
    return features, labels.astype(np.int64), [str(c) for c in classes]


def fixed_entry(
    load: Callable[..., Any], *, items: int, classes: int, features: int, test_size: int, **facts: Any
) -> DatasetEntry:
    """Describe a data set whose only setting is how many of its items are held out; `facts` are the other fields."""
    return DatasetEntry(
        defaults={"test_size": test_size},
        size=lambda settings: (items, int(settings["test_size"]), classes),
        load=load,
        features=lambda settings: features,
        **facts,
    )


def _shipped_table(name: str, table: Mapping[str, Any]) -> DatasetEntry:
    """Describe a shipped table; `features` counts its columns, one indicator a category, and `source` is its UCI entry.

    Classes of fewer than four items, which `nursery` has one of, stay in the pool: no share of them can be held out.
    """
    items, classes, kind = table["items"], table["classes"], table.get("kind", "tabular")

    def load(*, test_size: int) -> Dataset:
        check_test_size(name, test_size, items, classes)
        X, labels, _ = read_table(name)
        scaling, rare = table.get("scaling", "feature"), rare_items(labels, classes)
        return Dataset(X, labels, labels, kind, classes, test_size, scaling, rare)

    told = {key: table[key] for key in ("items", "classes", "features", "test_size", "paper", "summary")}
    licence = f"CC BY 4.0 (UCI, {table['source']})"
    return fixed_entry(load, name=name, family="UCI", kind=kind, licence=licence, **told)


TABLES = tuple(
    _shipped_table(name, table)
    for name, table in tomllib.loads((FOLDER / "tables.toml").read_text(encoding="utf-8")).items()
)


def load_digits(*, test_size: int) -> Dataset:
    """Load the digits as 64 pixel features.

    They are the last 1,797 rows of `optdigits`, which ships with the package: number for number what
    `sklearn.datasets.load_digits` gives, without the seconds its import takes.
    """
    check_test_size("digits", test_size, _DIGITS, 10)
    features, labels, _ = read_table("optdigits")
    features, labels = features[-_DIGITS:].astype(np.float64), labels[-_DIGITS:]
    return Dataset(features, labels, labels, "image", 10, test_size, "global")


DIGITS = fixed_entry(
    load_digits,
    items=_DIGITS,
    classes=10,
    features=64,
    test_size=500,
    name="digits",
    family="scikit-learn",
    paper="Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits (UCI)",
    summary="1,797 handwritten digits of 8×8 pixels, 10 balanced classes, an easy image task.",
    kind="image",
    licence="CC BY 4.0 (UCI, Optical Recognition of Handwritten Digits)",
)
