"""Stream-based selection: items pass by once, and each is labelled at once or never.

The rule is the variable uncertainty strategy of Žliobaitė, Bifet, Pfahringer & Holmes 2014, Active learning with
drifting streaming data (IEEE Transactions on Neural Networks and Learning Systems 25:27), algorithm 3. While the budget
leaves room, an item is bought where the model's sureness of it is below a bar, which falls by 1% with each item bought
and rises by 1% with each that is let pass. Such a bar buys about half of what it is asked about: with a share above a
half, some of the budget is left over.

Theirs is the probability of the likeliest class. Here sureness is 0 where all classes are equally likely and 1 where
one is certain, so that a bar that starts at 1 means the same for all strategies and numbers of classes. Among items it
falls in the order in which the strategy of that name would choose them from a pool.
"""

from collections.abc import Callable, Mapping

import numpy as np

from simulations.arrays import Ints, Reals
from simulations.strategies.uncertainty import entropy, margin

STEP = 0.01
"""By how much the bar moves with each item, as a share of itself."""

WINDOW = 100
"""Items over which the spending is estimated, as in the paper."""

SURENESS: Mapping[str, Callable[[Reals], Reals]] = {
    "least_confidence": lambda p: 1.0 - (1.0 - p.max(axis=-1)) / (1.0 - 1.0 / p.shape[-1]),
    "margin": margin,
    "entropy": lambda p: 1.0 - entropy(p) / np.log(p.shape[-1]),
}
"""By strategy: probabilities (..., C) to how sure the model is, (...)."""

STREAM_STRATEGIES = ("random", *SURENESS)


class ItemStream:
    """The items of one pool as they pass by, and the budget of labels.

    The budget manager is equations 1 and 2 of the paper: spending u ← u (w − 1)/w + 1{bought} over about the last w
    items, and room for a label while u/w is below the share. It begins with nothing spent, so that a dozen or two
    labels more are bought than the share of what has passed.

    Args:
        arrivals: (n,), rows of the pool in the order in which they pass.
        share: labels per item that may be bought, above 0 and at most 1.

    Attributes:
        passed: items that have passed by.
    """

    def __init__(self, arrivals: Ints, share: float) -> None:
        self.arrivals, self.share, self.passed = arrivals, share, 0
        self._bar, self._spent = 1.0, 0.0

    def buy(self, k: int, sureness: Reals | None, rng: np.random.Generator) -> Ints:
        """Let items pass until k ≥ 1 are bought or none is left, and give the rows bought, (k,) or fewer.

        The sureness is that of each row of the pool, by the model of the day; with None each item is bought with the
        probability of the share, which needs no manager.
        """
        bought: list[int] = []
        for row in self.arrivals[self.passed :].tolist():
            self.passed += 1
            if rng.random() < self.share if sureness is None else self._wants(float(sureness[row])):
                bought.append(row)
                if len(bought) == k:
                    break
        return np.array(bought, dtype=np.int64)

    def _wants(self, sureness: float) -> bool:
        wanted = False
        if self._spent / WINDOW < self.share:
            wanted = sureness < self._bar
            self._bar *= 1.0 - STEP if wanted else 1.0 + STEP
        self._spent = self._spent * (WINDOW - 1) / WINDOW + wanted
        return wanted
