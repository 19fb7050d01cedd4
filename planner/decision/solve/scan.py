"""All the settings at which an answer changes from no to yes or back: a scan, then sections of every step at once.

Notation:
    x       (G,)        settings tried, ascending
    yes     (K, G)      whether each of K questions is answered with yes
    over    (K, G)      by how much it is, below 0 where it is not
    B                   steps of the scan over which an answer changes, of all questions together
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.arrays import Bools, Floats

Question = Callable[[Floats], Bools]
"""Settings (G,) -> answers (K, G)."""

SECTIONS = 8
FINER = 5  # parts of a step in which an answer may change and change back
NARROWINGS = 8  # at most: a step of the scan ÷ 8⁸
CLOSE = 1e-7  # of the setting


@dataclass(frozen=True)
class Changes:
    """Where the answer to one question changes.

    Attributes:
        begins: whether it is yes at the first setting.
        at: settings at which it changes, ascending, each on the side where it is yes.
    """

    begins: bool
    at: tuple[float, ...]


def doubtful(over: Floats, x: Floats, *, whole: bool = False) -> Floats:
    """Give settings to look at besides: about those at which an answer nearly changes, and may change and change back.

    Where it comes nearest to changing, and is no further from it than it moved in a step beside, a change may hide.

    Args:
        over: by how much each question is answered with yes at the settings of the scan.
        x: those settings, ascending.
        whole: whether only whole numbers can be set.
    """
    far, yes = np.abs(over), over >= 0
    inner = slice(1, -1)
    nearest = (far[:, inner] <= far[:, :-2]) & (far[:, inner] <= far[:, 2:])
    moved = np.maximum(np.abs(over[:, inner] - over[:, :-2]), np.abs(over[:, 2:] - over[:, inner]))
    same = (yes[:, inner] == yes[:, :-2]) & (yes[:, inner] == yes[:, 2:])
    at = 1 + np.flatnonzero((nearest & same & (far[:, inner] <= moved)).any(axis=0))
    low = np.unique(np.concatenate([at - 1, at]))
    shares = np.arange(1, FINER) / FINER
    found = (x[low][:, None] + (x[low + 1] - x[low])[:, None] * shares).ravel()
    return np.setdiff1d(np.rint(found) if whole else found, x)


def changes(
    question: Question, x: Floats, *, whole: bool = False, close: float = CLOSE, yes: Bools | None = None
) -> tuple[Changes, ...]:
    """Find where the answers to K questions change.

    An answer that changes twice within one step of the scan is not seen to change (but see `doubtful`).

    Args:
        question: answers all K questions for settings of shape (G,).
        x: settings to scan, ascending.
        whole: whether only whole numbers can be set; they are found exactly.
        close: how near to a change, as a share of the setting, is near enough.
        yes: the answers at x, where they are known.

    Examples:
        >>> inside = lambda x: np.stack([(x > 2) & (x <= 40)])
        >>> [(found.begins, np.round(found.at, 3).tolist()) for found in changes(inside, np.geomspace(1, 100, 20))]
        [(False, [2.0, 40.0])]
    """
    yes = question(x) if yes is None else yes
    k, i = np.nonzero(yes[:, 1:] != yes[:, :-1])
    low, high, left = x[i], x[i + 1], yes[k, i]
    for _ in range(NARROWINGS):
        wide = high - low > (1 if whole else close * np.abs(high))
        if not wide.any():
            break
        low[wide], high[wide] = _narrowed(question, k[wide], low[wide], high[wide], left[wide], whole=whole)
    at = np.where(left, low, high)
    return tuple(Changes(bool(row[0]), tuple(at[k == j].tolist())) for j, row in enumerate(yes))


def _narrowed(
    question: Question, k: npt.NDArray[np.intp], low: Floats, high: Floats, left: Bools, *, whole: bool
) -> tuple[Floats, Floats]:
    """Cut each step into sections and keep the first one over which its answer changes."""
    shares = np.linspace(0, 1, SECTIONS + 1)
    edges = low[:, None] + (high - low)[:, None] * shares
    edges[:, -1] = high  # rounding must not move the end at which the answer is known
    if whole:
        edges = np.rint(edges)
    inner = edges[:, 1:-1]
    yes = question(inner.ravel()).reshape(-1, *inner.shape)[k, np.arange(len(k))]
    changed = np.concatenate([yes != left[:, None], np.ones((len(k), 1), dtype=bool)], axis=1)
    first, rows = changed.argmax(axis=1), np.arange(len(k))
    return edges[rows, first], edges[rows, first + 1]
