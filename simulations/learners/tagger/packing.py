"""Sentences laid out position by position, so that one product serves a position of all of them.

The longest sentence stands first. Then the sentences that have a position are the first ones of those that have the
position before it, and no room is spent on padding.

Notation
    S, N, T   sentences, tokens, positions: tokens of the longest sentence
    m_t       sentences that have position t, which never rises
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from simulations.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Packed:
    """Where the tokens of some sentences lie.

    Args:
        order: (S,), which of the sentences given stands where; the longest first.
        bounds: (T + 1,), where the tokens of each position begin, and N.
        tokens: (N,), which token of the data set lies where.
    """

    order: IntArray
    bounds: IntArray
    tokens: IntArray

    @property
    def positions(self) -> Iterator[slice]:
        """Where the tokens of each position lie, from the first."""
        return (slice(a, b) for a, b in zip(self.bounds[:-1].tolist(), self.bounds[1:].tolist(), strict=True))

    @cached_property
    def owners(self) -> IntArray:
        """Which sentence, as it stands here, a token belongs to: (N,)."""
        owners: IntArray = np.arange(len(self.tokens)) - np.repeat(self.bounds[:-1], np.diff(self.bounds))
        return owners

    @cached_property
    def before(self) -> IntArray:
        """Where the token before each token lies that is not the first of its sentence: (N - S,)."""
        counts = np.diff(self.bounds)
        first = int(counts[0])
        before: IntArray = np.arange(first, len(self.tokens)) - np.repeat(counts[:-1], counts[1:])
        return before

    def preceding(self, span: slice) -> slice:
        """Where the tokens lie that stand before those of a position but the first."""
        # The sentences that have a position are the first of those that have the one before.
        first = int(self.bounds[np.searchsorted(self.bounds, span.start) - 1])
        return slice(first, first + span.stop - span.start)

    def totals(self, values: npt.NDArray[np.floating]) -> FloatArray:
        """Add up what is told of tokens (N,) by sentence, in the order they were given: (S,)."""
        sums = np.empty(len(self.order))
        sums[self.order] = np.bincount(self.owners, values, minlength=len(self.order))
        return sums

    def in_order(self, values: FloatArray) -> FloatArray:
        """Put what is told of the sentences as they stand here, (S,), into the order they were given."""
        back = np.empty_like(values)
        back[self.order] = values
        return back


def pack(starts: IntArray, rows: IntArray) -> Packed:
    """Lay out some sentences of a data set.

    Args:
        starts: the first token of each sentence of the data set, and the number of its tokens at the end.
        rows: (S,), which sentences; each has a token.

    Examples:
        >>> pack(np.array([0, 2, 5]), np.array([0, 1])).tokens
        array([2, 0, 3, 1, 4])
    """
    lengths = starts[rows + 1] - starts[rows]
    order = np.argsort(-lengths, kind="stable")
    sorted_lengths = lengths[order]
    # m_t: how many lengths are above t.
    counts = np.searchsorted(-sorted_lengths, -np.arange(sorted_lengths[0]), side="left")
    bounds = np.concatenate([[0], np.cumsum(counts)])
    position = np.repeat(np.arange(len(counts)), counts)
    sentence = np.arange(bounds[-1]) - np.repeat(bounds[:-1], counts)
    return Packed(order, bounds, starts[rows[order]][sentence] + position)
