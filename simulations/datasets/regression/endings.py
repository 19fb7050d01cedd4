"""Chess endings with a number for an answer: moves until mate, of the endings of `kr-vs-k` that white wins."""

import numpy as np

from simulations.datasets.dataset import DatasetEntry
from simulations.datasets.regression.numbers import TASK, checked_held_out, numeric_data
from simulations.datasets.tables import read_table
from simulations.tasks.task import TaskData

ITEMS = 25_260
FEATURES = 40
_DRAW = "draw"
_NUMBERS = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight"),
    *("nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
]


def load_endings(*, test_size: int) -> TaskData:
    """Load the endings that are won, with the number of moves white needs.

    Args:
        test_size: items held out of every pool; more make the measured shares less noisy and the pool smaller.

    Raises:
        InputError: the test set would leave no pool.
    """
    checked_held_out("endings", test_size, ITEMS)
    features, labels, names = read_table("kr-vs-k")
    # A draw has no number of moves.
    won = labels != names.index(_DRAW)
    moves = np.array([_NUMBERS.index(name) if name != _DRAW else -1 for name in names], dtype=np.float64)
    return numeric_data("endings", features[won], moves[labels[won]], test_size, scaling="global")


ENDINGS = DatasetEntry(
    name="endings",
    family="UCI",
    paper="Bain 1994, Learning logical exceptions in chess (thesis, University of Strathclyde)",
    needs="nothing",
    summary="25,260 won chess endings as 40 indicators of where the pieces stand; moves until mate, free of noise.",
    kind="tabular",
    defaults={"test_size": 5000},
    size=lambda settings: (ITEMS, int(settings["test_size"]), 1),
    load=load_endings,
    features=lambda settings: FEATURES,
    licence="CC BY 4.0 (UCI, Chess (King-Rook vs. King), M. Bain & A. van Hoff 1994)",
    task=TASK,
)
