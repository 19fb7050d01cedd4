"""What an oracle may know of the items beside their labels: how hard each is, and what it is mistaken for."""

from dataclasses import dataclass

from simulations.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Items:
    """How hard items are to tell apart, for those who err more on hard ones.

    Args:
        hardness: shape (n,), each item's rank among those of its data set, strictly between 0 (plain) and 1.
        mistaken_for: shape (n,), the class that an item looks most like beside its own.
    """

    hardness: FloatArray
    mistaken_for: IntArray

    def take(self, rows: IntArray) -> "Items":
        """Give some of the items."""
        return Items(self.hardness[rows], self.mistaken_for[rows])
