"""What fine-tuning loses: labels of a model that each round trains on its new batch alone, in labels trained on anew.

Notation:
    D       joint draws
    G       label counts
    n, n0   labels, those of the initial set
    loss    (D,) share of each doubling of labels that is lost
"""

from dataclasses import dataclass, replace

import numpy as np

from simulations.arrays import Floats, Ints

MOST_LOG_LABELS = 30.0  # ln of more labels than any plan holds


@dataclass(frozen=True, eq=False)
class FineTuningLoss:
    """What is lost where each round trains on its own batch alone, going on from the model of the round before.

    From the initial set on each doubling of labels gains less: n labels are worth n0·(n/n0)^(1 − loss) trained on anew.

    Attributes:
        loss: (D,) share of each doubling, below 1.
        log_first: (D,) ln n0.
        names: the strategies that are trained so.
    """

    loss: Floats
    log_first: Floats
    names: frozenset[str]

    def worth(self, name: str, log_labels: Floats) -> Floats:
        """Give ln of the labels trained on anew that a strategy's labels are worth, (D,) or (D, G)."""
        if name not in self.names:
            return log_labels
        loss, first = self._columns(log_labels)
        return log_labels - loss * np.maximum(log_labels - first, 0.0)

    def needed(self, name: str, log_labels: Floats, log_times: Floats | float = 0.0) -> Floats:
        """Give ln of the labels that a strategy needs for what labels trained on anew give, (D,) or (D, G); inf stays.

        Both are ln of labels ÷ times.
        """
        if name not in self.names:
            return log_labels
        loss, first = self._columns(log_labels)
        beyond = np.maximum(np.minimum(log_labels, MOST_LOG_LABELS) - (first - log_times), 0.0)
        return log_labels + loss / (1.0 - loss) * beyond

    def _columns(self, like: Floats) -> tuple[Floats, Floats]:
        return (self.loss[:, None], self.log_first[:, None]) if like.ndim > 1 else (self.loss, self.log_first)

    def select_draws(self, draws: Ints) -> "FineTuningLoss":
        """Give some draws alone."""
        return self if not self.names else replace(self, loss=self.loss[draws], log_first=self.log_first[draws])


TRAINED_ANEW = FineTuningLoss(np.zeros(1), np.zeros(1), frozenset())
