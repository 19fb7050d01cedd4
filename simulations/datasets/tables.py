"""The tables that ship with labelplan: classics of the field from the UCI repository, and scikit-learn's digits.

`tables/ATTRIBUTION.md` names their donors; `research/prepare_tables.py` wrote them.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simulations.arrays import IntArray
from simulations.datasets.dataset import Dataset, DatasetEntry, Scaling, checked_test_size, rare_items

FOLDER = Path(__file__).parent / "tables"
_DIGITS = 1797
"""Items of `digits`, of 64 features and 10 classes."""


@dataclass(frozen=True)
class ShippedTable:
    """A shipped table.

    Args:
        name: the registered name, and the stem of its file.
        items: rows.
        features: columns, one indicator a category.
        classes: number of classes.
        test_size: default of the setting.
        source: the UCI entry: title, donor, year.
        paper: the source to cite.
        summary: one sentence.
        scaling: see `Dataset`.
        kind: kind of the data set.
    """

    name: str
    items: int
    features: int
    classes: int
    test_size: int
    source: str
    paper: str
    summary: str
    scaling: Scaling = "feature"
    kind: str = "tabular"

    @property
    def entry(self) -> DatasetEntry:
        """The table as a registered data set."""
        return DatasetEntry(
            name=self.name,
            family="UCI",
            paper=self.paper,
            needs="nothing",
            summary=self.summary,
            kind=self.kind,
            defaults={"test_size": self.test_size},
            size=lambda settings: (self.items, int(settings["test_size"]), self.classes),
            load=partial(load_table, self),
            features=lambda settings: self.features,
            licence=f"CC BY 4.0 (UCI, {self.source})",
        )


def load_table(table: ShippedTable, *, test_size: int) -> Dataset:
    """Load a shipped table; columns of categories become one indicator column a category.

    Classes of fewer than four items, which `nursery` has one of, stay in the pool: no share of them can be held out.

    Args:
        table: which.
        test_size: items held out of every pool; more make the measured accuracies less noisy and the pool smaller.

    Raises:
        InputError: the test set would leave no pool.
    """
    checked_test_size(table.name, test_size, table.items, table.classes)
    features, labels, _ = read_table(table.name)
    pool_only = rare_items(labels, table.classes)
    return Dataset(features, labels, labels, table.kind, table.classes, test_size, table.scaling, pool_only)


def read_table(name: str) -> tuple[npt.NDArray[np.float32], IntArray, list[str]]:
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


TABLES = (
    ShippedTable(
        "letter",
        items=20_000,
        features=16,
        classes=26,
        test_size=4000,
        source="Letter Recognition, D. Slate 1991",
        paper="Frey & Slate 1991, Letter recognition using Holland-style adaptive classifiers",
        summary="20,000 printed letters by 16 shape statistics, 26 balanced classes; no linear model reaches 80%.",
    ),
    ShippedTable(
        "penbased",
        items=10_992,
        features=16,
        classes=10,
        test_size=2200,
        scaling="global",
        source="Pen-Based Recognition of Handwritten Digits, E. Alpaydin & F. Alimoglu 1996",
        paper="Alimoglu & Alpaydin 1996, Methods of combining multiple classifiers based on different representations",
        summary="10,992 digits written on a tablet, as 8 pen positions, 10 balanced classes.",
    ),
    ShippedTable(
        "optdigits",
        items=5620,
        features=64,
        classes=10,
        test_size=1100,
        scaling="global",
        kind="image",
        source="Optical Recognition of Handwritten Digits, E. Alpaydin & C. Kaynak 1998",
        paper="Alpaydin & Kaynak 1998, Cascading classifiers",
        summary="5,620 handwritten digits of 8×8 pixels, 10 balanced classes; the whole of which `digits` is a part.",
    ),
    ShippedTable(
        "satimage",
        items=6435,
        features=36,
        classes=6,
        test_size=1300,
        source="Statlog (Landsat Satellite), A. Srinivasan 1993",
        paper="Michie, Spiegelhalter & Taylor 1994, Machine Learning, Neural and Statistical Classification",
        summary="6,435 satellite pixels with their neighbours in 4 bands, 6 kinds of soil and crop.",
    ),
    ShippedTable(
        "page-blocks",
        items=5472,
        features=10,
        classes=5,
        test_size=1800,
        source="Page Blocks Classification, D. Malerba 1995",
        paper="Esposito, Malerba & Semeraro 1994, Multistrategy learning for document recognition",
        summary="5,472 blocks of scanned pages by 10 measures, 5 classes, 90% of them text: strongly imbalanced.",
    ),
    ShippedTable(
        "magic",
        items=19_020,
        features=10,
        classes=2,
        test_size=3800,
        source="MAGIC Gamma Telescope, R. Bock 2007",
        paper="Bock et al. 2004, Methods for multidimensional event classification",
        summary="19,020 simulated telescope images by 10 measures, gamma rays against background: noisy, 2 classes.",
    ),
    ShippedTable(
        "kr-vs-k",
        items=28_056,
        features=40,
        classes=18,
        test_size=5000,
        scaling="global",
        source="Chess (King-Rook vs. King), M. Bain & A. van Hoff 1994",
        paper="Bain 1994, Learning logical exceptions in chess (thesis, University of Strathclyde)",
        summary="28,056 chess endings as 40 indicators of where the pieces stand, 18 depths of win: hard, imbalanced.",
    ),
    ShippedTable(
        "nursery",
        items=12_960,
        features=27,
        classes=5,
        test_size=2600,
        scaling="global",
        source="Nursery, V. Rajkovic 1997",
        paper="Olave, Rajkovic & Bohanec 1989, An application for admission in public school systems",
        summary="12,960 applications as 27 indicators, 5 classes, one of 2 items: these stay in the pool.",
    ),
)


def load_digits(*, test_size: int) -> Dataset:
    """Load the digits as 64 pixel features.

    They are the last 1,797 rows of `optdigits`, which ships with the package: number for number what
    `sklearn.datasets.load_digits` gives, without the seconds its import takes.

    Args:
        test_size: items held out of every pool; more make the measured accuracies less noisy and the pool smaller.

    Raises:
        InputError: the test set would leave no pool.
    """
    checked_test_size("digits", test_size, _DIGITS, 10)
    features, labels, _ = read_table("optdigits")
    features, labels = features[-_DIGITS:].astype(np.float64), labels[-_DIGITS:]
    return Dataset(features, labels, labels, "image", 10, test_size, "global")


DIGITS = DatasetEntry(
    name="digits",
    family="scikit-learn",
    paper="Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits (UCI)",
    needs="nothing",
    summary="1,797 handwritten digits of 8×8 pixels, 10 balanced classes, an easy image task.",
    kind="image",
    defaults={"test_size": 500},
    size=lambda settings: (_DIGITS, int(settings["test_size"]), 10),
    load=load_digits,
    features=lambda settings: 64,
    licence="CC BY 4.0 (UCI, Optical Recognition of Handwritten Digits)",
)
