"""The forecasters under test behind one interface: ours, and the peers as point forecasts.

Notation: D draws (1 for a peer); G label counts asked; N observed label counts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from planner.backtest.curves import name_hash
from planner.backtest.peers import PEERS, Predictor
from planner.backtest.tasks import Task
from planner.forecast.forecast import Forecast, fit_forecast
from planner.forecast.prior import ForecastPrior
from simulations.arrays import Bools, Floats
from simulations.errors import InputError

OURS = "labelplan"

Errors = Callable[[Floats], Floats]
"""Label counts (G,) to forecast errors (D, G)."""


@dataclass(frozen=True, eq=False)
class Ours:
    """Our forecast of one task, in errors instead of values."""

    forecast: Forecast

    @property
    def noise_factor(self) -> Floats:
        """The share of the noise variance that is a point's own on each path: (D,)."""
        return self.forecast.noise_factor

    def refused(self, labels: Floats) -> Bools:
        """Say where no forecast is given: (G,)."""
        return self.forecast.refused(labels)

    def __call__(self, labels: Floats) -> Floats:
        """Give (D, G) joint draws of the expected error."""
        return 1.0 - self.forecast.draws(labels)


def fit_ours(task: Task, *, n_draws: int, seed: int, prior: ForecastPrior | None = None) -> Ours:
    """Forecast a task, with the shipped prior when none is given.

    The draws depend on the seed, the curve's name and the cut.
    """
    key = [seed, name_hash(task.curve.name), name_hash(task.cut)]
    return Ours(fit_forecast(task.points, classes=task.curve.classes, n_draws=n_draws, seed=key, prior=prior))


@dataclass(frozen=True, eq=False)
class Fitted:
    """A peer fitted to one task; `where` names both in messages."""

    where: str
    predictor: Predictor

    @property
    def unfitted(self) -> bool:
        """Whether its curve, or one of those it averages, could not be fitted."""
        return bool(self.predictor.unfitted)

    def __call__(self, labels: Floats) -> Floats:
        """Give its errors as one draw: (1, G)."""
        errors = self.predictor(labels)
        # A NaN would vanish in an average and flatter the peer, or damn it.
        if errors.shape != labels.shape or not ((errors >= 0) & (errors <= 1)).all():
            raise RuntimeError(f"{self.where}: no fraction for every label count")
        return errors[None, :]


def fit_peer(name: str, task: Task) -> Fitted:
    """Fit a peer to the observed part of a task."""
    where = f"peer {name}, {task.curve.name}, cut {task.cut}"
    return Fitted(where, PEERS[name](task.labels, task.error))


def peer_names(names: Iterable[str] | None, peers: Mapping[str, object] = PEERS) -> tuple[str, ...]:
    """Give the peers to compare with, in the registry's order.

    Raises:
        InputError: a name that is none of the peers'.
    """
    if names is None:
        return tuple(peers)
    requested = set(names)
    for name in sorted(requested - set(peers)):
        raise InputError(f"--peers: found '{name}'; allowed: {', '.join(peers)}, or none")
    return tuple(name for name in peers if name in requested)
