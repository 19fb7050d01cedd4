"""What was spent on annotation by each round, in every unit that is known: the curve table's other axes.

Labels are what curves are drawn over, and are worth different amounts: an item that several people vote on costs
several votes, a long sentence many tokens, a hard item more seconds.

Notation
    R       rounds after the initial set; R + 1 measurements
    s (n,)  seconds that each item of a pool takes
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simulations.oracle import ItemTimes, votes_each

if TYPE_CHECKING:
    import pandas as pd

    from simulations.record import Record

VOTES, SECONDS = "votes", "annotation_seconds"
SPENDING_COLUMNS = ("trajectory", "round", "unit", "spent")


def seconds_spent(
    times: ItemTimes | None, labelled: npt.NDArray[np.int64], labels: Sequence[int]
) -> Mapping[str, tuple[float, ...]]:
    """Add up the seconds that a trajectory's annotators took by each measurement.

    Args:
        times: s, of the items of its pool; None where nobody tells.
        labelled: rows of the pool, in the order in which they were labelled.
        labels: how many of them were labelled at each measurement.

    Returns:
        `annotation_seconds`, R + 1 numbers that rise, to the millisecond; nothing where nobody tells.
    """
    if times is None:
        return {}
    total = np.cumsum(times.seconds[labelled])[np.asarray(labels) - 1]
    return {SECONDS: tuple(round(float(seconds), 3) for seconds in total)}


def spent_of(record: "Record") -> dict[str, tuple[float, ...]]:
    """Give what a record's trajectory had spent at each measurement, by unit.

    Votes follow from the oracle: as many an item as it asks for, one unless it is `votes`. The other units are those
    that were recorded: `annotation_seconds` where the oracle tells them, `tokens` where answers are sequences.
    """
    each = votes_each(record.trajectory.oracle)
    return {VOTES: tuple(float(each * labels) for labels in record.labels), **record.spent}


def spending_table(records: "Iterable[Record]") -> "pd.DataFrame":
    """Write what was spent, one row per trajectory, round and unit, to stand beside the curve table.

    Returns:
        `trajectory, round, unit, spent`, sorted by the first three; `spent` is cumulative and never falls in a
        trajectory's unit.
    """
    import pandas as pd

    rows = [
        (record.trajectory.key, r, unit, spent)
        for record in records
        for unit, values in spent_of(record).items()
        for r, spent in enumerate(values)
    ]
    frame = pd.DataFrame(rows, columns=list(SPENDING_COLUMNS))
    return frame.sort_values(["trajectory", "round", "unit"], ignore_index=True)
