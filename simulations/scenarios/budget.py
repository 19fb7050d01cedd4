"""What a stream may still spend: labels over items seen, with old items forgotten."""

from dataclasses import dataclass, field

from simulations.errors import InputError


@dataclass
class BudgetManager:
    """Keeps the share of labelled items near a budget without remembering each of them.

    Žliobaitė, Bifet, Pfahringer & Holmes 2014 (IEEE Transactions on Neural Networks and Learning Systems 25:27),
    equations 1 and 2: u ← u (w − 1)/w + 1{labelled}, and a label may be bought while u/w is below the budget. It is an
    estimate over the last w items or so; what was spent over all is counted beside it, so that an overrun is seen.

    Args:
        share: labels per item that may be spent, above 0 and at most 1.
        window: w, items over which the spending is estimated; a small one lets spending come in bursts less.

    Raises:
        InputError: a setting is out of range.
    """

    share: float
    window: int = 100
    seen: int = field(default=0, init=False)
    spent: int = field(default=0, init=False)
    _recent: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise InputError(f"stream, budget: found {self.share}; allowed: above 0 and at most 1")
        if self.window < 1:
            raise InputError(f"stream, window: found {self.window}; allowed: at least 1")

    @property
    def may_buy(self) -> bool:
        """Whether the budget leaves room for a label now."""
        return self._recent / self.window < self.share

    def pass_by(self, *, bought: bool) -> None:
        """Count an item that came, and its label where it was bought."""
        self._recent = self._recent * (self.window - 1) / self.window + bought
        self.seen += 1
        self.spent += bought

    @property
    def overrun(self) -> float:
        """Labels bought beyond the budget's share of what came; negative while there is some left."""
        return self.spent - self.share * self.seen
