"""When training ends: judged by the training loss alone, in each lane by itself."""

import numpy as np

from simulations.arrays import BoolArray, FloatArray
from simulations.learners.learner import DivergedError

ENOUGH = 0.01
"""Mean training loss at which nothing is left to learn: the labelled items have their classes with 99% probability."""

TOLERANCE = 1e-4
PATIENCE = 10
"""As scikit-learn's `MLPClassifier`: training ends after so many epochs that are not better by the tolerance."""


class Progress:
    """Follows the training loss of lanes, epoch by epoch; no label that is held out is ever looked at.

    Args:
        learner: what messages call it.
        lanes: how many there are.

    Attributes:
        epochs: shape (lanes,), epochs each has been trained.
        converged: shape (lanes,), whether each has met the rule; False where it was still learning in its last epoch.
    """

    def __init__(self, learner: str, lanes: int) -> None:
        self._learner = learner
        self._best = np.full(lanes, np.inf)
        self._stale = np.zeros(lanes, np.int64)
        self.epochs = np.zeros(lanes, np.int64)
        self.converged: BoolArray = np.zeros(lanes, np.bool_)

    def ended(self, lane: int, losses: FloatArray) -> bool:
        """Take the losses (n,) of a lane's items in an epoch, each before the step it took part in.

        Raises:
            DivergedError: training diverged.
        """
        self.epochs[lane] += 1
        loss = float(np.mean(losses, dtype=np.float64))
        self.check_finite(bool(np.isfinite(loss)), losses.size, int(self.epochs[lane]))
        better = loss < self._best[lane] - TOLERANCE
        self._stale[lane] = 0 if better else self._stale[lane] + 1
        self._best[lane] = min(loss, self._best[lane])
        self.converged[lane] = loss < ENOUGH or self._stale[lane] >= PATIENCE
        return bool(self.converged[lane])

    def check_finite(self, finite: bool, labels: int, epoch: int | None = None) -> None:
        """Refuse to go on when it is not.

        Raises:
            DivergedError: training diverged.
        """
        if not finite:
            when = "in its last epoch" if epoch is None else f"in epoch {epoch}"
            raise DivergedError(
                f"learner {self._learner}: training on {labels} labels diverged {when}; allowed: settings under which "
                "the loss stays finite, such as a lower learning_rate"
            )
